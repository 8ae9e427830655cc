"""What the iterations of a method cost in gradient calls.

The calls of K iterations are a first batch, where the method may choose how exact its first
estimate is, something once, and a price for each iteration.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from boundcalc.bounds.bound import Bound, bound_at, proved_value
from boundcalc.bounds.schedules import (
    axis_of,
    check_limited,
    chosen_parameters,
    closed_ends,
    fixed_by_form,
)
from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import exact
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import GAMMA, ITERATIONS, Parameter
from boundcalc.model.theorem import Theorem
from boundcalc.solve.points import Objective, Point, best, best_each, programs
from boundcalc.solve.program import Program
from boundcalc.solve.search import Variable
from boundcalc.solve.values import Values, read_values

_K = ITERATIONS.symbol
# Samples of the first batch, when the start's error is what they leave.
_SAMPLES = sp.Symbol("samples", positive=True)
# What a whole number may be off by in floats, relatively.
_ROUNDING = 1e-9


def start_paid(theorem: Theorem) -> Parameter | None:
    """Return the constant of the start that the calls pay for: how exact the first estimate is.

    Raises :class:`UsageError` where there are several.
    """
    found = [p for p in theorem.parameters if p.role == "start" and theorem.calls.has(p.symbol)]
    if len(found) > 1:
        raise UsageError(f"the calls of {theorem.name} pay for more than one constant of the start:"
                         f" {theorem.calls}")  # fmt: skip
    return found[0] if found else None


class CallCount:
    """The price of iterations at given constants.

    ``start`` is the constant of the start that a first batch pays for, chosen where it is not
    given; the samples of the batch are a whole number, and one at least.

    Raises :class:`UsageError` where the theorem's calls are not such a price, or endless.
    """

    def __init__(self, theorem: Theorem, given: Values) -> None:
        self.theorem, self.given, self.start = theorem, given, start_paid(theorem)
        calls = sp.Add.make_args(sp.expand(theorem.calls))
        paid = [] if self.start is None else [t for t in calls if t.has(self.start.symbol)]
        self._first = sp.Add(*paid)
        rest = sp.Add(*calls) - self._first
        self._each, self._once = sp.diff(rest, _K), rest.subs(_K, 0)
        odd = self._first.has(_K) or self._each.has(_K) or self._each == 0
        if self.start is not None and not odd:
            found = sp.solve(self._first - _SAMPLES, self.start.symbol)
            self._error = found[0] if len(found) == 1 else self.start.symbol
            known = {_SAMPLES.name, *given} - {self.start.name}
            odd = not {s.name for s in self._error.free_symbols} <= known
        if odd:
            raise UsageError(
                f"{theorem.name} cannot be held against others at equal gradient calls:"
                f" {theorem.calls} is not a first batch and a price for each iteration"
            )
        if self.start is not None and not self.noiseless:
            exactly = given.get(self.start.name)
            if exactly is not None and exactly.is_zero:
                raise UsageError(
                    f"{self.start.name} = 0 costs {theorem.name} endless calls: give a positive"
                    " value, or leave it out to have the best chosen"
                )

    def error(self, samples: int) -> Surd:
        """Return the start's constant after a first batch of so many samples."""
        symbols = self._error.free_symbols - {_SAMPLES}
        numbers = {s: self.given[s.name] for s in symbols}
        return exact(self._error, {**numbers, _SAMPLES: Surd.rational(samples)})

    @cached_property
    def noiseless(self) -> bool:
        """Return whether one sample is exact already."""
        return self.start is not None and self.error(1).is_zero

    def samples(self, values: Values) -> int:
        """Return the size of the first batch, enough for the start at these values; 0 without
        one.
        """
        if self.start is None:
            return 0
        return 1 if self.noiseless else max(1, _ceiling(self._at(self._first, values)))

    def settled(self, values: Values) -> dict[str, Surd]:
        """Return the values, with a start that the whole number next to what was found leaves."""
        if self.start is None or self.start.name in self.given:
            return dict(values)
        nearest = max(1, round(float(self._at(self._first, values)))) if not self.noiseless else 1
        return {**values, self.start.name: self.error(nearest)}

    def iterations(self, values: Values, calls: int) -> int:
        """Return the most iterations that so many calls pay for, exactly; negative where none
        are.
        """
        spare = Surd.rational(calls - self.samples(values)) - self._at(self._once, values)
        return -_ceiling(-(spare / self._at(self._each, values)))

    def _at(self, part: sp.Expr, values: Values) -> Surd:
        return exact(part, {sp.Symbol(name, real=True): v for name, v in values.items()})

    # -- floats, arrays in and arrays out ------------------------------------------------

    @cached_property
    def _compiled(self) -> Any:
        names = [p.name for p in self.theorem.parameters]
        symbols = [sp.Symbol(name, real=True) for name in names]
        first = sp.S.One if self.noiseless else self._first
        parts = sp.lambdify(symbols, [first, self._once, self._each], "numpy")
        return lambda env: parts(*(env.get(name, math.nan) for name in names))

    def affordable(self, env: Mapping[str, Any], calls: Any) -> tuple[Any, Any]:
        """Return the iterations, and by how much (in logarithms) one of them is beyond the
        calls.
        """
        with np.errstate(all="ignore"):
            first, once, each = self._compiled(env)
            if self.start is not None:
                once = once + np.maximum(np.ceil(first * (1 - _ROUNDING)), 1.0)
            return np.floor((calls - once) / each), np.log((once + each) / calls)


def _ceiling(value: Surd) -> int:
    """Return the least whole number that is not below the value."""
    k = math.ceil(float(value))
    # A float can be on the other side of a whole number than what it stands for.
    return min(n for n in (k - 1, k, k + 1) if (Surd.rational(n) - value).sign() >= 0)


# First batches are sought up to this size.
_LARGEST = 1e15
# So many calls pay for an iteration of every method.
_MANY = 10**18


@dataclass(frozen=True)
class BestBound:
    """The best that ``calls`` gradient calls of one worker buy: ``K`` iterations, and a bound.

    The bound is proved, and the iterations make no more calls. ``settings`` are the parameters of
    the method for them, chosen or given; ``first_batch`` are the samples of its first estimate, 0
    where that is no choice of its own.
    """

    calls: int
    K: int
    bound: Bound
    settings: Mapping[str, float]
    first_batch: int


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
        start = start_paid(theorem)
        settings = (*chosen_parameters(theorem, {}), *([start] if start else []))
        self._settings = tuple(p.name for p in settings)
        self.free = tuple(p for p in settings if p.name not in values)
        names = {p.name for p in self.free}
        given = read_values(theorem, values, answers=names)
        self.given: Values = {name: v for name, v in given.items() if name not in names}
        self.price = CallCount(theorem, self.given)
        self._points: list[tuple[Point, dict[str, float]]] = []
        self._searched: set[int] = set()

    def explore(self, counts: Sequence[int]) -> None:
        """Search for the best bounds at these numbers of calls, side by side."""
        counts = [calls for calls in counts if calls not in self._searched]
        if not counts:
            return
        self._searched |= {*counts}
        rows = np.array(counts, dtype=float)[:, None]
        for program, fixed in self._ways:
            axes = self._axes(fixed)
            for point in best_each(program, [fixed] * len(rows), self._worth(rows), axes):
                self._learn(point)
        if not self._points:
            # Little is admissible, or these calls pay for nothing: more of them do.
            for calls, (program, fixed) in product([*counts, _MANY], self._ways):
                self._learn(best(program, fixed, self._worth(float(calls)), self._axes(fixed)))

    def value(self, calls: int) -> float:
        """Return the best bound known for so many calls, proved; infinite where they buy no
        iteration.

        Raises :class:`UsageError` where no step is admissible, or not the one given.
        """
        point, K = self._known(calls)
        return math.inf if point is None else proved_value(point, K)

    def purchase(self, calls: int) -> BestBound | None:
        """Return what so many calls buy, or None where they pay for no iteration.

        Raises :class:`UsageError` as above, and where nothing limits what is chosen.
        """
        point, K = self._known(calls)
        if point is None:
            return None
        for parameter in self.free:
            check_limited(point, parameter)
        values = {**point.values, **fixed_by_form(point)}
        settings = {name: float(values[name]) for name in self._settings}
        samples = self.price.samples(point.values)
        return BestBound(calls, K, bound_at(self.theorem, K, point), settings, samples)

    def _known(self, calls: int) -> tuple[Point | None, int]:
        """Return the best point known, and its iterations."""
        if not self._points:
            raise UsageError(self._why_not())
        bounds = []
        for candidate, env in self._points:
            K, _ = self.price.affordable(env, float(calls))
            bounds.append(candidate.program.unchecked_bound(env, K) if K >= 1 else math.inf)
        chosen = int(np.argmin(np.nan_to_num(bounds, nan=math.inf)))
        point = self._points[chosen][0] if bounds[chosen] < math.inf else None
        K = 0 if point is None else self.price.iterations(point.values, calls)
        return (None, 0) if K < 1 else (point, K)

    def _why_not(self) -> str:
        """Return why there is no bound, however many the calls."""
        if {p.name for p in self.free} <= {GAMMA.name}:
            from boundcalc.bounds.diagnose import why_not

            return why_not(self.theorem, self.given)
        fixed = ", ".join(f"{n} = {float(v):.6g}" for n, v in self.given.items())
        return f"nothing admissible was found for {self.theorem.name} at {fixed}"

    def _learn(self, point: Point | None) -> None:
        """Keep the point, its start exactly what a whole number of samples leaves."""
        if point is not None:
            point = Point(point.program, self.price.settled(point.values))
            if point.program.broken(point.values) is None:
                self._points.append((point, {n: float(v) for n, v in point.values.items()}))

    # -- what is searched ----------------------------------------------------------------

    @cached_property
    def _ways(self) -> list[tuple[Program, Values]]:
        """The forms, and what a search does not change in them.

        A search comes near the end of a domain and never to it; where that is a value (no
        momentum, a first batch of one), it is tried on its own.
        """
        start, starts = self.price.start, [self.given]
        if start is not None and start in self.free:
            single = {**self.given, start.name: self.price.error(1)}
            starts = [single] if self.price.noiseless else [self.given, single]
        every = [{**fixed, **ends} for fixed in starts for ends in closed_ends(self.free)]
        return [(program, values) for values in every for program in programs(self.theorem, values)]

    def _worth(self, calls: Any) -> Objective:
        def worth(program: Program, env: dict[str, Any]) -> tuple[Any, Any]:
            K, beyond = self.price.affordable(env, calls)
            bound = program.unchecked_bound(env, np.maximum(K, 1.0))
            return bound, np.where(K >= 1, 0.0, np.maximum(beyond, 1e-9))

        return worth

    def _axes(self, fixed: Values) -> list[Variable]:
        return [self._axis(p) for p in self.free if p.name not in fixed]

    def _axis(self, parameter: Parameter) -> Variable:
        """Return where a parameter is searched; whole numbers only, where others make no sense."""
        if parameter is self.price.start:
            one = float(self.price.error(1))
            samples = Variable(parameter.name, 0.0, math.log(_LARGEST), np.exp, math.log)
            return replace(samples, value=lambda u: one / np.rint(np.exp(u)))
        axis = axis_of(self.theorem, parameter, self.given)
        return replace(axis, value=lambda u: np.rint(axis.value(u))) if parameter.whole else axis
