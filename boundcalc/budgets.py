"""What a theorem guarantees after so many gradient calls: the best bound that they can buy.

Whatever a method may choose (its step, its batches, how exact its first estimate is) is searched
for together with the free proof parameters, for each number of calls on its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from boundcalc.bounds import Bound, bound_at, proved_value, why_not
from boundcalc.choice import Objective, Point, best, best_each, least, programs, step_axis
from boundcalc.errors import UsageError
from boundcalc.exact import number
from boundcalc.inputs import Values, read_values
from boundcalc.model import Theorem
from boundcalc.parameters import GAMMA, Parameter
from boundcalc.prices import Price, chosen
from boundcalc.program import Program
from boundcalc.search import Axis
from boundcalc.surds import Surd

__all__ = ["Budget", "Purchase"]

# Whole numbers are sought up to this one.
_LARGEST = 1e15


@dataclass(frozen=True)
class Purchase:
    """The best that ``calls`` gradient calls of one worker buy: ``K`` iterations, and a bound.

    The bound is proved, and the iterations make no more calls. ``settings`` are the parameters of
    the method for them, chosen or given.
    """

    calls: int
    K: int
    bound: Bound
    settings: Mapping[str, float]


class Budget:
    """A theorem at the constants of a problem, and what it has for a number of gradient calls.

    Args:
        theorem: the theorem.
        values: its constants; parameters of the method may be among them, and are then fixed.

    Raises:
        UsageError: a constant is missing or outside its domain, or the theorem's calls do not grow
            in proportion to the iterations.
    """

    def __init__(self, theorem: Theorem, values: Mapping[str, Any]) -> None:
        self.theorem = theorem
        self.free = tuple(p for p in chosen(theorem) if p.name not in values)
        names = {p.name for p in self.free}
        given = read_values(theorem, values, answers=names)
        self.given: Values = {name: v for name, v in given.items() if name not in names}
        self.price = Price(theorem, self.given, self.free)
        self._points: list[Point] = []
        self._searched: set[int] = set()

    def explore(self, counts: Sequence[int]) -> None:
        """Search for the best bounds at these numbers of calls, side by side."""
        rows = np.array(counts, dtype=float)[:, None]
        for program, fixed in self._ways:
            axes = self._axes(fixed)
            for point in best_each(program, fixed, self._worth(rows), axes, len(rows)):
                self._learn(point)
        if not self._points:
            # Little is admissible: each search has to be a thorough one.
            for calls in counts:
                self.search(calls)

    def search(self, calls: int) -> None:
        """A thorough search for one number of calls."""
        if calls in self._searched:
            return
        self._searched.add(calls)
        for program, fixed in self._ways:
            self._learn(best(program, fixed, self._worth(float(calls)), self._axes(fixed)))

    def value(self, calls: int) -> float:
        """The best bound known for so many calls, proved; infinite where they buy no iteration.

        Raises :class:`UsageError` where no step is admissible, or not the one given.
        """
        point, K = self._known(calls)
        return math.inf if point is None else proved_value(point, K)

    def purchase(self, calls: int) -> Purchase | None:
        """What so many calls buy, or None where they pay for no iteration.

        Raises :class:`UsageError` as above.
        """
        point, K = self._known(calls)
        if point is None:
            return None
        settings = {p.name: float(point.values[p.name]) for p in chosen(self.theorem)}
        return Purchase(calls, K, bound_at(self.theorem, K, point), settings)

    def _known(self, calls: int) -> tuple[Point | None, int]:
        """The best point known, and its iterations."""
        if not self._points:
            raise UsageError(why_not(self.theorem, self.given))

        def worth(point: Point) -> float:
            env = {name: np.float64(float(v)) for name, v in point.values.items()}
            K, _ = self.price.affordable(env, float(calls))
            return float(point.program.unchecked_bound(env, K)) if K >= 1 else math.inf

        point = least(self._points, worth)
        K = 0 if point is None else self.price.iterations(point.values, calls)
        return (None, 0) if K < 1 else (point, K)

    def _learn(self, point: Point | None) -> None:
        """Keep the point, its start exactly what a whole number of samples leaves."""
        start = self.price.start
        if point is not None and start is not None:
            samples = self.price.samples(point.values)
            values = {**point.values, start.name: self.price.error(samples)}
            point = Point(point.program, values)
        if point is not None and point.program.broken(point.values) is None:
            self._points.append(point)

    # -- what is searched ----------------------------------------------------------------

    @cached_property
    def _ways(self) -> list[tuple[Program, Values]]:
        """The forms, and what a search does not change in them.

        A search comes near the end of a domain and never to it; where that is a value (no
        momentum), it is tried on its own.
        """
        fixed = dict(self.given)
        if self.price.start is not None and self.price.noiseless:
            fixed[self.price.start.name] = Surd.rational(0)
        ends = {
            p.name: number(p.domain.upper)
            for p in self.free
            if p.domain.upper is not None and not p.domain.upper_open
        }
        every = [fixed, *({**fixed, name: end} for name, end in ends.items())]
        return [(program, values) for values in every for program in programs(self.theorem, values)]

    def _worth(self, calls: Any) -> Objective:
        def worth(program: Program, env: dict[str, Any]) -> tuple[Any, Any]:
            K, beyond = self.price.affordable(env, calls)
            bound = program.unchecked_bound(env, np.maximum(K, 1.0))
            return bound, np.where(K >= 1, 0.0, np.maximum(beyond, 1e-9))

        return worth

    def _axes(self, fixed: Values) -> list[Axis]:
        return [self._axis(p) for p in self.free if p.name not in fixed]

    def _axis(self, parameter: Parameter) -> Axis:
        """The values that a parameter may be given."""
        name, domain = parameter.name, parameter.domain
        if name == GAMMA.name:
            return step_axis(self.given)
        if parameter is self.price.start:
            one = float(self.price.error(1))
            return _counted(name, lambda samples: one / samples)
        lower = 0.0 if domain.lower is None else float(domain.lower)
        if domain.upper is not None:
            inside, width = Axis.unit(name), float(domain.upper) - lower
            return replace(inside, value=lambda u: lower + width * inside.value(u))
        if parameter.whole:
            return _counted(name, lambda counts: np.maximum(counts, lower))
        positive = Axis.positive(name, 1e10, decades=20.0)
        return replace(positive, value=lambda u: lower + positive.value(u))


def _counted(name: str, value: Callable[[Any], Any]) -> Axis:
    """A variable that follows a whole number of at least one."""
    return Axis(name, 0.0, math.log(_LARGEST), lambda u: value(np.rint(np.exp(u))), math.log)
