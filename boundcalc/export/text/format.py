"""How numbers and columns are written: rounded to the safe side, flush, JSON-safe."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Any


def _rounded(value: float, digits: int, rounding: str) -> str:
    if not math.isfinite(value):
        return "inf" if value > 0 else str(value)
    shortened = Context(prec=digits, rounding=rounding).create_decimal(Decimal(repr(value)))
    return f"{float(shortened):.{digits}g}"


def up(value: float, digits: int = 6) -> str:
    """Return a number that is not below the value: for bounds."""
    return _rounded(value, digits, ROUND_CEILING)


def down(value: float, digits: int = 10) -> str:
    """Return a number that is not above the value: for step sizes."""
    return _rounded(value, digits, ROUND_FLOOR)


def nearly(value: float, digits: int = 6) -> str:
    """Return the value to so many digits."""
    return _rounded(value, digits, ROUND_HALF_EVEN)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Columns under a header: the first ``left`` of them flush left, the others flush right."""
    every = [list(header), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in every) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = (
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return "  ".join(cells).rstrip()

    return "\n".join([line(header), *(line(row) for row in rows)])


def counted(number: int, noun: str) -> str:
    """``1 point``, ``2 points``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def aligned(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Yield a line for every label, value and remark, the values flush left."""
    width = max(len(label) for label, *_ in rows)
    for label, value, remark in rows:
        yield f"{label.ljust(width)}  {value}" + (f"  ({remark})" if remark else "")


def parameters_line(values: dict[str, Any]) -> str:
    """Return names with their values."""
    return ", ".join(f"{name} = {nearly(float(v), 6)}" for name, v in values.items())
