"""The fewest iterations after which a bound is at a target, and the step that needs no more."""

from __future__ import annotations

import math
from typing import Any

from boundcalc.bracketing import first_reached
from boundcalc.choice import Point
from boundcalc.errors import UnreachableError, UsageError
from boundcalc.exact import number
from boundcalc.frontier import Frontier
from boundcalc.parameters import GAMMA

__all__ = ["check_target", "fewest_iterations"]

# The counts that are tried first: what is not reached after the last is out of reach.
_LADDER = (1, *(2**power for power in range(2, 63, 3)))


def check_target(target: Any) -> float:
    """The target as a float; raises :class:`UsageError` where it is not positive."""
    goal = float(number(target, "target"))
    if goal <= 0:
        raise UsageError(f"the target must be positive, not {goal:.10g}")
    return goal


def fewest_iterations(frontier: Frontier, target: Any) -> tuple[Point, int]:
    """The step that reaches the target in the fewest iterations, and their number.

    The least bound after K iterations falls with K as long as it is below the bound at the start,
    so one place is sought where it comes to the target.

    Raises:
        UsageError: the target is not positive, or no step is admissible.
        UnreachableError: no step reaches the target.
    """
    goal = check_target(target)
    theorem = frontier.theorem
    counts = _LADDER if theorem.step.unroll.averaged else (0, *_LADDER)
    frontier.explore([*counts, math.inf])

    def known(K: int) -> float:
        value = frontier.known_value(K)
        return math.log(value / goal) if value > 0 else -math.inf

    def searched(K: int) -> float:
        frontier.point(K)
        return known(K)

    count = next((K for K in counts if known(K) <= 0), None)
    if count is None:
        least = frontier.known_value(math.inf)
        smaller = "" if GAMMA.name in frontier.given else " and smaller steps"
        raise UnreachableError(
            f"{theorem.name} cannot reach {goal:.6g}: the smallest value in reach is {least:.6g},"
            f" with ever more iterations{smaller}",
            least,
        )
    excess = searched
    while count > counts[0]:
        low = max(
            (K for K in counts if count > K and known(K) > 0),
            default=counts[0],
        )
        count = first_reached(excess, low, count) if known(low) > 0 else low
        # A search may have missed its best: what is known by now may do with less.
        if count == counts[0] or searched(count - 1) > 0:
            break
        count, excess = count - 1, known
    return frontier.known([count])[0], count
