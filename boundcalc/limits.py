"""The largest step at given numbers: the first positive root of the conditions, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from boundcalc.kernel.conditions import Condition
from boundcalc.parameters import GAMMA
from boundcalc.program import Program
from boundcalc.surds import Surd

__all__ = ["Edge", "first_edge"]

_GAMMA = GAMMA.symbol
# Roots are enclosed to so many bits; roots of numbers in the coefficients are replaced by rationals
# this close before.
_BITS = 120
# Roots of different conditions this close, relatively, count as one.
_SAME = Fraction(1, 2**100)


@dataclass(frozen=True)
class Edge:
    """Where the admissible steps that begin at 0 end.

    ``gamma`` is a rational not above the edge, by less than ``2**-_BITS`` of it; ``attained``
    tells whether the edge itself is admissible; ``conditions`` are those that hold no longer, with
    their ``polynomials`` in gamma. ``gamma`` is 0 where no step is admissible and ``None`` where
    every one is.
    """

    gamma: Fraction | None
    attained: bool
    conditions: tuple[Condition, ...]
    polynomials: tuple[sp.Poly, ...]


def first_edge(program: Program, values: Mapping[str, Surd], inside: Fraction) -> Edge:
    """The edge of a component of admissible steps, all else being fixed.

    It is the component that begins at 0, or, where a proof parameter (a contraction, say) leaves
    no step near 0, the one around the admissible step ``inside``. ``values`` gives every input but
    gamma.
    """
    from_zero = _edge(program, values, Fraction(0))
    return from_zero if from_zero.gamma != 0 else _edge(program, values, inside)


def _edge(program: Program, values: Mapping[str, Surd], start: Fraction) -> Edge:
    numbers = {
        sp.Symbol(name, real=True): _rational(values[name])
        for name in program.inputs
        if name != _GAMMA.name
    }
    best: Fraction | None = None
    attained = True
    found: list[tuple[Condition, sp.Poly]] = []
    for condition in program.conditions:
        expression = program.form.resolve(condition.left - condition.right).subs(numbers)
        if not expression.has(_GAMMA):
            continue
        numerator, denominator = sp.fraction(sp.together(expression))
        polynomial = sp.Poly(sp.expand(numerator * denominator), _GAMMA, domain="QQ")
        end = _end(polynomial, condition.strict, start)
        if end is None:
            continue
        gamma, reached = end
        if best is not None and abs(gamma - best) <= best * _SAME:
            best, attained = min(best, gamma), attained and reached
            found.append((condition, polynomial))
        elif best is None or gamma < best:
            best, attained, found = gamma, reached, [(condition, polynomial)]
    if best is None:
        return Edge(None, False, (), ())
    conditions, polynomials = zip(*found, strict=True)
    return Edge(best, attained and best > 0, conditions, polynomials)


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
