"""Certificates: ``claim >= 0`` shown as a sum of things that are visibly non-negative.

``claim = sum multiplier * inequality + sum weight * ||vector||^2 + sum of 2x2 forms + rest``

The identity is checked by exact expansion to zero. Multipliers must be non-negative, weights too; a
2x2 form ``a||u||^2 + 2h<u,v> + b||v||^2`` needs ``a, b >= 0`` and ``ab >= h^2``; the rest may
hold only squared norms and non-negative scalars, each with a non-negative coefficient.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import (
    Expression,
    Gap,
    Gram,
    Norm,
    One,
    PastSteps,
    Scalar,
    SquaredNorm,
    Vector,
    inner,
    norm2,
)
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.conditions import Condition, at_least
from boundcalc.kernel.integrity import (
    require_expression,
    require_formula,
    require_function,
    require_vector,
)
from boundcalc.kernel.signs import SignFact, Signs, denominators


class Inequality(Protocol):
    """Something known to be non-negative: an instance of an assumption, or a lemma's premise."""

    @property
    def name(self) -> str: ...

    @property
    def expression(self) -> Expression: ...


@dataclass(frozen=True)
class Premise:
    """An inequality that is supposed, such as the one-step inequality of a lemma."""

    name: str
    expression: Expression


@dataclass(frozen=True)
class Square:
    """``weight * ||argument||^2``."""

    weight: sp.Expr
    argument: Vector


@dataclass(frozen=True)
class QuadraticForm:
    """``first||u||^2 + 2 cross <u, v> + second||v||^2``, non-negative by its minors."""

    u: Vector
    v: Vector
    first: sp.Expr
    cross: sp.Expr
    second: sp.Expr

    @property
    def expression(self) -> Expression:
        """The form as an expression in expected inner products."""
        return (
            self.first * norm2(self.u)
            + 2 * self.cross * inner(self.u, self.v)
            + self.second * norm2(self.v)
        )

    @property
    def minors(self) -> tuple[Condition, Condition, Condition]:
        """The conditions under which the form cannot be negative."""
        return (
            at_least(self.first),
            at_least(self.second),
            at_least(self.first * self.second, self.cross**2),
        )


@dataclass(frozen=True)
class Certificate:
    """Why a claim holds: multipliers of inequalities, squares, 2x2 forms.

    ``using`` pairs a multiplier with an inequality; ``bounded`` pairs one with a quantity that is
    non-negative by what it is (a gap, a squared norm).
    """

    using: Sequence[tuple[Any, Inequality]] = ()
    squares: Sequence[Square] = ()
    forms: Sequence[QuadraticForm] = ()
    bounded: Sequence[tuple[Any, Gap | SquaredNorm]] = ()

    def parts(self) -> Iterator[Expression]:
        """Yield the summands of the identity, in the order of the fields."""
        for multiplier, inequality in self.using:
            yield multiplier * inequality.expression
        for square in self.squares:
            yield square.weight * norm2(square.argument)
        for form in self.forms:
            yield form.expression
        for weight, quantity in self.bounded:
            yield weight * quantity.expression

    def requirements(self) -> Iterator[tuple[Condition, str]]:
        """Yield what the signs must be for the sum to be non-negative, each with its name."""
        for multiplier, inequality in self.using:
            yield at_least(multiplier), f"multiplier of the {inequality.name}"
        for square in self.squares:
            yield at_least(square.weight), "weight of a square"
        for weight, _ in self.bounded:
            yield at_least(weight), "weight of a non-negative quantity"
        for form in self.forms:
            for minor in form.minors:
                yield minor, "minor of a 2x2 form"


@dataclass(frozen=True)
class Checked:
    """A certificate that passed: claim, parts and rest of the identity, the signs decided, time."""

    claim: Expression
    certificate: Certificate
    rest: Expression
    signs: tuple[SignFact, ...]
    seconds: float
    given: tuple[Condition, ...]


def check(
    claim: Expression,
    certificate: Certificate,
    signs: Signs,
    admit: Callable[[Certificate], None] | None = None,
) -> Checked:
    """Check that the certificate proves ``claim >= 0`` under the conditions of ``signs``.

    ``admit`` is called first with the certificate and raises where it uses something that has not
    been established.

    Raises :class:`ProofError` that names the first thing that fails: a denominator that may vanish,
    a multiplier whose sign is not proved, or what is left of the identity.
    """
    started = time.perf_counter()
    certificate = _settled(certificate)
    if admit is not None:
        admit(certificate)
    claim = require_expression(claim)
    parts = [require_expression(part) for part in certificate.parts()]
    below: set[sp.Expr] = set()
    for expression in (claim, *parts):
        for coefficient in expression.coefficients.values():
            below |= denominators(coefficient)
    for denominator in sorted(below, key=sp.default_sort_key):
        signs.require_nonzero(denominator)

    total = claim
    for part in parts:
        total = total - part
    rest = total.expanded()
    facts = [
        _required(signs, condition, what)
        for condition, what in (*_signs_of_rest(rest), *certificate.requirements())
    ]
    seconds = time.perf_counter() - started
    return Checked(claim, certificate, rest, tuple(facts), seconds, tuple(signs.given))


def _settled(certificate: Certificate) -> Certificate:
    """Return the certificate read once: exact numbers, and parts of the kernel's own types alone.

    What the identity is checked for is then what the signs are decided for.
    """
    if type(certificate) is not Certificate:
        raise ProofError(f"a {type(certificate).__name__} is not a certificate")
    return Certificate(
        using=tuple((require_formula(w), _settled_inequality(i)) for w, i in certificate.using),
        squares=tuple(
            Square(require_formula(square.weight), require_vector(square.argument))
            for square in certificate.squares
        ),
        forms=tuple(
            QuadraticForm(
                require_vector(form.u),
                require_vector(form.v),
                *(require_formula(entry) for entry in (form.first, form.cross, form.second)),
            )
            for form in certificate.forms
        ),
        bounded=tuple((require_formula(weight), _settle(q)) for weight, q in certificate.bounded),
    )


def _settled_inequality(inequality: Inequality) -> Inequality:
    if isinstance(inequality, Instance):
        return inequality.settled()
    return Premise(inequality.name, require_expression(inequality.expression))


def _settle(quantity: Gap | SquaredNorm) -> Gap | SquaredNorm:
    if type(quantity) is Gap:
        return Gap(require_function(quantity.function), require_vector(quantity.point))
    if type(quantity) is SquaredNorm:
        return SquaredNorm(require_vector(quantity.argument))
    raise ProofError(f"{quantity!r} is not known to be non-negative")


def _signs_of_rest(rest: Expression) -> Iterator[tuple[Condition, str]]:
    """Yield what remains of the identity may only be non-negative by itself."""
    for atom, coefficient in rest.items():
        by_itself = (
            isinstance(atom, One | Norm | PastSteps)
            or (isinstance(atom, Gram) and atom.left == atom.right)
            or (isinstance(atom, Scalar) and atom.nonnegative)
        )
        if not by_itself:
            raise ProofError(
                f"the identity does not hold: {sp.factor(coefficient)} times {atom} is left over"
            )
        yield at_least(coefficient), f"what is left of the identity at {atom}"


def _required(signs: Signs, condition: Condition, what: str) -> SignFact:
    try:
        return signs.require(condition)
    except ProofError as error:
        raise ProofError(f"{what}: {error}") from error
