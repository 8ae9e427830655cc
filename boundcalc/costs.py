"""What contenders need for a target at any value of a parameter, each worked out once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from boundcalc.choice import Point
from boundcalc.communication import Complexity, Contender
from boundcalc.comparison import Failure, aimed, check_contenders
from boundcalc.frontier import Frontier, Transient
from boundcalc.surds import Surd
from boundcalc.targets import check_target, fewest_iterations

__all__ = ["Costs", "Outcome", "bits_of"]

Outcome = Complexity | Failure


def bits_of(outcome: Outcome) -> float:
    """The bits of all workers; infinite where the target is out of reach."""
    return outcome.total_bits if isinstance(outcome, Complexity) else float("inf")


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
        self._frontiers: dict[tuple[float, int], Frontier] = {}
        self._outcomes: dict[tuple[float, int], Outcome] = {}
        self._points: dict[int, dict[float, Point]] = {}

    def table(self, values: Sequence[Surd]) -> list[tuple[Outcome, ...]]:
        """A row for every value, with an outcome for every contender.

        Raises :class:`UsageError` where contenders cannot be compared.
        """
        places = range(len(self.contenders(values[0])))
        for value in values:
            check_contenders(self.contenders(value))
        for value in values:
            for place in places:
                self.at(value, place)
        for value in reversed(values):
            for place in places:
                self._correct(value, place)
        return [tuple(self.at(value, place) for place in places) for value in values]

    def contenders(self, value: Surd) -> Sequence[Contender]:
        """Those who contend at the value."""
        key = float(value)
        if key not in self._contenders:
            self._contenders[key] = self._contending(value)
        return self._contenders[key]

    def goal(self, value: Surd) -> float:
        """The target at the value."""
        return check_target(value) if self.target is None else self.target

    def at(self, value: Surd, place: int) -> Outcome:
        """What the contender needs there, or why it has no answer."""
        key = float(value), place
        if key not in self._outcomes:
            self._work_out(value, place)
        return self._outcomes[key]

    def limit(self, value: Surd, place: int) -> float:
        """The least that the contender's bound comes to with ever more iterations."""
        self.at(value, place)
        return self._frontiers[float(value), place].value(float("inf"))

    def without_residual(self, value: Surd, place: int) -> int:
        """The iterations that the contender would need if its bound fell to zero."""
        one = self.contenders(value)[place]
        _, iterations = fewest_iterations(Transient(one.theorem, one.given), self.goal(value))
        return iterations

    def _work_out(self, value: Surd, place: int) -> None:
        key = float(value), place
        one = self.contenders(value)[place]
        frontier = self._frontiers.setdefault(key, Frontier(one.theorem, one.given))
        points = self._points.setdefault(place, {})
        if points:
            frontier.adopt(points[min(points, key=lambda other: abs(other - key[0]))])
        outcome = aimed(one, frontier, self.goal(value))
        self._outcomes[key] = outcome
        if isinstance(outcome, Complexity):
            points[key[0]] = frontier.known([outcome.iterations])[0]

    def _correct(self, value: Surd, place: int) -> None:
        """Where the next larger value's choice does with fewer iterations, seek from there."""
        key = float(value), place
        outcome, points = self.at(value, place), self._points.get(place, {})
        larger = min((other for other in points if other > key[0]), default=None)
        if isinstance(outcome, Failure) or outcome.iterations < 1 or larger is None:
            return
        frontier = self._frontiers[key]
        frontier.adopt(points[larger])
        if frontier.known_value(outcome.iterations - 1) <= self.goal(value):
            self._work_out(value, place)
