"""The fewest iterations after which a bound is at a target, and the step that needs no more."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from boundcalc.bounds.least_bounds import LeastBounds
from boundcalc.errors import UnreachableError, UsageError
from boundcalc.exact.evaluate import number
from boundcalc.model.parameters import GAMMA
from boundcalc.solve.bracketing import first_reached
from boundcalc.solve.points import Point

# The counts between which the first one is sought: what is not reached after the last is out of
# reach. A few of them are enough to find it, all are searched before that is said.
_LADDER = (1, *(2**power for power in range(2, 63, 3)))
_FEW = slice(None, None, 3)
# Such parts of the fewest known are searched, too: they may be far too many.
_PARTS = (16, 4)
# Powers of two beyond the last count that are tried where the limit is below the target.
_FARTHEST = 400
# So many searches for one count, side by side.
_TRIES = 5
# So many searches of a kind at most: next to what is out of reach each saves some, without end.
_PATIENCE = 6
# Less saved than this, and the next kind of search follows.
_LITTLE = 1e-2


def check_target(target: Any) -> float:
    """Return the target as a float; raises :class:`UsageError` where it is not positive."""
    goal = float(number(target, "target"))
    if goal <= 0:
        raise UsageError(f"the target must be positive, not {goal:.10g}")
    return goal


def fewest_iterations(
    frontier: LeastBounds, target: Any, *, near: bool = False
) -> tuple[Point, int]:
    """Return the step that reaches the target in the fewest iterations, and their number.

    The least bound after K iterations falls with K as long as it is below the bound at the start,
    so one place is sought where it comes to the target.

    Args:
        frontier: what is known of the least bounds; it learns of what is searched.
        target: the bound to reach.
        near: that what is known is the best, or next to it, so that little has to be searched.

    Raises:
        UsageError: the target is not positive, or no step is admissible.
        UnreachableError: no step reaches the target.
    """
    goal = check_target(target)
    theorem = frontier.theorem
    counts = _LADDER if theorem.step.unroll.averaged else (0, *_LADDER)

    def excess(value: float) -> float:
        return math.log(value / goal) if value > 0 else -math.inf

    def estimate(K: int) -> float:
        return excess(frontier.estimate(K))

    def does(K: int) -> bool:
        return frontier.known_value(K) <= goal

    def first(top: int) -> int:
        """Return the first count, up to ``top`` that does, known to do: floats find it, proofs
        decide.
        """
        high = next((K for K in counts if top > K and estimate(K) <= 0), top)
        low = max((K for K in counts if high > K), default=high)
        count = first_reached(estimate, low, high, of_floats=True)
        if does(count):
            return count
        return first_reached(lambda K: excess(frontier.known_value(K)), count, top, of_floats=True)

    if not frontier.knows:
        frontier.explore([*counts[_FEW], math.inf])
    reached = next((K for K in counts if does(K)), None)
    if reached is None:
        frontier.explore(counts[-1:] if near else counts)
        reached = next((K for K in counts if does(K)), None)
    if reached is None and frontier.limit() < goal:
        # Ever more iterations come near the limit, however many that are.
        reached = next((K for K in _farther(counts[-1]) if does(K)), None)
    if reached is None:
        least = frontier.limit()
        smaller = "" if GAMMA.name in frontier.given else " and smaller steps"
        raise UnreachableError(
            f"{theorem.name} cannot reach {goal:.6g}: the smallest value in reach is"
            f" {told_apart(least, goal)},"
            f" with ever more iterations{smaller}",
            least,
        )
    # A search may have missed its best: what is found for one count may do for fewer.
    count = first(reached)
    searches: list[Callable[[LeastBounds, int], object]] = [_spread, _repeated, LeastBounds.point]
    if near:
        searches = searches[-1:]
    done = 0
    while count > counts[0] and searches:
        searches[0](frontier, count - 1)
        done += 1
        fewer = first(count - 1) if does(count - 1) else count
        little = count - fewer <= (0 if len(searches) == 1 else _LITTLE * count)
        if little or done == _PATIENCE:
            searches.pop(0)
            done = 0
        count = fewer
    return (frontier.known([count])[0] if near else frontier.point(count)), count


# What bounds are rounded outward by, and a little more.
_ROUNDING = 1e-14


def told_apart(value: float, other: float) -> str:
    """Return the value in six digits, or as many as tell it from the other; rounding tells
    nothing.
    """
    digits = range(6, 18) if not math.isclose(value, other, rel_tol=_ROUNDING) else ()
    return next((f"{value:.{n}g}" for n in digits if f"{value:.{n}g}" != f"{other:.{n}g}"),
                f"{value:.6g}")  # fmt: skip


def _farther(count: int) -> Iterator[int]:
    for power in range(3, _FARTHEST, 3):
        yield count << power


def _spread(frontier: LeastBounds, K: int) -> None:
    """Search for K and for a few counts far below, where the first count may be."""
    frontier.explore([*(max(K // part, 1) for part in _PARTS), K])


def _repeated(frontier: LeastBounds, K: int) -> None:
    """Search for K in several ways: where there are two optima, some end at the least bound."""
    frontier.explore([K] * _TRIES)
    frontier.refine(K)
