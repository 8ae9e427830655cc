"""Gradient estimators as objects: from what a user knows to the four numbers of a biased oracle.

A theorem of section 3 sees a gradient only through (B, C, M, sigma2). An estimator derives the four
from a compressor, a number of workers, a clipping level ..., with a certificate for each; put into
a theorem it makes one theorem in the user's own constants, whose residual is split by origin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Protocol

import sympy as sp

from boundcalc.errors import ProofError, UsageError
from boundcalc.kernel.algebra import DrawnAt, Function, Vector, constant, norm2, vector
from boundcalc.kernel.assumptions import Assumption, BiasedOracle, Instance
from boundcalc.kernel.certificate import Certificate, Checked, check
from boundcalc.kernel.conditions import Condition, exceeds
from boundcalc.kernel.signs import SignFact, Signs
from boundcalc.model import Form, Theorem
from boundcalc.parameters import (
    BIAS_ABSOLUTE,
    BIAS_RELATIVE,
    NOISE_ABSOLUTE,
    NOISE_RELATIVE,
    Parameter,
)

__all__ = ["EXACT", "FOUR", "Coded", "Estimator", "compose", "without_error"]

B, C = BIAS_RELATIVE.symbol, BIAS_ABSOLUTE.symbol
M, SIGMA2 = NOISE_RELATIVE.symbol, NOISE_ABSOLUTE.symbol
FOUR = (B, C, M, SIGMA2)
#: What stands for the estimate without error, wherever an estimator is named.
EXACT = "exact"
GUARANTEE = "the bias leaves a guarantee"


class Coded(Protocol):
    """What a worker sends, as far as communication counts it."""

    def bits(self, dimension: int) -> float:
        """Bits of one message for a vector of that dimension."""


@dataclass(frozen=True, eq=False)
class Estimator:
    """A gradient estimator and what it costs.

    ``estimate`` is what the server steps with, at a point; the error is derived from it. It is
    either ``unbiased`` (all of the error is noise) or lumped (all of it counts as bias, of which
    the theorems use only the second moment). ``relative`` is B or M; ``origins`` are the parts of
    C or sigma2 by where they come from. An instance ``of`` a more general estimator gives formulas
    for constants of that one (alpha = k/d): they are ``implied``. ``names`` are those of composite
    vectors in LaTeX. ``compressor`` makes, from values of the parameters, what a worker sends; None
    where the constants do not tell.
    """

    name: str
    title: str
    parameters: Sequence[Parameter]
    assumes: Sequence[Assumption]
    estimate: Callable[[Vector], Vector]
    unbiased: bool
    relative: sp.Expr
    origins: Mapping[str, sp.Expr]
    certificate: Callable[[Vector], Certificate]
    names: Callable[[Vector], Mapping[Vector, str]] = lambda x: {}
    implied: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    given: Sequence[Condition] = ()
    of: Estimator | None = None
    compressor: Callable[[Mapping[str, Any]], Coded] | None = None

    @property
    def formulas(self) -> dict[sp.Symbol, sp.Expr]:
        """The implied constants and the four numbers, in the order of their definition."""
        absolute = sp.Add(*self.origins.values())
        zero = sp.S.Zero
        if self.unbiased:
            four = {B: zero, C: zero, M: self.relative, SIGMA2: absolute}
        else:
            four = {B: self.relative, C: absolute, M: zero, SIGMA2: zero}
        return {**self.implied, **four}

    @property
    def biased(self) -> bool:
        """Whether the bias can outgrow the gradient (B is not zero)."""
        return not self.unbiased and self.relative != 0

    @property
    def domains(self) -> tuple[Condition, ...]:
        """The domains of the parameters, and the conditions that tie them."""
        inside = [c for p in self.parameters for c in p.domain.conditions(p.symbol)]
        return (*inside, *self.given)

    def by_origin(self, errors: Mapping[str, sp.Expr]) -> dict[str, sp.Expr]:
        """The errors of a step, linear in C and sigma2, sorted by where these come from."""
        total = sp.Add(*errors.values())
        absolute, other = (SIGMA2, C) if self.unbiased else (C, SIGMA2)
        return {
            name: total.subs({absolute: part, other: 0}, simultaneous=True)
            for name, part in self.origins.items()
        }

    def error(self, x: Vector, f: Function) -> Vector:
        """What the estimate at ``x`` differs from the gradient by."""
        return self.estimate(x) - f.gradient(x)

    def moment(self) -> Checked:
        """Check the bound of the error's second moment.

        Raises :class:`ProofError` where it is not proved, or noise is claimed that has a mean.
        """
        if self.of is not None:
            return self.of.moment()
        x, f = vector("x", "x_k"), self.function
        error = self.error(x, f)
        if self.unbiased:
            for basis in error.coefficients:
                if type(basis) is not DrawnAt or not basis.zero_mean:
                    raise ProofError(f"{basis} has a mean, so it is no noise")
        absolute = constant(sp.Add(*self.origins.values()))
        claim = self.relative * norm2(f.gradient(x)) + absolute - norm2(error)
        return check(claim, self.certificate(x), Signs(self.domains), self._admit)

    def ranges(self) -> tuple[SignFact, ...]:
        """Check that implied constants are in their domains and the four numbers not negative.

        Raises :class:`ProofError` where one is not.
        """
        signs, facts = Signs(self.domains), []
        general = self.of.domains if self.of is not None else ()
        for condition in general:
            if condition not in self.domains:
                facts.append(signs.require(_put_in(condition, self.implied)))
        for symbol in FOUR:
            positive = Condition(self.formulas[symbol], sp.S.Zero, False)
            facts.append(signs.require(_put_in(positive, self.implied)))
        return tuple(facts)

    @property
    def function(self) -> Function:
        """The objective that the estimator's assumptions speak of."""
        found = {a.f for a in self.assumes if hasattr(a, "f")}
        if len(found) != 1:
            raise ProofError(f"{self.name} must speak of exactly one function")
        return found.pop()

    def _admit(self, certificate: Certificate) -> None:
        for _, inequality in certificate.using:
            known = type(inequality) is Instance and inequality.assumption in self.assumes
            if not known:
                raise ProofError(f"{inequality.name} is not an assumption of {self.name}")
        if certificate.bounded:
            raise ProofError(f"{self.name} speaks of no function that is bounded below")


def _put_in(condition: Condition, values: Mapping[sp.Symbol, sp.Expr]) -> Condition:
    left, right = condition.left, condition.right
    for symbol in reversed(values):
        left, right = left.subs(symbol, values[symbol]), right.subs(symbol, values[symbol])
    return Condition(left, right, condition.strict, condition.meaning)


def without_error(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with B, C, M and sigma2 at 0.

    Raises :class:`UsageError` where one of them is given.
    """
    names = [symbol.name for symbol in FOUR]
    clash = sorted(set(names) & set(values))
    if clash:
        raise UsageError(f"the exact estimator has {clash[0]} = 0; leave it out")
    return {**values, **dict.fromkeys(names, 0)}


@lru_cache(maxsize=128)
def compose(theorem: Theorem, estimator: Estimator) -> Theorem:
    """The theorem in the constants of the estimator.

    Raises :class:`UsageError` for a theorem that does not speak of a biased oracle, or of a
    constant that the estimator gives another meaning.
    """
    oracle = [a for a in theorem.assumes if type(a) is BiasedOracle]
    if len(oracle) != 1:
        raise UsageError(f"{theorem.name} takes no estimator: it does not assume a biased oracle")
    kept = [p for p in theorem.parameters if p.symbol not in FOUR]
    clash = {p.name for p in kept} & {p.name for p in estimator.parameters}
    if clash:
        raise UsageError(f"{estimator.name} gives {', '.join(sorted(clash))} another meaning")
    constants = [p for p in kept if p.role == "constant"]
    others = [p for p in kept if p.role != "constant"]
    own = list(estimator.parameters)
    return replace(
        theorem,
        name=f"{theorem.name}+{estimator.name}",
        title=f"{theorem.title}, {estimator.title}",
        assumes=[a for a in theorem.assumes if a not in oracle] + list(estimator.assumes),
        parameters=[
            *constants,
            *(p for p in own if p.role != "free"),
            *others,
            *(p for p in own if p.role == "free"),
        ],
        forms=[_composed(form, estimator) for form in theorem.forms],
        given=[*theorem.given, *estimator.given],
        corollaries=[],
        example=None,
        base=theorem,
        estimator=estimator,
    )


def _composed(form: Form, estimator: Estimator) -> Form:
    return Form(
        form.name,
        form.title,
        {**estimator.formulas, **form.formulas},
        [*([exceeds(1, B, GUARANTEE)] if estimator.biased else []), *form.given],
        form.when,
    )
