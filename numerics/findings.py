"""What an audit reports, and how a measured part is compared with what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.backend import Array

# Room for the rounding of the quantities compared.
_ROUNDING = 1e-9
#: How many standard errors a sampled mean may lie beyond what it must not exceed.
STANDARD_ERRORS = 4.5
_DRAWS = 400
_MOST_DOUBLES = 1 << 22


@dataclass(frozen=True)
class Finding:
    """One assumption on the sampled points: ``worst`` is the largest measured part of what is
    allowed, so at most 1 (up to rounding, and for means up to chance) when ``ok``.
    """

    assumption: str
    stated: str
    worst: float
    ok: bool


def finding(assumption: str, stated: str, ratios: Any, room: Any = 0.0) -> Finding:
    """The finding of ``ratios`` (measured over allowed), each with ``room`` for chance."""
    ratios = np.asarray(ratios)
    ok = bool((ratios - np.asarray(room) <= 1 + _ROUNDING).all())
    return Finding(assumption, stated, float(ratios.max()), ok)


def ratio(part: Any, whole: Any, floor: Any = 0.0) -> Array:
    """part/whole, where both may vanish: what is below the rounding error ``floor`` counts as 0."""
    excess = np.maximum(part - floor, 0.0)
    result: Array = np.divide(
        excess, whole, out=np.where(excess > 0, np.inf, 0.0), where=np.asarray(whole) > 0
    )
    return result


def draws(width: int) -> int:
    """How often to sample at one point where a sample takes ``width`` doubles; at least twice."""
    return max(2, min(_DRAWS, _MOST_DOUBLES // width))
