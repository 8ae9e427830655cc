"""Toward an infimum that no choice attains: ever smaller steps, parameters ever nearer their ends.

A search for the least residual ends a little inside, where it no longer gains much. From there the
step and the proof parameters beside an end of their domain are moved toward it, a part of what is
left at a time, as long as the proved value falls. What comes out is a proved bound like any other;
only it is as near the infimum as doubles tell.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from boundcalc.bounds.bound import proved_value
from boundcalc.errors import InadmissibleError
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import GAMMA
from boundcalc.model.theorem import Theorem
from boundcalc.solve.points import (
    Objective,
    Point,
    best_each,
    best_near,
    best_of_all,
    by_width,
    least,
    programs,
    step_variable,
)
from boundcalc.solve.program import Program
from boundcalc.solve.values import Values

# By what the step, and what is left to an end, are divided at a time: conditions may tie them, as
# gamma < (1 - theta)^2.
_DIVISORS = ((100, 10), (1000, 10), (10, 10), (10, 3), (100, 1), (1, 10), (4, 2), (2, 1))
# Nearer than this to an end counts as beside it.
_BESIDE = Fraction(1, 5)
_ROUNDS = 60
# How finely the largest contraction is sought, and how far below it is proved.
_GRID, _REFINEMENTS = 256, 6
_BELOW = (0.0, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9)
_GAINED = 1e-15
_GAMMA = GAMMA.name


def approached(point: Point, given: Values) -> list[Point]:
    """Return choices, from the point on, whose bounds fall in the limit of ever more iterations.

    The last has the least of them; those before it, with longer steps, need fewer iterations.
    """
    value, path = proved_value(point, math.inf), [point]
    for _ in range(_ROUNDS):
        moved = ((other, proved_value(other, math.inf)) for other in _moves(path[-1], given))
        other, less = min(moved, key=lambda found: found[1], default=(point, value))
        if not less < value * (1 - _GAINED):
            break
        value = less
        path.append(other)
    return path


def _moves(point: Point, given: Values) -> Iterator[Point]:
    """Yield the admissible points a part of the way nearer to the ends."""
    program = point.program
    rate = program.theorem.step.unroll.rate
    contraction = rate.name if rate.is_Symbol and rate.name in program.free else None
    free = {name for name in program.free if name not in given and name != contraction}
    for of_step, of_rest in _DIVISORS:
        values = dict(point.values)
        if _GAMMA not in given:
            values[_GAMMA] = values[_GAMMA] * Surd.rational(Fraction(1, of_step))
        for name in free:
            values[name] = Surd.rational(_nearer(values[name], of_rest))
        moved = Point(program, values)
        if contraction is not None and contraction not in given:
            found = _fastest(moved, contraction, values[contraction], of_step)
            if found is not None:
                yield found
        elif program.broken(values) is None:
            yield moved


def _nearer(value: Surd, divisor: int) -> Fraction:
    """Return the value, nearer to 0 or 1 where it is beside that."""
    exactly = value.as_fraction()
    assert exactly is not None
    if exactly < _BESIDE:
        return exactly / divisor
    if 1 - _BESIDE < exactly <= 1:
        return 1 - (1 - exactly) / divisor
    return exactly


def _fastest(point: Point, name: str, before: Surd, of_step: int) -> Point | None:
    """Return the point with the largest contraction that is admissible beside the others.

    It is found in floats, and proved a little below.
    """
    program, start = point.program, float(before) / of_step
    env = {n: float(value) for n, value in point.values.items()}
    places = range(len(program.conditions))
    low, high = start / 4, min(4 * start, 1.0)
    for _ in range(_REFINEMENTS):
        grid = np.geomspace(low, high, _GRID)
        with np.errstate(all="ignore"):
            missed = program.missed({**env, name: grid}, places)
        inside = np.flatnonzero(np.broadcast_to(missed, grid.shape) == 0)
        if not len(inside):
            return None
        low, high = grid[inside[-1]], grid[min(inside[-1] + 1, _GRID - 1)]
    for part in _BELOW:
        value = Fraction(f"{low * (1 - part):.15g}")
        found = Point(program, {**point.values, name: Surd.rational(value)})
        if program.broken(found.values) is None:
            return found
    return None


Count = int | float
# Parts of a step that are tried where other constants do not admit it.
_SHORTER = (Fraction(1), *(1 - Fraction(1, 10**n) for n in (9, 6, 3, 2, 1)), Fraction(1, 2))


class LeastBounds:
    """What is known of the least bounds of a theorem at given constants.

    The step size is chosen for each K, unless it is given. Counts may be any real numbers, and
    infinite: the bound's formula is taken there.
    """

    def __init__(self, theorem: Theorem, given: Values) -> None:
        self.theorem, self.given = theorem, given
        self.axes = [] if GAMMA.name in given else [step_variable(theorem, given)]
        self._known: list[tuple[Point, dict[str, float]]] = []
        self._searched: set[Count] = set()
        self._limit: float | None = None

    def explore(self, counts: Sequence[Count]) -> None:
        """Search for the least bounds at these counts, side by side.

        Raises :class:`UsageError` where no step is admissible, or not the one given.
        """
        rows = np.array(counts, dtype=float)[:, None]
        given = [self.given] * len(rows)
        for few in by_width(programs(self.theorem, self.given)):
            found = [
                point
                for program in few
                for point in best_each(program, given, self._objective(rows), self.axes)
                if point is not None
            ]
            for point in found:
                self.learn(point)
            if found:
                break
        if not self._known:
            # Few parameters are admissible: each search has to be a thorough one.
            for K in counts:
                self.point(K)

    def point(self, K: Count) -> Point:
        """Return the choice with the least bound after K iterations.

        Raises :class:`UsageError` as above.
        """
        if K not in self._searched:
            objective = self._objective(K)
            ways = programs(self.theorem, self.given)
            searched = best_of_all(ways, self.given, objective, self.axes)
            point = least(searched, lambda point: self.proved(point, K))
            if point is not None:
                self.learn(point)
            elif not self._known:
                from boundcalc.bounds.diagnose import why_not

                raise InadmissibleError(why_not(self.theorem, self.given))
            self._searched.add(K)
        return self.known([K])[0]

    def refine(self, K: Count) -> None:
        """Search around the best choice that is known for K."""
        found = best_near(self.known([K])[0], self.given, self._objective(K), self.axes)
        if found is not None:
            self.learn(found)

    def value(self, K: Count) -> float:
        """Return the least bound after K iterations, proved."""
        return self.proved(self.point(K), K)

    def limit(self) -> float:
        """Return the infimum of the bounds, which ever more iterations come to, proved from above.

        Raises :class:`UsageError` as above.
        """
        if self._limit is None:
            self._limit = self.proved(self.point(math.inf), math.inf)
            if self._limit > 0:
                path = approached(self.point(math.inf), self.given)
                for point in path[1:]:
                    self.learn(point)
                self._limit = self.proved(path[-1], math.inf)
        return self._limit

    def known_value(self, K: Count) -> float:
        """Return the best bound after K iterations without another search, proved."""
        return self.proved(self.known([K])[0], K)

    def estimate(self, K: Count) -> float:
        """Return the best bound after K iterations without another search, in floats."""
        bounds = [float(self.floats(point.program, env, K)) for point, env in self._known]
        return min((bound for bound in bounds if not math.isnan(bound)), default=math.inf)

    def known(self, counts: Sequence[Count] | npt.NDArray[np.float64]) -> list[Point]:
        """Return the best of the choices known for each count, without another search."""
        rows = np.asarray(counts, dtype=float)
        bounds = [
            np.broadcast_to(self.floats(point.program, env, rows), rows.shape)
            for point, env in self._known
        ]
        chosen = np.argmin(np.nan_to_num(bounds, nan=math.inf), axis=0)
        return [self._known[i][0] for i in chosen]

    def learn(self, point: Point) -> None:
        """Try this choice for every count, too."""
        self._known.append((point, {name: float(v) for name, v in point.values.items()}))

    def adopt(self, point: Point) -> None:
        """Try a choice made at other constants for every count, too, if it is admissible here.

        Where only its step is too long, a shorter one is tried.
        """
        if not any(program is point.program for program in programs(self.theorem, self.given)):
            return
        step = point.values[GAMMA.name]
        for part in _SHORTER if self.axes else _SHORTER[:1]:
            values = {**point.values, GAMMA.name: step * Surd.rational(part), **self.given}
            if point.program.broken(values) is None:
                self.learn(Point(point.program, values))
                return

    @property
    def knows(self) -> bool:
        """Return whether there is a choice to go by."""
        return bool(self._known)

    # -- what is sought the least of -------------------------------------------------------

    def floats(self, program: Program, env: dict[str, Any], K: Any) -> npt.NDArray[np.float64]:
        """Return the bound, in floats, whether or not the conditions hold."""
        return program.unchecked_bound(env, K)

    def proved(self, point: Point, K: Count) -> float:
        """Return the bound, proved."""
        return proved_value(point, K)

    def _objective(self, K: Any) -> Objective:
        return lambda program, env: (self.floats(program, env, K), 0.0)


class TransientBounds(LeastBounds):
    """The same for what a bound has above its limit: what would be left without its residual.

    No theorem says that this is a bound, so it is a float, rounded to nearest.
    """

    def floats(self, program: Program, env: dict[str, Any], K: Any) -> npt.NDArray[np.float64]:
        """Return every term less its limit, where that is positive."""
        return program.unchecked_transient(env, K)

    def proved(self, point: Point, K: Count) -> float:
        """Return the same at a point."""
        env = {name: float(value) for name, value in point.values.items()}
        return float(point.program.unchecked_transient(env, K))
