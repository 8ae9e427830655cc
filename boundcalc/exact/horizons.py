"""Horizons as a person writes them: ``50:5000:5``, or ``50,500,5000``."""

from __future__ import annotations

import math

from boundcalc.errors import UsageError
from boundcalc.exact.parse import parse_count, parse_counts

_MOST = 100


def geometric(first: int, last: int, count: int) -> list[int]:
    """So many whole numbers from ``first`` to ``last``, each about the same multiple of the one
    before; fewer where whole numbers fall together.

    Raises :class:`UsageError` unless 1 <= first < last and there are 2 to 100 of them.
    """
    if not 1 <= first < last:
        raise UsageError(f"horizons rise from 1 or more: {first} to {last} do not")
    if not 2 <= count <= _MOST:
        raise UsageError(f"there are 2 to {_MOST} horizons, not {count}")
    step = math.log(last / first) / (count - 1)
    between = (round(first * math.exp(step * i)) for i in range(1, count - 1))
    return sorted({first, *between, last})


def read_horizons(text: str) -> list[int]:
    """A geometric sequence FROM:TO:COUNT, or whole numbers separated by commas.

    Raises :class:`UsageError` for anything else.
    """
    what = "--horizons"
    parts = text.split(":")
    if len(parts) == 1:
        counts = parse_counts(text, what)
        if math.inf in counts:
            raise UsageError(f"{what} must be finite: nothing can be simulated for ever")
        return sorted({int(K) for K in counts})
    if len(parts) != 3:
        raise UsageError(f"{what} are FROM:TO:COUNT or K,K,..., as in 50:5000:5, not {text!r}")
    first, last, count = (parse_count(part, what) for part in parts)
    return geometric(first, last, count)
