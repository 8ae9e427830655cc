"""Inequalities between vectors that hold coordinate by coordinate.

Each is a lemma on a few real numbers, decided by the procedure for polynomials in every case of
their signs, and then summed over the coordinates. The numbers are ``g`` and ``v`` (one coordinate
of two vectors) and ``s``, the sign of v; ``w > 0`` is a weight that a proof may choose, and ``R`` a
radius by which an estimate is divided before its sign is taken.

- ``signs``: ``g s >= |g| - w - (g - v)^2/w``, the price of stepping along the sign of v;
- ``unbiased``: half that price where ``E v = g``. By Cantelli's inequality the sign is wrong with
  probability at most ``V/(V + g^2)`` for the variance V of v, so
  ``E g s >= |g| - 2|g|V/(V + g^2)``; and ``2|g|V/(V + g^2) <= (w + V/w)/2``;
- ``voted``: where v has the mean c, the second price for ``v - c`` and the first, with a weight u
  of its own, for ``c - g``: the sign is wrong with a probability P of at most ``V/(V + c^2)`` where
  c has the sign of g, and where it has not, ``|g| <= |c - g|``;
- ``aligned``: ``v s >= |v|``, which costs nothing;
- ``length``: ``s^2 <= 1``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import DrawnAt, Expression, Vector, constant, inner, norm1, norm2
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.scalar_lemmas import ScalarLemma
from boundcalc.kernel.signs import SignFact, Signs
from boundcalc.writing import latex

__all__ = ["SignLemmas"]

g, v, w, V = sp.symbols("g v w V", real=True)
c, u, P = sp.symbols("c u P", real=True)
_HALF = sp.Rational(1, 2)


@dataclass(frozen=True)
class SignLemmas(ScalarLemma):
    """The coordinate lemmas in dimension ``d``, with the ``weight`` of a proof.

    ``second`` is the other weight of votes; estimates are ``radius`` times what is signed.
    """

    d: sp.Expr
    weight: sp.Expr
    second: sp.Expr | None = None
    radius: sp.Expr = sp.S.One
    least: ClassVar[Mapping[str, int]] = {"d": 1}
    name = "coordinate lemma"
    rules: ClassVar[dict[str, str]] = {
        "signs": "coordinate lemma",
        "unbiased": "coordinate lemma for an unbiased estimate",
        "voted": "coordinate lemma for votes",
        "aligned": "signs of the gradient itself",
        "length": "length of a vector of signs",
    }
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {
        "unbiased": ("Cantelli",),
        "voted": ("Cantelli",),
    }

    def latex(self) -> str:
        return "the coordinate lemmas"

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        if rule == "length":
            return rf"\mathbb E\|\mathrm{{sign}}({arguments[0]})\|^2\le {latex(self.d)}"
        if rule == "aligned":
            g = arguments[0]
            return rf"\mathbb E\|{g}\|_1=\mathbb E\langle {g},\mathrm{{sign}}({g})\rangle"
        first, *between, last = arguments
        estimate = last if self.radius == 1 else rf"{latex(self.radius)}\,{last}"
        if rule == "voted":
            assert self.second is not None
            halved = rf"\tfrac12\bigl({_price(self.d, self.weight, between[0], estimate)}\bigr)"
            halved = rf"\qquad\\&\qquad\quad+{halved}"
            price = f"{halved}+{_price(self.d, self.second, first, between[0])}"
        else:
            price = _price(self.d, self.weight, first, estimate)
            if rule == "unbiased":
                price = rf"\tfrac12\bigl({price}\bigr)"
        return (
            rf"\mathbb E\|{first}\|_1\le\mathbb E\langle {first},\mathrm{{sign}}({last})\rangle"
            + (price if rule == "voted" else f"+{price}")
        )

    # -- inequalities of vectors -----------------------------------------------------

    def signs(self, gradient: Vector, signed: Vector) -> Instance:
        """``<g, sign v> >= ||g||_1 - d w - ||g - v||^2/w``, v being radius times the signed."""
        return self.at("signs", gradient, signed)

    def unbiased(self, gradient: Vector, signed: Vector) -> Instance:
        """``E<g, sign v> >= E||g||_1 - (d w + E||g - v||^2/w)/2`` where ``E v = g`` given g."""
        return self.at("unbiased", gradient, signed)

    def voted(self, gradient: Vector, centre: Vector, signed: Vector) -> Instance:
        """``E<g, sign v> >= E||g||_1 - (d w + E||c - v||^2/w)/2 - d u - E||g - c||^2/u`` where
        ``E v = c`` given g and c.
        """
        return self.at("voted", gradient, centre, signed)

    def aligned(self, gradient: Vector) -> Instance:
        """``<g, sign g> >= ||g||_1``."""
        return self.at("aligned", gradient)

    def length(self, argument: Vector) -> Instance:
        """``||sign v||^2 <= d``."""
        return self.at("length", argument)

    def _price(self, weight: sp.Expr, first: Vector, second: Vector) -> Expression:
        return constant(self.d * weight) + norm2(first - second) * (1 / weight)

    def _signs(self, gradient: Vector, signed: Vector) -> Expression:
        along = inner(gradient, signed.sign()) - norm1(gradient)
        return along + self._price(self.weight, gradient, self.radius * signed)

    def _unbiased(self, gradient: Vector, signed: Vector) -> Expression:
        estimate = self.radius * signed
        _require_mean(estimate, gradient, gradient)
        along = inner(gradient, signed.sign()) - norm1(gradient)
        return along + self._price(self.weight, gradient, estimate) * _HALF

    def _voted(self, gradient: Vector, centre: Vector, signed: Vector) -> Expression:
        if self.second is None:
            raise ProofError("votes need a second weight")
        estimate = self.radius * signed
        _require_mean(estimate, centre, gradient, centre)
        along = inner(gradient, signed.sign()) - norm1(gradient)
        chance = self._price(self.weight, centre, estimate) * _HALF
        return along + chance + self._price(self.second, gradient, centre)

    def _aligned(self, gradient: Vector) -> Expression:
        return inner(gradient, gradient.sign()) - norm1(gradient)

    def _length(self, argument: Vector) -> Expression:
        return constant(self.d) - norm2(argument.sign())

    # -- why they hold -----------------------------------------------------------------

    def check(self, given: Sequence[Condition]) -> tuple[SignFact, ...]:
        """Decide the lemmas for every real number; raises :class:`ProofError`.

        ``given`` are the conditions under which weights and radius must be positive.
        """
        known = Signs(given)
        facts = [known.require(exceeds(self.weight)), known.require(exceeds(self.radius))]
        for signs, s in _cases():
            size = g if at_least(g) in signs else -g
            price = w + (g - v) ** 2 / w
            facts.append(Signs([exceeds(w), *signs]).require(at_least(g * s, size - price)))
            facts.append(Signs(signs).require(at_least(1, sp.Integer(s) ** 2)))
        for sign in (1, -1, 0):
            own = [exceeds(sign * v)] if sign else [at_least(v), at_least(-v)]
            size = v if sign == 1 else -v
            facts.append(Signs(own).require(at_least(v * sign, size)))
        chance = [exceeds(w), exceeds(g), at_least(V)]
        least = 2 * g * V / (V + g**2)
        facts.append(Signs(chance).require(at_least((w + V / w) / 2, least)))
        if self.second is not None:
            facts += [known.require(exceeds(self.second)), *_votes()]
        return tuple(facts)


def _price(d: sp.Expr, weight: sp.Expr, first: str, second: str) -> str:
    own = latex(weight)
    return rf"{latex(d)}\,{own}+\tfrac1{{{own}}}\mathbb E\|{first}-{second}\|^2"


def _require_mean(estimate: Vector, mean: Vector, *known: Vector) -> None:
    """That the estimate has this mean, given all that is known with the vectors."""
    stage = max(vector.stage for vector in known)
    of_worker = any(vector.of_workers for vector in known)
    for basis in (estimate - mean).coefficients:
        if not basis.zero_mean or basis.stage <= stage:
            raise ProofError(f"{basis} has a mean, so the estimate is not unbiased")
        if of_worker and isinstance(basis, DrawnAt) and basis.deviation:
            raise ProofError(f"{basis} has a mean given what its worker knows")


def _cases() -> Iterator[tuple[list[Condition], int]]:
    """The signs of g and v, and with them the sign of v."""
    for of_g in (at_least(g), at_least(-g)):
        yield [of_g, exceeds(v)], 1
        yield [of_g, exceeds(-v)], -1
        yield [of_g, at_least(v), at_least(-v)], 0


def _votes() -> Iterator[SignFact]:
    """With g > 0, what a wrong sign costs, 2 g P, is at most both prices together.

    Where c > 0, ``g P <= c P + |c - g|`` and ``2 c P`` is the price of an unbiased sign; elsewhere
    ``g <= |c - g|``. Both then pay ``2|c - g| <= u + (c - g)^2/u``.
    """
    sure = [exceeds(g), at_least(P), at_least(1, P)]
    for side in (at_least(c - g), at_least(g - c)):
        size = c - g if side == at_least(c - g) else g - c
        yield Signs([*sure, exceeds(c), side]).require(at_least(c * P + size, g * P))
        yield Signs([exceeds(u), side]).require(at_least(u + (c - g) ** 2 / u, 2 * size))
    yield Signs([*sure, at_least(-c)]).require(at_least(g - c, g))
