"""Inequalities between vectors that hold coordinate by coordinate.

Each is a formula in a few real numbers: ``g``, ``c`` and ``v``, one coordinate of three vectors,
and the signs ``s(g)`` and ``s(v)``, with ``s(0) = 0``. ``w, u > 0`` are weights that a proof may
choose. An estimate v may be a positive radius times what is signed.

- ``signs``: ``g s(v) >= |g| - w - (g - v)^2/w``, the price of stepping along the sign of v;
- ``unbiased``: half that price, ``g s(v) >= |g| - (w + z^2/w)/2 + s(g) z`` for ``z = v - g``; where
  z has mean zero given g, the last term has, too, by the tower rule;
- ``voted``: both prices, ``g s(v) >= |g| - (w + y^2/w)/2 - u - (g - c)^2/u + s(g) y`` for
  ``y = v - c``: the last term vanishes where v has the mean c given g;
- ``aligned``: ``v s(v) >= |v|``, which costs nothing;
- ``length``: ``s(v)^2 <= 1``.

A formula is written once and read twice: of numbers, where the procedure for polynomials decides it
in every case of their signs, and of vectors, as its sum over the coordinates in expectation. That a
last term vanishes is nowhere supposed: :func:`~boundcalc.kernel.algebra.inner` finds it from the
stages of the vectors. Where v is off in the mean, or not independent of g, the term stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Expression, Vector, constant, inner, norm1
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.printing import latex
from boundcalc.kernel.scalar_lemmas import ScalarLemma
from boundcalc.kernel.signs import SignFact, Signs

g, v, w = sp.symbols("g v w", real=True)
c, u = sp.symbols("c u", real=True)


# -- one formula, of numbers and of vectors ------------------------------------------------


class _Reading(Protocol):
    """What the terms of a formula are."""

    def product(self, left: Any, right: Any) -> Any:
        """Return the product of two coordinates, or its sum: an inner product."""

    def size(self, of: Any) -> Any:
        """Return the absolute value of a coordinate, or its sum: a norm."""

    def number(self, value: sp.Expr) -> Any:
        """Return a number, or its sum over the coordinates."""


@dataclass(frozen=True)
class _Summed:
    """Summed over ``d`` coordinates, in expectation."""

    d: sp.Expr

    def product(self, left: Vector, right: Vector) -> Expression:
        return inner(left, right)

    def size(self, of: Vector) -> Expression:
        return norm1(of)

    def number(self, value: sp.Expr) -> Expression:
        return constant(self.d * value)


@dataclass(frozen=True)
class _Coordinate:
    """One coordinate, in a case of signs that says what the ``sizes`` of numbers are."""

    sizes: Mapping[sp.Expr, sp.Expr]

    def product(self, left: sp.Expr, right: sp.Expr) -> sp.Expr:
        return left * right

    def size(self, of: sp.Expr) -> sp.Expr:
        return self.sizes[of]

    def number(self, value: sp.Expr) -> sp.Expr:
        return value


def _price(read: _Reading, weight: sp.Expr, off: Any) -> Any:
    return read.number(weight) + read.product(off, off) * (1 / weight)


def _along(read: _Reading, g: Any, sign_v: Any) -> Any:
    """Return what a step along other signs gains, less what one along its own would."""
    return read.product(g, sign_v) - read.size(g)


def _signs(read: _Reading, g: Any, v: Any, sign_v: Any, w: sp.Expr) -> Any:
    return _along(read, g, sign_v) + _price(read, w, g - v)


def _unbiased(read: _Reading, g: Any, v: Any, sign_g: Any, sign_v: Any, w: sp.Expr) -> Any:
    paid = _price(read, w, v - g) * sp.Rational(1, 2)
    return _along(read, g, sign_v) + paid - read.product(sign_g, v - g)


def _voted(
    read: _Reading, g: Any, c: Any, v: Any, sign_g: Any, sign_v: Any, w: sp.Expr, u: sp.Expr
) -> Any:
    paid = _price(read, w, v - c) * sp.Rational(1, 2) + _price(read, u, g - c)
    return _along(read, g, sign_v) + paid - read.product(sign_g, v - c)


def _length(read: _Reading, sign: Any) -> Any:
    return read.number(sp.S.One) - read.product(sign, sign)


# -- the lemmas ------------------------------------------------------------------------------


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
        along = rf"\mathbb E\|{first}\|_1\le\mathbb E\langle {first},\mathrm{{sign}}({last})\rangle"
        if rule == "signs":
            return f"{along}+{self._shown(self.weight, first, estimate)}"
        # What is zero in the mean by the tower rule is shown, too.
        centre = first if rule == "unbiased" else between[0]
        halved = rf"\tfrac12\bigl({self._shown(self.weight, centre, estimate)}\bigr)"
        centred = rf"\mathbb E\langle\mathrm{{sign}}({first}),{estimate}-{centre}\rangle"
        more = ""
        if rule == "voted":
            assert self.second is not None
            more = f"+{self._shown(self.second, first, centre)}"
        return rf"{along}\qquad\\&\qquad\quad+{halved}{more}-{centred}"

    def _shown(self, weight: sp.Expr, first: str, second: str) -> str:
        own = latex(weight)
        return rf"{latex(self.d)}\,{own}+\tfrac1{{{own}}}\mathbb E\|{first}-{second}\|^2"

    # -- inequalities of vectors -----------------------------------------------------

    def signs(self, gradient: Vector, signed: Vector) -> Instance:
        """``<g, sign v> >= ||g||_1 - d w - ||g - v||^2/w``, v being radius times the signed."""
        return self.at("signs", gradient, signed)

    def unbiased(self, gradient: Vector, signed: Vector) -> Instance:
        """``E<g, sign v> >= E||g||_1 - (d w + E||z||^2/w)/2 + E<sign g, z>`` for ``z = v - g``."""
        return self.at("unbiased", gradient, signed)

    def voted(self, gradient: Vector, centre: Vector, signed: Vector) -> Instance:
        """``E<g, sign v> >= E||g||_1 - (d w + E||y||^2/w)/2 - d u - E||g - c||^2/u + E<sign g, y>``
        for ``y = v - c``.
        """
        return self.at("voted", gradient, centre, signed)

    def aligned(self, gradient: Vector) -> Instance:
        """``<g, sign g> >= ||g||_1``."""
        return self.at("aligned", gradient)

    def length(self, argument: Vector) -> Instance:
        """``||sign v||^2 <= d``."""
        return self.at("length", argument)

    # The radius is positive, so that an estimate has the signs of what is signed.

    def _signs(self, gradient: Vector, signed: Vector) -> Any:
        estimate = self.radius * signed
        return _signs(_Summed(self.d), gradient, estimate, signed.sign(), self.weight)

    def _unbiased(self, gradient: Vector, signed: Vector) -> Any:
        vectors = gradient, self.radius * signed, gradient.sign(), signed.sign()
        return _unbiased(_Summed(self.d), *vectors, self.weight)

    def _voted(self, gradient: Vector, centre: Vector, signed: Vector) -> Any:
        if self.second is None:
            raise ProofError("votes need a second weight")
        vectors = gradient, centre, self.radius * signed, gradient.sign(), signed.sign()
        return _voted(_Summed(self.d), *vectors, self.weight, self.second)

    def _aligned(self, gradient: Vector) -> Any:
        return _along(_Summed(self.d), gradient, gradient.sign())

    def _length(self, argument: Vector) -> Any:
        return _length(_Summed(self.d), argument.sign())

    # -- why they hold -----------------------------------------------------------------

    def check(self, given: Sequence[Condition]) -> tuple[SignFact, ...]:
        """Decide the formulas for all real numbers, in every case of their signs.

        Raises :class:`ProofError`. ``given`` are the conditions under which weights and radius must
        be positive.
        """
        known = Signs(given)
        positive = [self.weight, self.radius, *([] if self.second is None else [self.second])]
        facts = [known.require(exceeds(quantity)) for quantity in positive]
        for of_g, sign_g, size in _cases(g):
            read = _Coordinate({g: size})
            own = Signs(of_g)
            facts.append(own.require(at_least(_along(read, g, sign_g))))
            facts.append(own.require(at_least(_length(read, sign_g))))
            for of_v, sign_v, _ in _cases(v):
                case = Signs([exceeds(w), exceeds(u), *of_g, *of_v])
                formulas = [
                    _signs(read, g, v, sign_v, w),
                    _unbiased(read, g, v, sign_g, sign_v, w),
                    *([] if self.second is None else [_voted(read, g, c, v, sign_g, sign_v, w, u)]),
                ]
                facts += [case.require(at_least(formula)) for formula in formulas]
        return tuple(facts)


def _cases(number: sp.Symbol) -> Iterator[tuple[list[Condition], sp.Integer, sp.Expr]]:
    """Yield the three signs of a number: the condition, the sign and the absolute value."""
    yield [exceeds(number)], sp.S.One, number
    yield [exceeds(-number)], sp.S.NegativeOne, -number
    yield [at_least(number), at_least(-number)], sp.S.Zero, sp.S.Zero
