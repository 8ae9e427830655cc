"""The conditions of a program at numbers, as inequalities between polynomials in a few variables.

Every variable is positive: the step, and one for each free proof parameter, which is ``1/(1 + s)``
of its variable s where it lies in (0, 1). So no parameter has an end but 0 and infinity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import sympy as sp
from sympy import ZZ
from sympy.polys.rings import PolyElement, PolyRing, ring

from boundcalc.exact.surd import Surd
from boundcalc.kernel.conditions import Condition
from boundcalc.model.parameters import Domain
from boundcalc.solve.program import Program
from boundcalc.solve.projection import Inequality

# Roots of numbers in the coefficients are replaced by rationals this close, in bits.
_BITS = 160


@dataclass(frozen=True)
class Polynomials:
    """Conditions in the variables of ``ring``; ``domains`` are those of what they stand for."""

    ring: PolyRing
    domains: Sequence[Domain]
    conditions: Sequence[Inequality]

    def parameter(self, place: int, variable: Fraction) -> Fraction:
        """Return what the variable stands for."""
        return _inside(self.domains[place], variable, ratio)

    def open_at_zero(self, place: int) -> bool:
        """Return whether the end of the domain where the variable tends to zero is no part of
        it.
        """
        domain = self.domains[place]
        if domain.upper is None:
            return domain.lower is None or domain.lower_open
        return domain.upper_open

    def open_at_infinity(self, place: int) -> bool:
        """Return the same where the variable grows beyond all bounds."""
        domain = self.domains[place]
        return None in (domain.lower, domain.upper) or domain.lower_open


def polynomials(
    program: Program,
    given: Mapping[str, Surd],
    variables: Mapping[str, Domain],
    vanishing: str | None = None,
) -> Polynomials | None:
    """Return the conditions on the ``variables``; None where one holds nowhere.

    Args:
        program: the form whose conditions they are.
        given: the other inputs.
        variables: the domains of the inputs that vary.
        vanishing: one of them, which is positive and let tend to zero. The conditions on it are
            strict, and it is no variable of the answer.

    Raises:
        TypeError: a condition is no quotient of polynomials.
    """
    names = [*(name for name in variables if name != vanishing)]
    every = [*names, *([] if vanishing is None else [vanishing])]
    field = ZZ.frac_field(*every)
    known = {
        sp.Symbol(name, real=True): _number(field, ratio(value)) for name, value in given.items()
    }
    for name, variable in zip(every, field.gens, strict=True):
        domain = Domain(sp.S.Zero, None) if name == vanishing else variables[name]
        known[sp.Symbol(name, real=True)] = _inside(domain, variable, partial(_number, field))
    kept = ring(names, ZZ)[0]
    moving, _ = program.written_in(variables)
    conditions = []
    for condition in (program.conditions[i] for i in moving):
        try:
            difference = _difference(condition, field, known, program.formulas)
        except ZeroDivisionError:
            return None
        parts = (difference.numer, difference.denom)
        strict = condition.strict
        if vanishing is not None:
            strict = strict or any(m[-1] > 0 for p in parts for m in p.monoms())
            parts = tuple(_at_zero(p, kept) for p in parts)
        if any(part.is_zero for part in parts):
            if strict:
                return None
            continue
        conditions.append(Inequality.between(parts, strict=strict))
    return Polynomials(kept, [variables[name] for name in names], conditions)


def ratio(value: Surd | sp.Rational | Fraction) -> Fraction:
    """Return the number as a fraction, or one very close to it where it is none."""
    if isinstance(value, Surd):
        exactly = value.as_fraction()
        return value.approximate(_BITS) if exactly is None else exactly
    return Fraction(int(value.numerator), int(value.denominator))


def _inside(domain: Domain, variable: Any, number: Any) -> Any:
    """Return a number of the open domain, one for each positive number; they are of the same
    kind.
    """
    if domain.lower is None:
        return variable - 1 / variable if domain.upper is None else number(domain.upper) - variable
    if domain.upper is None:
        return number(domain.lower) + variable
    return number(domain.lower) + number(domain.upper - domain.lower) / (1 + variable)


def _at_zero(polynomial: PolyElement, kept: PolyRing) -> PolyElement:
    """Return its leading part where the last variable tends to zero."""
    if polynomial.is_zero:
        return kept.zero
    least = min(monomial[-1] for monomial in polynomial.monoms())
    return kept.from_dict({m[:-1]: c for m, c in polynomial.terms() if m[-1] == least})


def _number(field: Any, value: Fraction | sp.Rational) -> Any:
    return field(ZZ(int(value.numerator))) / field(ZZ(int(value.denominator)))


def _difference(
    condition: Condition,
    field: Any,
    known: dict[sp.Symbol, Any],
    formulas: Mapping[sp.Symbol, sp.Expr],
) -> Any:
    """``left - right`` as a quotient of polynomials; what formulas give is added to ``known``.

    Raises ``ZeroDivisionError`` where a denominator is zero everywhere.
    """

    def function(expression: sp.Expr) -> Any:
        if expression.is_Symbol:
            if expression not in known:
                known[expression] = function(formulas[expression])
            return known[expression]
        if expression.is_Rational:
            return _number(field, expression)
        parts = [function(part) for part in expression.args]
        if expression.is_Add:
            return sum(parts[1:], parts[0])
        if expression.is_Mul:
            return math.prod(parts[1:], start=parts[0])
        if expression.is_Pow and expression.exp.is_Integer:
            return parts[0] ** int(expression.exp)
        raise TypeError(f"{expression} is no quotient of polynomials")

    return function(condition.left) - function(condition.right)
