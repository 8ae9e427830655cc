"""One of several ways to bound a formula by monomials."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import sympy as sp

from boundcalc.bounds.rates.monomials import Monomial, Need


@dataclass(frozen=True)
class Option:
    """One way to bound a formula: by the sum of ``terms``, where the ``needs`` hold.

    ``supposes`` are constants that must be positive; ``logarithmic`` says that the needs hold only
    up to logarithms. From below, ``terms`` is a single monomial. ``kept`` tells which part of a
    difference it rests on: the same one wherever that difference occurs, since the larger of two
    serves everywhere.
    """

    terms: frozenset[Monomial]
    needs: frozenset[Need] = frozenset()
    supposes: frozenset[sp.Expr] = frozenset()
    logarithmic: bool = False
    kept: frozenset[tuple[sp.Expr, Monomial]] = frozenset()

    def agrees(self, other: Option) -> bool:
        """Return whether both keep the same part of every difference that occurs in both."""
        kept = dict(self.kept)
        return all(kept.get(difference, part) == part for difference, part in other.kept)

    def beside(self, other: Option, terms: Iterable[Monomial]) -> Option:
        """Return both at once, with these terms."""
        return Option(
            frozenset(terms),
            self.needs | other.needs,
            self.supposes | other.supposes,
            self.logarithmic or other.logarithmic,
            self.kept | other.kept,
        )

    def times(self, other: Option) -> Option:
        return self.beside(other, (a * b for a, b in product(self.terms, other.terms)))

    def plus(self, other: Option) -> Option:
        return self.beside(other, self.terms | other.terms)

    def power(self, exponent: Fraction) -> Option:
        return self.beside(self, (m**exponent for m in self.terms))
