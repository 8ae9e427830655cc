"""A form of a theorem as a program on numbers: conditions and bound terms, vectorised or exact."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp
from sympy.printing.numpy import NumPyPrinter

from boundcalc.exact.evaluate import Numbers, exact, fulfils, upper
from boundcalc.exact.surd import Surd
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.powers import Discounted, Power, Shortfall
from boundcalc.model.parameters import ITERATIONS
from boundcalc.model.theorem import Form, Theorem

Array = npt.NDArray[np.float64]
_K = ITERATIONS.symbol
# What a strict inequality must hold by in floats; equality never passes for it.
_STRICT = 1e-15
# Points of an array that are evaluated at once.
_AT_ONCE = 1 << 14
# A supremum with a strict condition this close to equality is approached, not attained.
_NEAR = 1e-6


def _power(rate: Any, count: Any) -> Any:
    """``(1 - rate)**count`` without losing the digits of a small rate."""
    with np.errstate(all="ignore"):
        return np.where(np.equal(count, 0), 1.0, np.exp(count * np.log1p(-rate)))


def _shortfall(rate: Any, count: Any) -> Any:
    """``1 - (1 - rate)**count`` without cancellation."""
    with np.errstate(all="ignore"):
        return np.where(np.equal(count, 0), 0.0, -np.expm1(count * np.log1p(-rate)))


def _discounted(growth: Any, count: Any) -> Any:
    """Return the sum of ``(1 + growth)**-j`` over j = 1..count."""
    with np.errstate(all="ignore"):
        total = -np.expm1(-count * np.log1p(growth)) / growth
        return np.where(np.equal(growth, 0), count, total)


_FUNCTIONS = {"Power": _power, "Shortfall": _shortfall, "Discounted": _discounted}
# To name the module "numpy" instead would import all of it, its compiler interfaces too.
_PRINTED = {"inline": True, "user_functions": {name: name for name in _FUNCTIONS}}


class Program:
    """One form of one theorem, compiled once.

    ``inputs`` are the names of the parameters it needs; ``free`` those of them that are free proof
    parameters. K is an input of the terms only, and may be infinite.
    """

    def __init__(self, theorem: Theorem, form: Form) -> None:
        self.theorem, self.form = theorem, form
        self.statement = theorem.statement(form)
        fixed = set(form.formulas) | set(form.when)
        self.inputs = tuple(p.name for p in theorem.parameters if p.symbol not in fixed)
        self.free = tuple(p.name for p in self.statement.free)
        self.formulas = {s: e.subs(form.when) for s, e in form.formulas.items()}
        self.conditions = tuple(_at(c, form.when) for c in self.statement.conditions)
        self.terms = {name: t.subs(form.when) for name, t in self.statement.terms.items()}
        self._margins_of: dict[tuple[int, ...], tuple[Callable[..., Any], tuple[str, ...]]] = {}

    # -- floats, arrays in and arrays out --------------------------------------------------

    def _compiled(self, outputs: Sequence[sp.Expr], arguments: Sequence[str]) -> Callable[..., Any]:
        symbols = [sp.Symbol(name, real=True) for name in arguments]
        needed = _needed(outputs, self.formulas)
        return sp.lambdify(
            symbols,
            list(outputs),
            [_FUNCTIONS, vars(np)],
            printer=NumPyPrinter({"fully_qualified_modules": False, **_PRINTED}),
            cse=lambda given: (needed, given),
            docstring_limit=0,
        )

    @cached_property
    def _summands(self) -> list[tuple[sp.Expr, ...]]:
        """The terms of each ``left - right``, one formula deep: their sizes set its scale.

        What is derived is put in: equality by its definition must not be lost to rounding.
        """
        derived = {p.symbol: p.derived for p in self.theorem.parameters if p.derived is not None}
        sides = [(c.left.subs(derived), c.right.subs(derived)) for c in self.conditions]
        return [
            sp.Add.make_args(_once(left, self.formulas) - _once(right, self.formulas))
            for left, right in sides
        ]

    def _margins(self, among: Sequence[int]) -> tuple[Callable[..., Any], tuple[str, ...]]:
        """Return the summands of these conditions, compiled, and the inputs that they need."""
        key = tuple(among)
        if key not in self._margins_of:
            terms = [term for i in key for term in self._summands[i]]
            names = set().union(*(self._written_in[i] for i in key))
            inputs = tuple(name for name in self.inputs if name in names)
            self._margins_of[key] = self._compiled(terms, inputs), inputs
        return self._margins_of[key]

    @cached_property
    def _written_in(self) -> list[set[str]]:
        """The names that each condition is written in, also those that cancel out."""
        found = []
        for terms in self._summands:
            formulas = [formula for _, formula in _needed(terms, self.formulas)]
            found.append({s.name for part in (*terms, *formulas) for s in part.free_symbols})
        return found

    @cached_property
    def _values(self) -> Callable[..., Any]:
        return self._compiled(list(self.terms.values()), (*self.inputs, _K.name))

    @cached_property
    def _rate(self) -> Callable[..., Any]:
        return self._compiled([self.theorem.step.unroll.rate.subs(self.form.when)], self.inputs)

    def rate(self, values: Mapping[str, Any]) -> Array:
        """Return the rate of the lemma (decrease or contraction), as floats; the values
        broadcast.
        """
        with np.errstate(all="ignore"):
            return np.asarray(self._rate(*(values[name] for name in self.inputs))[0])

    def violation(
        self, values: Mapping[str, Any], varying: Collection[str] = (), margin: float = 0.0
    ) -> Array:
        """Return how far the point is outside: 0 inside, else the sum of relative misses (floats
        only).

        The values broadcast; a non-finite side counts as a miss. Conditions that depend on the
        inputs ``varying`` must hold by ``margin``, relatively.
        """
        return self.missed(values, range(len(self.conditions)), varying, margin)

    def written_in(self, names: Collection[str]) -> tuple[list[int], list[int]]:
        """Return the places of the conditions that are written in these inputs, and of the
        others.
        """
        wanted, places = {*names}, range(len(self.conditions))
        moving = [i for i in places if self._written_in[i] & wanted]
        return moving, [i for i in places if not self._written_in[i] & wanted]

    def missed(
        self,
        values: Mapping[str, Any],
        among: Sequence[int],
        varying: Collection[str] = (),
        margin: float = 0.0,
    ) -> Array:
        """Return the :meth:`violation` of the conditions at these places.

        Only the inputs that they are written in must have values.
        """
        names, total = {*varying}, np.zeros(())
        for i, slack in zip(among, self._slacks(values, among), strict=True):
            needed = margin if self._inputs_of[i] & names else 0.0
            if self.conditions[i].strict:
                needed = max(needed, _STRICT)
            missed = np.maximum(needed - slack, 0.0)
            total = total + np.where(np.isfinite(slack), missed, 1.0)
        return np.asarray(total, dtype=np.float64)

    def approaches(
        self, values: Mapping[str, Any], varying: Collection[str], vanishing: Collection[str] = ()
    ) -> bool:
        """Return whether a strict condition on the inputs ``varying`` is all but broken at the
        point.

        One on a positive input that is ``vanishing`` is strict too.
        """
        return any(
            (condition.strict or self._inputs_of[i] & set(vanishing))
            and self._inputs_of[i] & set(varying)
            and float(slack) < _NEAR
            for i, (condition, slack) in enumerate(
                zip(self.conditions, self.slacks(values), strict=True)
            )
        )

    def slacks(self, values: Mapping[str, Any]) -> list[Array]:
        """``left - right`` of each condition relative to the size of its terms, as floats."""
        return self._slacks(values, range(len(self.conditions)))

    def _slacks(self, values: Mapping[str, Any], among: Sequence[int]) -> list[Array]:
        found = []
        margins, inputs = self._margins(among)
        with np.errstate(all="ignore"):
            parts = iter(margins(*(values[name] for name in inputs)))
            for i in among:
                total = size = 0.0
                for _ in self._summands[i]:
                    part = next(parts)
                    total, size = total + part, size + np.abs(part)
                found.append(np.asarray(total / np.where(size > 0, size, 1.0)))
        return found

    @cached_property
    def _inputs_of(self) -> list[set[str]]:
        """The names of the inputs that each condition depends on, formulas included."""
        whole: dict[sp.Symbol, sp.Expr] = {}
        for symbol, formula in self.formulas.items():
            whole[symbol] = formula.xreplace(whole)
        differences = ((c.left - c.right).xreplace(whole) for c in self.conditions)
        return [{s.name for s in difference.free_symbols} for difference in differences]

    def bound_terms(self, values: Mapping[str, Any], K: Any) -> dict[str, Array]:
        """Return the named terms at given free parameters, as floats; the values broadcast."""
        with np.errstate(all="ignore"):
            found = self._values(
                *(values[name] for name in self.inputs), np.asarray(K, dtype=float)
            )
        return {name: np.asarray(v) for name, v in zip(self.terms, found, strict=True)}

    def bound(self, values: Mapping[str, Any], K: Any) -> Array:
        """Return the bound, as floats; infinite where a condition does not hold. All broadcasts."""
        arrays = [np.asarray(values[name], dtype=float) for name in self.inputs]
        arrays.append(np.asarray(K, dtype=float))
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        # Arrays in between stay in cache: a few points at a time, each with its own values.
        flat = [a if a.ndim == 0 else np.broadcast_to(a, shape).reshape(-1) for a in arrays]
        found = np.empty(math.prod(shape))
        for first in range(0, found.size, _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            *few, count = (array if array.ndim == 0 else array[part] for array in flat)
            named = dict(zip(self.inputs, few, strict=True))
            outside = self.violation(named) > 0
            found[part] = np.where(outside, np.inf, self.unchecked_bound(named, count))
        return found.reshape(shape)

    def unchecked_bound(self, values: Mapping[str, Any], K: Any) -> Array:
        """Return the sum of the terms, as floats, whether or not the conditions hold."""
        total: Any = 0.0
        with np.errstate(all="ignore"):
            for term in self.bound_terms(values, K).values():
                total = total + term
        return np.asarray(total)

    def unchecked_transient(self, values: Mapping[str, Any], K: Any) -> Array:
        """Return what the terms have above their limits as K -> infinity, as floats."""
        total: Any = 0.0
        limits = self.bound_terms(values, math.inf)
        with np.errstate(all="ignore"):
            for name, term in self.bound_terms(values, K).items():
                total = total + np.maximum(term - limits[name], 0.0)
        return np.asarray(total)

    # -- exact numbers ------------------------------------------------------------

    def numbers(self, values: Mapping[str, Surd]) -> Numbers:
        """Return the inputs and the auxiliary quantities that their formulas give, exactly.

        Raises ``ZeroDivisionError`` where a formula divides by zero.
        """
        found = {sp.Symbol(name, real=True): values[name] for name in self.inputs}
        for symbol, formula in self.formulas.items():
            found[symbol] = exact(formula, found)
        return found

    def broken(self, values: Mapping[str, Surd]) -> Condition | None:
        """Return the first condition that does not hold at these exact numbers, if any."""
        found = {sp.Symbol(name, real=True): values[name] for name in self.inputs}
        plain = [c for c in self.conditions if not c.symbols & set(self.formulas)]
        for condition in plain:
            if not fulfils(condition, found):
                return condition
        try:
            found = dict(self.numbers(values))
        except ZeroDivisionError:
            return next(c for c in self.conditions if c not in plain)
        for condition in self.conditions:
            if condition not in plain and not fulfils(condition, found):
                return condition
        return None

    def proved_terms(self, values: Mapping[str, Surd], K: int | float) -> dict[str, float]:
        """Return the named terms, each rounded up; the values must fulfil the conditions."""
        found = dict(self.numbers(values))
        terms = self.terms if math.inf != K else self._at_infinity
        if math.inf != K:
            found[_K] = Surd.rational(Fraction(K))
        return {name: upper(term, found) for name, term in terms.items()}

    @cached_property
    def _at_infinity(self) -> dict[str, sp.Expr]:
        inverse = sp.Symbol("1/K", real=True)

        def limit(term: sp.Expr) -> sp.Expr:
            term = term.replace(Power, lambda *_: sp.S.Zero).replace(Shortfall, lambda *_: sp.S.One)
            term = term.replace(Discounted, lambda growth, _: 1 / growth)
            return term.subs(_K, 1 / inverse).subs(inverse, 0)

        return {name: limit(term) for name, term in self.terms.items()}


def _at(condition: Condition, values: Mapping[sp.Symbol, sp.Expr]) -> Condition:
    if not values:
        return condition
    left, right = condition.left.subs(values), condition.right.subs(values)
    return Condition(left, right, condition.strict, condition.meaning)


def _once(side: sp.Expr, formulas: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    if side in formulas:
        return formulas[side]
    if side.is_Mul:
        inner = {s: formulas[s] for s in side.args if s in formulas and formulas[s].is_Add}
        return sp.expand_mul(side.subs(inner)) if inner else side
    return side


def _needed(
    outputs: Sequence[sp.Expr], formulas: Mapping[sp.Symbol, sp.Expr]
) -> list[tuple[sp.Symbol, sp.Expr]]:
    """Return the formulas that the outputs depend on, in the order of their definition."""
    wanted = set().union(*(o.free_symbols for o in outputs))
    for symbol in reversed(formulas):
        if symbol in wanted:
            wanted |= formulas[symbol].free_symbols
    return [(s, e) for s, e in formulas.items() if s in wanted]
