"""Inequalities between vectors that hold coordinate by coordinate.

Each is a lemma on a few real numbers, decided by the procedure for polynomials in every case of
their signs, and then summed over the coordinates. The numbers are ``g`` and ``v`` (one coordinate
of two vectors) and ``s``, the sign of v; ``w > 0`` is a weight that a proof may choose.

- ``signs``: ``g s >= |g| - w - (g - v)^2/w``, the price of stepping along the sign of v;
- ``unbiased``: half that price where ``E v = g``. By Cantelli's inequality the sign is wrong with
  probability at most ``V/(V + g^2)`` for the variance V of v, so
  ``E g s >= |g| - 2|g|V/(V + g^2)``; and ``2|g|V/(V + g^2) <= (w + V/w)/2``;
- ``length``: ``s^2 <= 1``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Expression, Vector, constant, inner, norm1, norm2
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.signs import SignFact, Signs
from boundcalc.writing import latex

__all__ = ["SignLemmas"]

g, v, w, V = sp.symbols("g v w V", real=True)


@dataclass(frozen=True)
class SignLemmas(Assumption):
    """The coordinate lemmas in dimension ``d``, with the ``weight`` of a proof."""

    d: sp.Expr
    weight: sp.Expr
    name = "coordinate lemma"
    rules: ClassVar[dict[str, str]] = {
        "signs": "coordinate lemma",
        "unbiased": "coordinate lemma for an unbiased estimate",
        "length": "length of a vector of signs",
    }
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {"unbiased": ("Cantelli",)}

    def latex(self) -> str:
        return "the coordinate lemmas"

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        d, weight = latex(self.d), latex(self.weight)
        if rule == "length":
            return rf"\mathbb E\|\mathrm{{sign}}({arguments[0]})\|^2\le {d}"
        first, second = arguments
        off = rf"\mathbb E\|{first}-{second}\|^2"
        price = rf"{d}\,{weight}+\tfrac1{{{weight}}}{off}"
        if rule == "unbiased":
            price = rf"\tfrac12\bigl({price}\bigr)"
        return (
            rf"\mathbb E\|{first}\|_1\le\mathbb E\langle {first},\mathrm{{sign}}({second})\rangle"
            rf"+{price}"
        )

    # -- inequalities of vectors -----------------------------------------------------

    def signs(self, gradient: Vector, estimate: Vector) -> Instance:
        """``<g, sign v> >= ||g||_1 - d w - ||g - v||^2/w``."""
        return self.at("signs", gradient, estimate)

    def unbiased(self, gradient: Vector, estimate: Vector) -> Instance:
        """``E<g, sign v> >= E||g||_1 - (d w + E||g - v||^2/w)/2`` where ``E v = g`` given g."""
        return self.at("unbiased", gradient, estimate)

    def length(self, argument: Vector) -> Instance:
        """``||sign v||^2 <= d``."""
        return self.at("length", argument)

    def _price(self, gradient: Vector, estimate: Vector) -> Expression:
        return constant(self.d * self.weight) + norm2(gradient - estimate) * (1 / self.weight)

    def _signs(self, gradient: Vector, estimate: Vector) -> Expression:
        along = inner(gradient, estimate.sign())
        return along - norm1(gradient) + self._price(gradient, estimate)

    def _unbiased(self, gradient: Vector, estimate: Vector) -> Expression:
        error = estimate - gradient
        for basis in error.coefficients:
            if not basis.zero_mean or basis.stage <= gradient.stage:
                raise ProofError(f"{basis} has a mean, so the estimate is not unbiased")
        along = inner(gradient, estimate.sign())
        return along - norm1(gradient) + self._price(gradient, estimate) * sp.Rational(1, 2)

    def _length(self, argument: Vector) -> Expression:
        return constant(self.d) - norm2(argument.sign())

    # -- why they hold -----------------------------------------------------------------

    def check(self, given: Sequence[Condition]) -> tuple[SignFact, ...]:
        """Decide the lemmas for every real number; raises :class:`ProofError`.

        ``given`` are the conditions under which the weight must be positive.
        """
        facts = [Signs(given).require(exceeds(self.weight))]
        for known, s in _cases():
            size = g if at_least(g) in known else -g
            price = w + (g - v) ** 2 / w
            facts.append(Signs([exceeds(w), *known]).require(at_least(g * s, size - price)))
            facts.append(Signs(known).require(at_least(1, sp.Integer(s) ** 2)))
        known = [exceeds(w), exceeds(g), at_least(V)]
        least = 2 * g * V / (V + g**2)
        facts.append(Signs(known).require(at_least((w + V / w) / 2, least)))
        return tuple(facts)


def _cases() -> Iterator[tuple[list[Condition], int]]:
    """The signs of g and v, and with them the sign of v."""
    for of_g in (at_least(g), at_least(-g)):
        yield [of_g, exceeds(v)], 1
        yield [of_g, exceeds(-v)], -1
        yield [of_g, at_least(v), at_least(-v)], 0
