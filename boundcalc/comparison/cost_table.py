"""What contenders need for a target at any value of a parameter, each worked out once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from boundcalc.bounds.least_bounds import LeastBounds, TransientBounds
from boundcalc.bounds.targets import check_target, fewest_iterations
from boundcalc.comparison.communication import Complexity, Contender
from boundcalc.comparison.estimators import Failure, aimed, check_contenders
from boundcalc.exact.surd import Surd
from boundcalc.solve.points import Point

# Values this close, relatively, have their best choices close to each other.
_NEAR = 0.03

Outcome = Complexity | Failure


def bits_of(outcome: Outcome) -> float:
    """Return the bits of all workers; infinite where the target is out of reach."""
    return outcome.total_bits if isinstance(outcome, Complexity) else math.inf


class Costs:
    """Contenders that depend on a value, and what they need for a target.

    What was found for the nearest value is tried first: searches for many values correct each
    other, and go faster.

    Args:
        contending: the contenders at a value, always the same ones in the same order.
        target: the target, or None where the values are targets themselves.
    """

    def __init__(
        self, contending: Callable[[Surd], Sequence[Contender]], target: float | None
    ) -> None:
        self._contending = contending
        self.target = None if target is None else check_target(target)
        self._contenders: dict[float, Sequence[Contender]] = {}
        self._frontiers: dict[tuple[float, int], LeastBounds] = {}
        self._outcomes: dict[tuple[float, int], Outcome] = {}
        self._points: dict[int, dict[float, Point]] = {}

    def table(
        self, values: Sequence[Surd], progress: Callable[[int, int], None] | None = None
    ) -> list[tuple[Outcome, ...]]:
        """Return a row for every value, with an outcome for every contender.

        ``progress`` is called with how many outcomes are known and how many there are.

        Raises :class:`UsageError` where contenders cannot be compared.
        """
        places = range(len(self.contenders(values[0])))
        for value in values:
            check_contenders(self.contenders(value))
        for row, value in enumerate(values):
            for place in places:
                self.at(value, place)
                if progress is not None:
                    progress(row * len(places) + place + 1, len(values) * len(places))
        for value in reversed(values):
            for place in places:
                self._correct(value, place)
        return [tuple(self.at(value, place) for place in places) for value in values]

    def contenders(self, value: Surd) -> Sequence[Contender]:
        """Return those who contend at the value."""
        key = float(value)
        if key not in self._contenders:
            self._contenders[key] = self._contending(value)
        return self._contenders[key]

    def goal(self, value: Surd) -> float:
        """Return the target at the value."""
        return check_target(value) if self.target is None else self.target

    def at(self, value: Surd, place: int) -> Outcome:
        """Return what the contender needs there, or why it has no answer."""
        key = float(value), place
        if key not in self._outcomes:
            self._work_out(value, place)
        return self._outcomes[key]

    def limit(self, value: Surd, place: int) -> float:
        """Return the least that the contender's bound comes to with ever more iterations."""
        return self._frontier(value, place).limit()

    def without_residual(self, value: Surd, place: int) -> int:
        """Return the iterations that the contender would need if its bound fell to zero."""
        one = self.contenders(value)[place]
        _, iterations = fewest_iterations(TransientBounds(one.theorem, one.given), self.goal(value))
        return iterations

    def _frontier(self, value: Surd, place: int) -> LeastBounds:
        """Return what is known of the contender's bounds there: the same for all targets."""
        key = math.inf if self.target is None else float(value), place
        if key not in self._frontiers:
            one = self.contenders(value)[place]
            self._frontiers[key] = LeastBounds(one.theorem, one.given)
        return self._frontiers[key]

    def _work_out(self, value: Surd, place: int) -> None:
        key, frontier = float(value), self._frontier(value, place)
        points = self._points.setdefault(place, {})
        nearest = min(points, key=lambda other: abs(other - key), default=math.inf)
        if points and self.target is not None:
            frontier.adopt(points[nearest])
        near = frontier.knows and abs(nearest - key) <= _NEAR * key
        outcome = aimed(self.contenders(value)[place], frontier, self.goal(value), near=near)
        self._outcomes[key, place] = outcome
        if isinstance(outcome, Complexity):
            points[key] = frontier.known([outcome.iterations])[0]

    def _correct(self, value: Surd, place: int) -> None:
        """Where the next larger value's choice does with fewer iterations, seek from there."""
        key, points = float(value), self._points.get(place, {})
        outcome, larger = self.at(value, place), min((v for v in points if v > key), default=None)
        if isinstance(outcome, Failure) or outcome.iterations < 1 or larger is None:
            return
        frontier = self._frontier(value, place)
        frontier.adopt(points[larger])
        if frontier.known_value(outcome.iterations - 1) <= self.goal(value):
            self._work_out(value, place)
