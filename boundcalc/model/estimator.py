"""Gradient estimators as objects: from what a user knows to the four numbers of a biased oracle.

A theorem of section 3 sees a gradient only through (B, C, M, sigma2). An estimator derives the four
from a compressor, a number of workers, a clipping level ..., with a certificate for each; put into
a theorem (:mod:`boundcalc.model.compose`) it makes one theorem in the user's own constants, whose
residual is split by origin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import sympy as sp

from boundcalc.errors import ProofError, UsageError
from boundcalc.kernel.algebra import (
    Function,
    Vector,
    vector,
)
from boundcalc.kernel.assumptions import Assumption
from boundcalc.kernel.certificate import Certificate
from boundcalc.kernel.composition import Adapted
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.coordinates import Lemma
from boundcalc.kernel.integrity import require_vector
from boundcalc.model.derived import derived
from boundcalc.model.parameters import (
    BIAS_ABSOLUTE,
    BIAS_RELATIVE,
    GAMMA,
    NOISE_ABSOLUTE,
    NOISE_RELATIVE,
    Parameter,
)

B, C = BIAS_RELATIVE.symbol, BIAS_ABSOLUTE.symbol
M, SIGMA2 = NOISE_RELATIVE.symbol, NOISE_ABSOLUTE.symbol
FOUR = (B, C, M, SIGMA2)
#: What stands for the estimate without error, wherever an estimator is named.
EXACT = "exact"


#: The point at which estimators are looked at.
POINT = vector("x", "x_k")


def point() -> Vector:
    """Return the same, made again for those who might change it."""
    return require_vector(POINT)


class Coded(Protocol):
    """What a worker sends, as far as communication counts it."""

    def bits(self, dimension: int) -> float:
        """Bits of one message for a vector of that dimension."""


@dataclass(frozen=True)
class Trial:
    """How the simulator runs an estimator, and where it is first tried.

    ``oracle`` makes the simulator's estimator from values of the parameters and the name of a law
    of noise; ``values`` are those to take where the user gives none, for a problem: what the user
    decides, not what the problem knows. ``problems`` are names with options, the first that has
    the constants a theorem needs being the default; ``lacking`` says why none may have them.
    """

    oracle: Callable[[Mapping[str, float], str], Any]
    values: Callable[[Any], Mapping[str, float]]
    problems: Sequence[tuple[str, Mapping[str, Any]]]
    lacking: str = ""


@dataclass(frozen=True)
class Noise:
    """The part of an error that has mean zero given the rest, where the rest is bias.

    ``origins`` are the parts of sigma2.
    """

    part: Callable[[Vector], Vector]
    origins: Mapping[str, sp.Expr]
    certificate: Callable[[Vector], Certificate]


@dataclass(frozen=True, eq=False)
class Estimator:
    """A gradient estimator and what it costs.

    What the server steps with follows from what is assumed, and the error from that. It is
    ``unbiased`` (all of the error is noise) or counts as bias, of which the theorems use only the
    second moment, all but the part that is ``noise``. ``relative`` is B or M; ``origins`` are the
    parts of C or sigma2 by where they come from.

    An instance ``of`` a more general estimator gives formulas for constants of that one
    (alpha = k/d): they are ``implied``; ``lemma`` shows that of a compressor or aggregator, and
    the certificate ``smoothness`` that of f. ``given`` are conditions on the parameters.
    ``alternatives`` are other bounds for the same estimator (``variant`` names each), of which the
    best is taken. ``names`` are those of composite vectors in LaTeX. ``compressor`` makes, from
    values of the parameters, what a worker sends; None where the constants do not tell. ``trial``
    is its simulation. ``calls`` are the gradients that a worker computes for one estimate.
    """

    name: str
    title: str
    parameters: Sequence[Parameter]
    assumes: Sequence[Assumption]
    unbiased: bool
    relative: sp.Expr
    origins: Mapping[str, sp.Expr]
    certificate: Callable[[Vector], Certificate]
    noise: Noise | None = None
    names: Callable[[Vector], Mapping[Vector, str]] = lambda x: {}
    implied: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    given: Sequence[Condition] = ()
    of: Estimator | None = None
    lemma: Lemma | None = None
    smoothness: Callable[[Vector, Vector], Certificate] | None = None
    variant: str = ""
    alternatives: Sequence[Estimator] = ()
    compressor: Callable[[Mapping[str, Any]], Coded] | None = None
    trial: Trial | None = None
    calls: sp.Expr = sp.S.One

    # -- what it says ---------------------------------------------------------------------

    @property
    def label(self) -> str:
        """The name, with the variant where there is one."""
        return f"{self.name} ({self.variant})" if self.variant else self.name

    @property
    def formulas(self) -> dict[sp.Symbol, sp.Expr]:
        """The implied constants and the four numbers, in the order of their definition."""
        absolute = sp.Add(*self.origins.values())
        zero = sp.S.Zero
        if self.unbiased:
            four = {B: zero, C: zero, M: self.relative, SIGMA2: absolute}
        else:
            noise = sp.Add(*self.noise.origins.values()) if self.noise else zero
            four = {B: self.relative, C: absolute, M: zero, SIGMA2: noise}
        return {**self.implied, **four}

    @property
    def biased(self) -> bool:
        """Return whether the bias can outgrow the gradient (B is not zero)."""
        return not self.unbiased and self.relative != 0

    @property
    def depends_on_step(self) -> bool:
        """Return whether its error depends on the step size."""
        return any(formula.has(GAMMA.symbol) for formula in self.formulas.values())

    @property
    def free(self) -> tuple[sp.Symbol, ...]:
        """The symbols of its free proof parameters."""
        return tuple(p.symbol for p in self.parameters if p.role == "free")

    @property
    def server(self) -> Any:
        """The assumption that says what the server steps with: the one no other builds on.

        Raises :class:`ProofError` where there is not exactly one.
        """
        below = [getattr(assumption, "workers", None) for assumption in self.assumes]
        found = [a for a in self.assumes if hasattr(a, "aggregate") and a not in below]
        if len(found) != 1:
            raise ProofError(f"{self.name} must assume exactly one way in which gradients arrive")
        return found[0]

    @property
    def roots(self) -> tuple[Condition, ...]:
        """Return what the derived parameters are: square roots of others.

        Raises :class:`ProofError` for one that is something else.
        """
        found: list[Condition] = []
        for parameter in self.parameters:
            if parameter.derived is not None:
                square, root = parameter.derived**2, parameter.symbol
                if parameter.derived != sp.sqrt(square) or not square.is_Symbol:
                    raise ProofError(f"{parameter.name} is not derived as a square root")
                if parameter.role != "constant":
                    raise ProofError(f"{parameter.name} is a constant, not {parameter.role}")
                found += [exceeds(root), at_least(root**2, square), at_least(square, root**2)]
        return tuple(found)

    @property
    def tied(self) -> tuple[Condition, ...]:
        """The conditions that restrict the step size or the proof, not the constants alone."""
        chosen = {GAMMA.symbol, *self.free}
        return tuple(c for c in self.given if c.symbols & chosen)

    @property
    def domains(self) -> tuple[Condition, ...]:
        """The domains of the parameters, and the conditions that tie them."""
        inside = [c for p in self.parameters for c in p.domain.conditions(p.symbol)]
        return (*inside, *self.roots, *self.given)

    def by_origin(self, errors: Mapping[str, sp.Expr]) -> dict[str, sp.Expr]:
        """Return the errors of a step, linear in C and sigma2, sorted by where these come from."""
        total = sp.Add(*errors.values())

        def shares(origins: Mapping[str, sp.Expr], absolute: sp.Symbol) -> dict[str, sp.Expr]:
            other = C if absolute is SIGMA2 else SIGMA2
            return {
                name: total.subs({absolute: part, other: 0}, simultaneous=True)
                for name, part in origins.items()
            }

        if self.unbiased:
            return shares(self.origins, SIGMA2)
        noise = shares(self.noise.origins, SIGMA2) if self.noise else {}
        return {**shares(self.origins, C), **noise}

    # -- what a proof speaks of -----------------------------------------------------------------

    @derived
    def noise_part(self) -> Vector | None:
        """The part of the error that is noise beside the bias, at :data:`POINT`; asked for once."""
        return None if self.noise is None else require_vector(self.noise.part(point()))

    @derived
    def error(self) -> Vector:
        """Return what the estimate at :data:`POINT` differs from the gradient by, but for the
        noise.
        """
        error = require_vector(self.server.aggregate(point())) - self.function.gradient(POINT)
        return error if self.noise_part is None else error - self.noise_part

    def change(self, x: Vector, y: Vector) -> Vector:
        """``grad f(x) - grad f(y)`` before the mean over the tasks is taken, as assumed.

        Raises :class:`ProofError` where nothing assumed says what it is.
        """
        tasks = [a for a in self.assumes if type(a) is Adapted]
        if len(tasks) != 1:
            raise ProofError(f"{self.name} assumes nothing of which f is made")
        first, second = tasks[0].changes(x, y)
        return first + second

    @property
    def implied_constant(self) -> sp.Expr:
        """Return what a lemma has to bound, in the parameters; :class:`ProofError` if there is
        nothing.
        """
        constant = getattr(self.server, "constant", None)
        if constant is None:
            raise ProofError(f"{self.name} has no constant that a lemma speaks of")
        return self.put_in(constant)

    @property
    def function(self) -> Function:
        """The objective that the estimator's assumptions speak of."""
        found = {a.f for a in self.assumes if hasattr(a, "f")}
        if len(found) != 1:
            raise ProofError(f"{self.name} must speak of exactly one function")
        return found.pop()

    def put_in(self, expression: sp.Expr) -> sp.Expr:
        """Return the expression with what is implied put in, the last defined first."""
        for symbol in reversed(self.implied):
            expression = expression.subs(symbol, self.implied[symbol])
        return expression


def without_error(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with B, C, M and sigma2 at 0.

    Raises :class:`UsageError` where one of them is given.
    """
    names = [symbol.name for symbol in FOUR]
    clash = sorted(set(names) & set(values))
    if clash:
        raise UsageError(f"the exact estimator has {clash[0]} = 0; leave it out")
    return {**values, **dict.fromkeys(names, 0)}
