"""What the iterations of a method cost in gradient calls, and what it may choose about it.

The calls of K iterations are a first batch, where the method may choose how exact its first
estimate is, something once, and a price for each iteration.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from boundcalc.errors import UsageError
from boundcalc.exact import exact
from boundcalc.inputs import Values
from boundcalc.model import Theorem
from boundcalc.parameters import ITERATIONS, Parameter
from boundcalc.surds import Surd

__all__ = ["Price", "chosen"]

_K = ITERATIONS.symbol
# Samples of the first batch, when the start's error is what they leave.
_SAMPLES = sp.Symbol("samples", positive=True)


def chosen(theorem: Theorem) -> tuple[Parameter, ...]:
    """What the method may choose: its own parameters, and a start that the calls pay for."""
    paid = theorem.calls.free_symbols
    return tuple(
        p
        for p in theorem.parameters
        if p.given and (p.role == "algorithm" or (p.role == "start" and p.symbol in paid))
    )


class Price:
    """The price of iterations at given constants, the parameters ``free`` being chosen.

    ``start`` is the constant of the start that a first batch pays for, where it is chosen; its
    samples are a whole number, and one at least.

    Raises :class:`UsageError` where the theorem's calls are not such a price.
    """

    def __init__(self, theorem: Theorem, given: Values, free: Collection[Parameter]) -> None:
        self.theorem, self.given = theorem, given
        bought = [p for p in free if p.role == "start"]
        calls = sp.Add.make_args(sp.expand(theorem.calls))
        self._first = sp.Add(*(t for t in calls if any(t.has(p.symbol) for p in bought)))
        rest = sp.Add(*calls) - self._first
        self._each, self._once = sp.diff(rest, _K), rest.subs(_K, 0)
        self.start = bought[0] if len(bought) == 1 else None
        odd = len(bought) > 1 or self._first.has(_K) or self._each.has(_K) or self._each == 0
        if self.start is not None and not odd:
            found = sp.solve(self._first - _SAMPLES, self.start.symbol)
            self._error = found[0] if len(found) == 1 else self.start.symbol
            odd = not {s.name for s in self._error.free_symbols} <= {_SAMPLES.name, *given}
        if odd:
            raise UsageError(
                f"{theorem.name} cannot be held against others at equal gradient calls:"
                f" {theorem.calls} is not a first batch and a price for each iteration"
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
        """The size of the first batch; 0 where none is chosen."""
        if self.start is None:
            return 0
        return 1 if self.noiseless else max(1, round(float(self._at(self._first, values))))

    def iterations(self, values: Values, calls: int) -> int:
        """The most iterations that so many calls pay for, exactly; negative where none are."""
        spare = Surd.rational(calls - self.samples(values)) - self._at(self._once, values)
        affordable = spare / self._at(self._each, values)
        K = math.floor(float(affordable))
        # A float can be on the other side of a whole number than what it stands for.
        return max(k for k in (K - 1, K, K + 1) if (affordable - Surd.rational(k)).sign() >= 0)

    def _at(self, part: sp.Expr, values: Values) -> Surd:
        return exact(part, {sp.Symbol(name, real=True): v for name, v in values.items()})

    # -- floats, arrays in and arrays out ------------------------------------------------

    @cached_property
    def _compiled(self) -> Any:
        names = [p.name for p in self.theorem.parameters]
        symbols = [sp.Symbol(name, real=True) for name in names]
        parts = sp.lambdify(symbols, [self._first, self._once, self._each], "numpy")
        return lambda env: parts(*(env.get(name, math.nan) for name in names))

    def affordable(self, env: Mapping[str, Any], calls: Any) -> tuple[Any, Any]:
        """The iterations, and by how much (in logarithms) one of them is beyond the calls."""
        with np.errstate(all="ignore"):
            first, once, each = self._compiled(env)
            if self.start is not None:
                once = once + (1.0 if self.noiseless else np.maximum(np.rint(first), 1.0))
            return np.floor((calls - once) / each), np.log((once + each) / calls)
