"""The largest step at given numbers: the first positive root of the conditions, exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy as sp

from boundcalc.kernel.conditions import Condition
from boundcalc.parameters import GAMMA
from boundcalc.program import Program
from boundcalc.surds import Surd

__all__ = ["Edge", "first_edge"]

_GAMMA = GAMMA.symbol
_IN_GAMMA = sp.QQ.frac_field(_GAMMA)
# Roots are enclosed to so many bits; roots of numbers in the coefficients are replaced by rationals
# this close before.
_BITS = 120
# Roots of different conditions this close, relatively, count as one.
_SAME = Fraction(1, 2**100)


@dataclass(frozen=True)
class Edge:
    """Where the admissible steps that begin at 0 end.

    ``gamma`` is a rational not above the edge, by less than ``2**-_BITS`` of it; ``attained``
    tells whether the edge itself is admissible. ``gamma`` is 0 where no step is admissible and
    ``None`` where every one is.
    """

    gamma: Fraction | None
    attained: bool


def first_edge(program: Program, values: Mapping[str, Surd], inside: Fraction) -> Edge:
    """The edge of a component of admissible steps, all else being fixed.

    It is the component that begins at 0, or, where a proof parameter (a contraction, say) leaves
    no step near 0, the one around the admissible step ``inside``. ``values`` gives every input but
    gamma.
    """
    differences = _differences(program, values)
    from_zero = _edge(differences, Fraction(0))
    return from_zero if from_zero.gamma != 0 else _edge(differences, inside)


def _edge(differences: Mapping[Condition, sp.Poly], start: Fraction) -> Edge:
    best: Fraction | None = None
    attained = True
    for condition, polynomial in differences.items():
        end = _end(polynomial, condition.strict, start)
        if end is None:
            continue
        gamma, reached = end
        if best is not None and abs(gamma - best) <= best * _SAME:
            best, attained = min(best, gamma), attained and reached
        elif best is None or gamma < best:
            best, attained = gamma, reached
    return Edge(best, attained and best is not None and best > 0)


def _differences(program: Program, values: Mapping[str, Surd]) -> dict[Condition, sp.Poly]:
    """``left - right`` of every condition on gamma, as a polynomial of the same sign."""
    known = {
        sp.Symbol(name, real=True): _IN_GAMMA(_rational(values[name]))
        for name in program.inputs
        if name != _GAMMA.name
    }
    known[_GAMMA] = _IN_GAMMA(_GAMMA)
    moving, _ = program.written_in({_GAMMA.name})
    found = {}
    for condition in (program.conditions[i] for i in moving):
        try:
            left, right = (
                _function(side, known, program.formulas)
                for side in (condition.left, condition.right)
            )
        except ZeroDivisionError:
            # Without a value for any step, it holds for none.
            condition = replace(condition, strict=True)
            difference = _IN_GAMMA.zero
        else:
            difference = left - right
        product = difference.numer * difference.denom
        found[condition] = sp.Poly.from_dict(dict(product), _GAMMA, domain="QQ")
    return found


def _function(
    expression: sp.Expr, known: dict[sp.Symbol, Any], formulas: Mapping[sp.Symbol, sp.Expr]
) -> Any:
    """The expression as a quotient of polynomials in gamma; what formulas give is added to
    ``known``. Raises ``ZeroDivisionError`` where a denominator is zero for every gamma.
    """
    if expression.is_Symbol:
        if expression not in known:
            known[expression] = _function(formulas[expression], known, formulas)
        return known[expression]
    if expression.is_Rational:
        return _IN_GAMMA(expression)
    parts = [_function(part, known, formulas) for part in expression.args]
    if expression.is_Add:
        return sum(parts[1:], parts[0])
    if expression.is_Mul:
        return math.prod(parts[1:], start=parts[0])
    if expression.is_Pow and expression.exp.is_Integer:
        return parts[0] ** int(expression.exp)
    raise TypeError(f"{expression} is no quotient of polynomials")


def _rational(value: Surd) -> sp.Rational:
    exact = value.as_fraction()
    close = value.approximate(3 * _BITS) if exact is None else exact
    return sp.Rational(close.numerator, close.denominator)


def _end(polynomial: sp.Poly, strict: bool, start: Fraction) -> tuple[Fraction, bool] | None:
    """Where ``polynomial >= 0`` (or ``> 0``), true right after ``start``, is so no longer.

    0 where it is not true there, None where it stays true; and whether it is true at the end.
    """
    if polynomial.is_zero:
        return (Fraction(0), False) if strict else None
    lowest = polynomial.monoms()[-1][0]
    trimmed = sp.Poly.from_dict(
        {(power - lowest,): c for (power,), c in polynomial.as_dict().items()}, _GAMMA, domain="QQ"
    )
    first = sp.Rational(start.numerator, start.denominator)
    if trimmed.eval(first) < 0:
        return Fraction(0), False
    for (low, high), multiplicity in trimmed.intervals(inf=first):
        if high > first and (strict or multiplicity % 2):
            return _below(trimmed, low, high), not strict
    return None


def _below(polynomial: sp.Poly, low: sp.Rational, high: sp.Rational) -> Fraction:
    """A rational just below the positive root between ``low`` and ``high``."""
    squarefree = polynomial.sqf_part()
    while high - low > low / 2**_BITS:
        low, high = squarefree.refine_root(low, high, steps=16)
    return Fraction(int(low.p), int(low.q))
