"""What the iterations of a method cost in gradient calls.

The calls of K iterations are a first batch, where the method may choose how exact its first
estimate is, something once, and a price for each iteration.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import exact
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import ITERATIONS, Parameter
from boundcalc.model.theorem import Theorem
from boundcalc.solve.values import Values

_K = ITERATIONS.symbol
# Samples of the first batch, when the start's error is what they leave.
_SAMPLES = sp.Symbol("samples", positive=True)
# What a whole number may be off by in floats, relatively.
_ROUNDING = 1e-9


def start_paid(theorem: Theorem) -> Parameter | None:
    """The constant of the start that the calls pay for: how exact the first estimate is.

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
        """The start's constant after a first batch of so many samples."""
        symbols = self._error.free_symbols - {_SAMPLES}
        numbers = {s: self.given[s.name] for s in symbols}
        return exact(self._error, {**numbers, _SAMPLES: Surd.rational(samples)})

    @cached_property
    def noiseless(self) -> bool:
        """Whether one sample is exact already."""
        return self.start is not None and self.error(1).is_zero

    def samples(self, values: Values) -> int:
        """The size of the first batch, enough for the start at these values; 0 without one."""
        if self.start is None:
            return 0
        return 1 if self.noiseless else max(1, _ceiling(self._at(self._first, values)))

    def settled(self, values: Values) -> dict[str, Surd]:
        """The values, with a start that the whole number next to what was found leaves."""
        if self.start is None or self.start.name in self.given:
            return dict(values)
        nearest = max(1, round(float(self._at(self._first, values)))) if not self.noiseless else 1
        return {**values, self.start.name: self.error(nearest)}

    def iterations(self, values: Values, calls: int) -> int:
        """The most iterations that so many calls pay for, exactly; negative where none are."""
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
        """The iterations, and by how much (in logarithms) one of them is beyond the calls."""
        with np.errstate(all="ignore"):
            first, once, each = self._compiled(env)
            if self.start is not None:
                once = once + np.maximum(np.ceil(first * (1 - _ROUNDING)), 1.0)
            return np.floor((calls - once) / each), np.log((once + each) / calls)


def _ceiling(value: Surd) -> int:
    """The least whole number that is not below the value."""
    k = math.ceil(float(value))
    # A float can be on the other side of a whole number than what it stands for.
    return min(n for n in (k - 1, k, k + 1) if (Surd.rational(n) - value).sign() >= 0)
