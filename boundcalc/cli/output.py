"""Writing answers: JSON, numbers rounded to the safe side, tables."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Any

__all__ = ["counted", "down", "emit", "nearly", "table", "up"]


def emit(answer: Any) -> None:
    """One JSON document on stdout; infinities as the strings "inf" and "-inf"."""
    print(json.dumps(_plain(answer), indent=2, ensure_ascii=False, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def _rounded(value: float, digits: int, rounding: str) -> str:
    if not math.isfinite(value):
        return "inf" if value > 0 else str(value)
    shortened = Context(prec=digits, rounding=rounding).create_decimal(Decimal(repr(value)))
    return f"{float(shortened):.{digits}g}"


def up(value: float, digits: int = 6) -> str:
    """A number that is not below the value: for bounds."""
    return _rounded(value, digits, ROUND_CEILING)


def down(value: float, digits: int = 10) -> str:
    """A number that is not above the value: for step sizes."""
    return _rounded(value, digits, ROUND_FLOOR)


def nearly(value: float, digits: int = 6) -> str:
    """The value to so many digits."""
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
