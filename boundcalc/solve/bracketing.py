"""Where a function of whole numbers changes its sign, in few evaluations."""

from __future__ import annotations

import math
from collections.abc import Callable

# After so many secants that leave the bracket wide, one bisection.
_PATIENCE = 3
# Whole numbers up to two to this power are floats.
_MANTISSA = 52


def first_reached(
    excess: Callable[[int], float],
    low: int,
    high: int,
    patience: int = _PATIENCE,
    *,
    of_floats: bool = False,
) -> int:
    """Return the whole number K in (``low``, ``high``] with excess(K) <= 0 < excess(K - 1).

    Where the sign changes once, that is the first K without excess.

    Args:
        excess: decreasing in K on the whole, smooth in log K; infinite values are allowed.
        low: a K >= 0 with a positive excess.
        high: a larger K without excess.
        patience: secants in a row that may leave the bracket wide; 0 to halve it at once, where
            the excess jumps.
        of_floats: that the excess takes K as a float, which may be too large to be told from K - 1:
            the result has no excess, and a K less by a float's precision has.
    """
    if high - low <= 1:
        return high
    above, below = excess(low), excess(high)
    last, stuck = 0, 0
    while high - low > (max(1, low >> _MANTISSA) if of_floats else 1):
        guess = _secant(low, high, above, below) if stuck < patience else None
        middle = math.sqrt(max(low, 1)) * math.sqrt(high) if guess is None else guess
        K = min(max(round(middle), low + 1), high - 1)
        value, width = excess(K), high - low
        side = 1 if value > 0 else -1
        # Illinois: an end that stays twice counts for half, so that it is replaced soon.
        share = 0.5 if side == last else 1.0
        if side > 0:
            low, above, below = K, value, below * share
        else:
            high, below, above = K, value, above * share
        last = side
        stuck = stuck + 1 if guess is not None and high - low > width / 2 else 0
    return high


def _secant(low: int, high: int, above: float, below: float) -> float | None:
    """Return where the line through both ends crosses zero, in log K; None where there is no
    line.
    """
    if not (math.isfinite(above) and math.isfinite(below)) or low < 1:
        return None
    share = above / (above - below)
    return math.exp((1 - share) * math.log(low) + share * math.log(high))
