"""Sums taken apart: constants, powers of what grows or is chosen, and what is neither."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from boundcalc.bounds.rates.monomials import ONE, Monomial
from boundcalc.errors import UsageError
from boundcalc.kernel.powers import Discounted, Power, Shortfall


@dataclass(frozen=True)
class Term:
    """A term of a sum: sign and constant, the powers of what grows or is chosen, the rest."""

    coefficient: sp.Expr
    monomial: Monomial
    atoms: tuple[sp.Expr, ...]


def terms(expression: sp.Expr, variables: frozenset[str], count: str) -> list[Term]:
    """Return the terms of an expanded sum; :class:`UsageError` for what is not exact."""
    whole = sp.sympify(expression)
    if whole.has(sp.Float) or whole.has(sp.nan, sp.zoo, sp.oo, sp.I):
        raise UsageError(f"{whole} is not exact: write numbers as fractions, as in 1/3")
    expanded = sp.expand(whole_powers(whole, count))
    return [_split(term, variables) for term in sp.Add.make_args(expanded) if term != 0]


def whole_powers(expression: sp.Expr, count: str) -> sp.Expr:
    """Powers in K, and what is missing from them to one, as functions of their own."""
    whole = expression.replace(
        lambda e: e.is_Pow and e.exp.is_Symbol and e.exp.name == count,
        lambda e: Power(1 - e.base, e.exp),
    )
    return whole.replace(
        lambda e: (
            e.is_Add and len(e.args) == 2 and e.args[0] == 1 and isinstance(-e.args[1], Power)
        ),
        lambda e: Shortfall(*(-e.args[1]).args),
    )


def without_discounts(term: sp.Expr) -> sp.Expr:
    """Return the term, or what bounds it from above, with no :class:`Discounted` below a line.

    The sum of (1 + a)**-j over j = 1..K is at least K/(1 + a K), by Bernoulli's inequality.
    """
    return term.replace(
        lambda e: e.is_Pow and e.exp == -1 and isinstance(e.base, Discounted),
        lambda e: e.base.args[0] + 1 / e.base.args[1],
    )


def _split(term: sp.Expr, variables: frozenset[str]) -> Term:
    constant, powers, atoms = sp.S.One, ONE, []
    for factor in sp.Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if not {s.name for s in factor.free_symbols} & variables:
            constant *= factor
        elif base.is_Symbol and exponent.is_Rational:
            powers = powers * Monomial.of({base.name: fraction(exponent)})
        else:
            atoms.append(factor)
    return Term(constant, powers, tuple(atoms))


def collected(terms: list[Term]) -> list[Term]:
    """Terms that differ in their constants alone, added."""
    groups: dict[tuple[Monomial, tuple[sp.Expr, ...]], sp.Expr] = {}
    for term in terms:
        key = (term.monomial, term.atoms)
        groups[key] = groups.get(key, sp.S.Zero) + term.coefficient
    return [Term(c, *key) for key, c in groups.items() if c != 0]


def fraction(number: sp.Rational) -> Fraction:
    """Return the number as a fraction of the standard library."""
    return Fraction(int(number.p), int(number.q))
