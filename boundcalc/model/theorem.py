"""Theorems as objects: a method, its assumptions, one proved step, and what follows from it.

A theorem states ONE inequality between consecutive values of a Lyapunov function
(:class:`Step`), with a certificate, in auxiliary quantities that are free symbols tied by
conditions. A lemma unrolls it. A :class:`Form` chooses formulas for the auxiliary quantities; that
these satisfy the conditions is proved once for all parameters. Everything else (conditions, bound,
step sizes, LaTeX, numbers) is derived from these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import sympy as sp

from boundcalc.errors import UsageError, nearest
from boundcalc.exact.evaluate import number
from boundcalc.kernel.algebra import Expression, Function, vector
from boundcalc.kernel.assumptions import Assumption
from boundcalc.kernel.certificate import Certificate
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.cycles import Cycle, Invariant
from boundcalc.kernel.integrity import require_expression
from boundcalc.kernel.lemmas import Unrolling
from boundcalc.kernel.scalar_lemmas import ScalarLemma
from boundcalc.kernel.transition import (
    Algorithm,
    Oracle,
    Recorded,
    Start,
    State,
    Transition,
    record,
    start,
    transition,
)
from boundcalc.model.derived import derived
from boundcalc.model.gradients import Gradients
from boundcalc.model.measures import Measure
from boundcalc.model.parameters import GAMMA, ITERATIONS, Parameter
from boundcalc.model.starts import express

if TYPE_CHECKING:
    from boundcalc.model.estimator import Estimator

_NONE: Mapping[Any, Any] = MappingProxyType({})

#: The name of the term of a bound that V_0 makes.
INITIALISATION = "initialisation"


def _settle(part: Step | Form | Theorem) -> None:
    """Copy lists and mappings, so that what is proved is what is used afterwards."""
    for entry in fields(part):
        value = getattr(part, entry.name)
        if isinstance(value, Mapping):
            object.__setattr__(part, entry.name, MappingProxyType(dict(value)))
        elif isinstance(value, Sequence) and type(value) not in (str, tuple):
            object.__setattr__(part, entry.name, tuple(value))


@dataclass(frozen=True)
class Source:
    """A paper: who, what, where; ``key`` is its citation key."""

    key: str
    authors: str
    title: str
    venue: str
    year: int

    def __str__(self) -> str:
        return f"{self.authors}, {self.title!r}, {self.venue}, {self.year}"

    def bibitem(self) -> str:
        """Return the entry for a LaTeX bibliography."""
        return (
            rf"\bibitem{{{self.key}}} {self.authors}. \emph{{{self.title}}}. {self.venue},"
            rf" {self.year}."
        )


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the proof, for all values of the parameters and auxiliary quantities.

    The claim is the one-step inequality of the lemma ``unroll`` for the Lyapunov function
    ``lyapunov``, a function of the state alone: its value after the iteration is derived.
    ``error`` is what the step adds, by origin. ``certificate`` proves the claim under ``given``;
    ``nonnegative`` proves what the lemma demands of the Lyapunov function. ``remembers`` maps the
    names of earlier vectors the analysis speaks of to the state vector they are earlier values of.
    ``invariants`` are proved by themselves, and may then be used. In a ``cycle`` the errors may
    speak of the position of the step, and ``certificate`` proves the steps between two snapshots.
    ``within`` proves of every stochastic sign that no coordinate exceeds its radius.
    """

    f: Function
    lyapunov: Callable[[State], Expression]
    measure: Measure
    unroll: Unrolling
    error: Mapping[str, sp.Expr]
    certificate: Callable[[Transition], Certificate]
    nonnegative: Callable[[State], Certificate]
    given: Sequence[Condition]
    start: Callable[[Start], Mapping[sp.Symbol, Expression]]
    remembers: Mapping[str, str] = field(default_factory=dict)
    invariants: Sequence[Invariant] = ()
    cycle: Cycle | None = None
    within: Callable[[Transition], Sequence[Certificate]] | None = None

    def __post_init__(self) -> None:
        _settle(self)


@dataclass(frozen=True, eq=False)
class Form:
    """Formulas for the auxiliary quantities of the step, and what they need.

    ``formulas`` are in the order of their definition: each may use earlier ones. They may also fix
    free proof parameters. ``given`` are the conditions of the theorem in this form, besides the
    domains of the parameters. ``when`` makes it the form for particular values of parameters only
    (a degenerate value as a branch of its own); it may fix free proof parameters too. Forms of a
    composed theorem may come in ``variant``s, for the ways in which the estimator's constants can
    be bounded, and have an ``error`` of their own by origin.
    """

    name: str
    title: str
    formulas: Mapping[sp.Symbol, sp.Expr]
    given: Sequence[Condition]
    when: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    variant: str = ""
    error: Mapping[str, sp.Expr] | None = None

    def __post_init__(self) -> None:
        _settle(self)

    @property
    def label(self) -> str:
        """The name, with the variant where there is one."""
        return f"{self.name}, {self.variant}" if self.variant else self.name

    def resolve(self, expression: sp.Expr) -> sp.Expr:
        """Return the expression with every auxiliary quantity replaced by its formula."""
        for symbol in reversed(self.formulas):
            expression = expression.subs(symbol, self.formulas[symbol])
        return expression.subs(self.when)


@dataclass(frozen=True)
class Corollary:
    """A special case worth a name: the form ``of`` with ``values`` put in."""

    name: str
    title: str
    of: str
    values: Mapping[sp.Symbol, sp.Expr]


@dataclass(frozen=True)
class Example:
    """Where the theorem is first tried: a setting of the simulator.

    ``problem`` is the name of a problem there, with its ``options``; the estimator of the gradient
    has bias and noise of the laws named. ``values`` holds what the problem does not know itself:
    the parameters of the method and the constants of the estimator.
    """

    problem: str
    options: Mapping[str, Any]
    values: Mapping[str, sp.Expr]
    bias: str
    noise: str
    iterations: int
    trials: int


@dataclass(frozen=True)
class Statement:
    """What a form of a theorem says, in formulas.

    ``terms`` are the named terms whose sum bounds the measure, in the parameters, the auxiliary
    quantities of ``form`` and K; ``conditions`` is everything it supposes, domains included.
    """

    form: Form
    terms: Mapping[str, sp.Expr]
    conditions: tuple[Condition, ...]
    free: tuple[Parameter, ...]

    @property
    def bound(self) -> sp.Expr:
        """The sum of the terms in the parameters alone."""
        return sp.Add(*(self.form.resolve(term) for term in self.terms.values()))


@dataclass(frozen=True, eq=False)
class Theorem:
    """A convergence theorem; see the module's text for how the parts fit together.

    ``parameters`` are listed in the order in which a person would; ``given`` are conditions on
    the constants that the assumptions imply or that the whole theorem needs (such as
    ``mu <= L``). ``lemmas`` are proved first, and used like assumptions; ``aliases`` are other
    names of the method. A theorem composed with an ``estimator`` is its ``base`` in the
    estimator's constants; see :mod:`boundcalc.model.compose`. ``calls`` are the gradients that one
    worker computes in K iterations.
    """

    name: str
    title: str
    family: str
    source: Source
    algorithm: Algorithm
    assumes: Sequence[Assumption]
    parameters: Sequence[Parameter]
    step: Step
    forms: Sequence[Form]
    given: Sequence[Condition] = ()
    corollaries: Sequence[Corollary] = ()
    example: Example | None = None
    note: str = ""
    aliases: Sequence[str] = ()
    lemmas: Sequence[ScalarLemma] = ()
    base: Theorem | None = None
    estimator: Estimator | None = None
    calls: sp.Expr = ITERATIONS.symbol

    def __post_init__(self) -> None:
        _settle(self)

    # -- parts ------------------------------------------------------------

    def parameter(self, name: str) -> Parameter:
        """Return the parameter of that name; raises :class:`UsageError` with the nearest names."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        known = [p.name for p in self.parameters]
        raise UsageError(
            f"{self.name} has no parameter {name!r}{nearest(name, known)};"
            f" its parameters are {', '.join(known)}"
        )

    @property
    def free(self) -> tuple[Parameter, ...]:
        """The free proof parameters."""
        return tuple(p for p in self.parameters if p.role == "free")

    @property
    def whole(self) -> frozenset[str]:
        """The names of the parameters that take whole numbers only."""
        return frozenset(p.name for p in self.parameters if p.whole)

    @property
    def oracle(self) -> Oracle:
        """The assumption that supplies the gradient estimate."""
        if self.base is not None:
            return self.base.oracle
        found = [a for a in self.assumes if hasattr(a, "estimate")]
        if len(found) != 1:
            raise UsageError(f"{self.name} must assume exactly one gradient oracle")
        return found[0]  # type: ignore[return-value]

    @property
    def gradients(self) -> Gradients:
        """Return where the method has its gradients from; of a composed theorem, that of its
        base.
        """
        return Gradients.of(self.assumes) if self.base is None else self.base.gradients

    @derived
    def meanings(self) -> Mapping[str, str]:
        """Return what the assumptions call the constants, by name: "L" for a smoothness called
        ``ell``.
        """
        return MappingProxyType(
            {
                value.name: entry.name
                for assumption in self.assumes
                if is_dataclass(assumption)
                for entry in fields(assumption)
                if isinstance(value := getattr(assumption, entry.name), sp.Symbol)
            }
        )

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants in which every form comes; the first is the general one."""
        return tuple(dict.fromkeys(form.variant for form in self.forms))

    def form(
        self, name: str, values: Mapping[str, Any] = _NONE, variant: str | None = None
    ) -> Form:
        """Return the form of that name for these values of parameters, in the first variant or
        another.

        Raises :class:`UsageError` for a form the theorem does not have.
        """
        chosen = self.variants[0] if variant is None else variant
        named = [form for form in self.forms if form.name == name and form.variant == chosen]
        if not named:
            known = list(dict.fromkeys(form.name for form in self.forms))
            raise UsageError(f"{self.name} has no form {name!r}; it has {', '.join(known)}")
        free = {p.name for p in self.free}
        for form in named:
            decisive = {s.name: v for s, v in form.when.items() if s.name not in free}
            if decisive and all(
                name in values and number(values[name]) == number(v) for name, v in decisive.items()
            ):
                return form
        return next(form for form in named if not form.when)

    @property
    def readable(self) -> str:
        """The name of the form whose step sizes are reported: "readable", or the last one."""
        names = [form.name for form in self.forms]
        return "readable" if "readable" in names else names[-1]

    @property
    def sharp(self) -> str:
        """The name of the form that admits the largest steps: "sharp", or the first one."""
        names = [form.name for form in self.forms]
        return "sharp" if "sharp" in names else names[0]

    @derived
    def limits_steps(self) -> bool:
        """Return whether a condition limits the step size; without, every step has a bound."""
        return any(
            form.resolve(condition.left - condition.right).has(GAMMA.symbol)
            for form in self.forms
            for condition in form.given
        )

    # -- what follows ------------------------------------------------------------

    @derived
    def recorded(self) -> Recorded:
        """Return what the algorithm does to abstract vectors: asked for once, and used
        everywhere.
        """
        if self.base is not None:
            return self.base.recorded
        at = vector("x", "x_k")
        return record(self.algorithm, of_workers=self.oracle.estimate(at).of_workers)

    @derived
    def transition(self) -> Transition:
        """One iteration on abstract vectors."""
        if self.base is not None:
            return self.base.transition
        return transition(self.recorded, self.oracle, self.step.remembers, self.assumes)

    @derived
    def first_of_cycle(self) -> Transition | None:
        """The iteration that takes a snapshot; None for a method without."""
        if self.step.cycle is None:
            return None
        if self.base is not None:
            return self.base.first_of_cycle
        return transition(
            self.recorded, self.oracle, self.step.remembers, self.assumes, restarted=True
        )

    @derived
    def errors(self) -> Mapping[str, sp.Expr]:
        """Return what a step adds, by origin, in the mean over a cycle where there is one."""
        cycle = self.step.cycle
        if cycle is None:
            return self.step.error
        mean = {name: cycle.mean(error) for name, error in self.step.error.items()}
        return MappingProxyType(mean)

    @derived
    def domains(self) -> tuple[Condition, ...]:
        """The domains of the parameters and the relations between the constants."""
        inside = [c for p in self.parameters for c in p.domain.conditions(p.symbol)]
        return (*inside, *self.given)

    @derived
    def lyapunov(self) -> Expression:
        """The Lyapunov function before the iteration: asked for once, and used everywhere."""
        if self.base is not None:
            return self.base.lyapunov
        return require_expression(self.step.lyapunov(self.transition.now.copy()))

    @derived
    def measured(self) -> Expression:
        """Return what is bounded, at the state before the iteration."""
        if self.base is not None:
            return self.base.measured
        return require_expression(self.step.measure.quantity(self.step.f, self.transition.now))

    @derived
    def first(self) -> Start:
        """The state before the first iteration."""
        if self.base is not None:
            return self.base.first
        return start(self.recorded, self.oracle, self.step.remembers)

    @derived
    def start_constants(self) -> Mapping[sp.Symbol, Expression]:
        """Return what the constants of the start bound."""
        if self.base is not None:
            return self.base.start_constants
        meanings = dict(self.step.start(self.first.copy()))
        return MappingProxyType({s: require_expression(m) for s, m in meanings.items()})

    @derived
    def initial_value(self) -> sp.Expr:
        """V_0 in the constants of the start, derived from the Lyapunov function.

        Raises :class:`ProofError` where it holds something these constants do not bound.
        """
        value = self.first.begin(self.transition.now, self.lyapunov)
        return express(value, self.start_constants)

    def statement(self, form: Form) -> Statement:
        """Return the theorem in this form: named terms, conditions, free parameters."""
        rule, K = self.step.unroll, ITERATIONS.symbol
        weights = rule.weights(K, rule.power(K))
        terms = {INITIALISATION: weights.start * self.initial_value}
        errors = self.errors if form.error is None else form.error
        terms |= {name: weights.error * e for name, e in errors.items()}
        fixed = set(form.formulas) | set(form.when)
        domains = [c for c in self.domains if not c.symbols <= fixed]
        return Statement(
            form,
            terms,
            (*domains, *form.given),
            tuple(p for p in self.free if p.symbol not in fixed),
        )
