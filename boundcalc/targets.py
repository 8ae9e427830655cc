"""The fewest iterations after which a bound is at a target, and the step that needs no more."""

from __future__ import annotations

import math
from collections.abc import Sequence

from boundcalc.bounds import best_bound, best_bounds, proved_value, why_not
from boundcalc.bracketing import first_reached
from boundcalc.choice import Point, step_axis
from boundcalc.errors import UnreachableError, UsageError
from boundcalc.exact import number
from boundcalc.inputs import Values
from boundcalc.model import Theorem
from boundcalc.parameters import GAMMA
from boundcalc.search import Axis

__all__ = ["fewest_iterations", "step_axes"]

# The counts that are tried first: what is not reached after the last is out of reach.
_LADDER = tuple(4**power for power in range(32))


def step_axes(given: Values) -> Sequence[Axis]:
    """What a search for the least bound varies besides proof parameters: the step, unless given."""
    return [] if GAMMA.name in given else [step_axis(given)]


def fewest_iterations(theorem: Theorem, given: Values, target: float) -> tuple[Point, int]:
    """The step that reaches the target in the fewest iterations, and their number.

    The step is chosen unless it is given. The least bound after K iterations falls with K as long
    as it is below the bound at the start, so one place is sought where it comes to the target.

    Raises:
        UsageError: the target is not positive, or no step is admissible.
        UnreachableError: no step reaches the target.
    """
    goal = float(number(target, "target"))
    if goal <= 0:
        raise UsageError(f"the target must be positive, not {goal:.10g}")
    axes = step_axes(given)
    counts = _LADDER if theorem.step.unroll.averaged else (0, *_LADDER)
    *ladder, limit = best_bounds(theorem, [*counts, math.inf], given, axes)
    if limit is None:
        raise UsageError(why_not(theorem, given))
    found = {K: point for K, point in zip(counts, ladder, strict=True) if point is not None}

    def excess(K: int) -> float:
        if K not in found:
            found[K] = best_bound(theorem, K, given, axes) or found[high]
        value = proved_value(found[K], K)
        return math.log(value / goal) if value > 0 else -math.inf

    high = next((K for K in found if excess(K) <= 0), None)
    if high is None:
        least = proved_value(limit, math.inf)
        smaller = "" if GAMMA.name in given else " and smaller steps"
        raise UnreachableError(
            f"{theorem.name} cannot reach {goal:.6g}: the smallest value in reach is {least:.6g},"
            f" with ever more iterations{smaller}",
            least,
        )
    low = max((K for K in found if high > K), default=high)
    count = first_reached(excess, low, high)
    return found[count], count
