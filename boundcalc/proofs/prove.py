"""Proving a theorem: a chain of checked steps, from the assumptions to the bound.

The steps and their kinds: ``statement`` (everything is declared and is what it says), ``witness``
(the conditions do not contradict each other), ``certificate`` (the one-step inequality; what the
lemma demands of the Lyapunov function), ``sign`` (what the lemma demands of the rates), ``unroll``
(the lemma itself), ``start`` (V_0 in the constants of the start), ``instantiate`` (the formulas of
a form satisfy the conditions under which the step was proved) and ``limits`` (the step sizes that
the statement prints imply the conditions that its form supposes).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Expression, Function, norm2
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.certificate import Checked
from boundcalc.kernel.conditions import Condition, at_least
from boundcalc.kernel.cycles import POSITION
from boundcalc.kernel.faces import require_one_update
from boundcalc.kernel.scalar_lemmas import ScalarLemma
from boundcalc.kernel.seal import require_unbroken
from boundcalc.kernel.signs import SignFact, Signs, denominators
from boundcalc.kernel.solver import SOLVER
from boundcalc.kernel.transition import Start
from boundcalc.kernel.vectors import of_kernel
from boundcalc.model.derived import forgettable
from boundcalc.model.estimator import FOUR, Estimator
from boundcalc.model.gradients import Gradients
from boundcalc.model.parameters import D0, DELTA, E0, E0_LOCAL, ITERATIONS
from boundcalc.model.snapshot import foreign_method, require_unchanged, settled
from boundcalc.model.starts import start_weights
from boundcalc.model.theorem import Form, Theorem
from boundcalc.proofs.composed import require_sound
from boundcalc.proofs.estimators import constant_facts, moment, noise_moment, ranges, smooth
from boundcalc.proofs.obligations import (
    abstract_signs,
    cycle_step,
    first_step,
    invariant_step,
    nonnegative,
    one_step,
    within_step,
)
from boundcalc.proofs.statement import require_well_formed
from boundcalc.proofs.step import ProofStep, passed
from boundcalc.proofs.step_limits import limits_step, printed_limits
from boundcalc.proofs.witness import point
from numerics.traits import traits

__all__ = [
    "AXIOMS",
    "Proof",
    "ProofStep",
    "decided_by",
    "prove",
    "proved_once",
    "trusted_by",
]

_ARITHMETIC = f"real arithmetic by {SOLVER.name}"

#: Everything that is taken on trust, and where it is used.
AXIOMS = {
    "tower rule": "E<z,u> = 0 for z of mean zero given the past and u known in the past",
    "Jensen": "the squared norm of a mean over workers is at most the mean of the squared norms",
    "independence": "independent errors of mean zero: the variance of their mean is 1/n of theirs",
    "Minkowski": "||u + v|| <= ||u|| + ||v||, for norms of random vectors",
    "Cauchy-Schwarz": "<u,v> <= ||u|| ||v||, for vectors, sums and coordinates",
    "order statistics": "what is made of sorted values and rises with them is largest with them",
    "sampling without replacement": "the second moment of a sum of so many of m vectors",
    "projection": "to cut coordinates to an interval brings them no farther from points in it",
    "rising means": "the mean of the first numbers of a rising sequence is at most that of more",
    "induction on k": "from the start and the induction step to every k",
    "finite sums": "the sum of a recursively defined sequence",
    _ARITHMETIC: "`unsat` of the negation, for real polynomials",
}


#: The certificates of the one-step inequality, as their steps are called.
ONE_STEP, FIRST_STEP = "one step", "the step that takes a snapshot"

#: What the first step of a proof says, and one that is shown only where it fails.
DECLARED = "everything it speaks of is declared"
STAYED = "theorem and kernel are what they were when the proof began"

#: What the start constants that theorems share stand for, whatever a theorem says.
STARTS: Mapping[str, Callable[[Function, Start], Expression]] = {
    DELTA.name: lambda f, first: f.value(first.x) - f.infimum,
    E0.name: lambda f, first: norm2(first.error.mean()),
    E0_LOCAL.name: lambda f, first: norm2(first.error),
    D0.name: lambda f, first: norm2(first.x - f.minimiser),
}


@dataclass(frozen=True)
class Proof:
    """The outcome: every step up to the first that failed, and the axioms used.

    ``stated`` is what the theorem says besides, and no step of a proof looks at.
    """

    theorem: Theorem
    steps: tuple[ProofStep, ...]
    axioms: tuple[str, ...]
    seconds: float
    stated: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        """Return whether every step holds."""
        return all(step.ok for step in self.steps)

    @property
    def status(self) -> str:
        """``"proved"`` or ``"failed"``."""
        return "proved" if self.proved else "failed"

    def __repr__(self) -> str:
        return f"Proof({self.theorem.name}, {self.status}, {len(self.steps)} steps)"

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON."""
        return {
            "theorem": self.theorem.name,
            "status": self.status,
            "steps": [
                {
                    "kind": step.kind,
                    "what": step.what,
                    "ok": step.ok,
                    "seconds": step.seconds,
                    "detail": step.detail,
                    "problem": step.problem,
                }
                for step in self.steps
            ],
            "axioms": list(self.axioms),
            "stated": list(self.stated),
            "seconds": self.seconds,
        }


def prove(theorem: Theorem) -> Proof:
    """Check the theorem's proof, step by step; the first step that fails ends it.

    A step that fails is part of the answer; no exception is raised for it.
    """
    started = time.perf_counter()
    steps: list[ProofStep] = []
    given = theorem
    try:
        theorem = settled(given)
    except Exception as error:  # an author's own code may raise anything when it is read
        return _unread(theorem, error, time.perf_counter() - started)
    for kind, what, attempt in _chain(theorem):
        begun = time.perf_counter()
        try:
            step = attempt()
        except Exception as error:  # whatever the theorem's own code raises is no proof
            step = ProofStep(kind, what, False, 0.0, problem=_told(error))
        # A step of the base theorem has been timed when it was checked.
        steps.append(_timed(step, kind, what, step.seconds or time.perf_counter() - begun))
        if not step.ok:
            break
    else:
        steps += _changed(given)
    seconds = time.perf_counter() - started
    return Proof(theorem, tuple(steps), _axioms(theorem, steps), seconds, tuple(_stated(theorem)))


def _changed(given: Theorem) -> Iterator[ProofStep]:
    """Yield the step that fails where the theorem, or boundcalc, is not what it was; else none."""
    try:
        require_unbroken()
        require_unchanged(given)
    except Exception as error:  # an author's own code may raise anything when it is read
        yield ProofStep("statement", STAYED, False, 0.0, problem=_told(error))


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, ProofError) else f"{type(error).__name__}: {error}"


def _unread(theorem: Theorem, error: Exception, seconds: float) -> Proof:
    """Return the proof of what cannot even be read once."""
    step = ProofStep("statement", DECLARED, False, seconds, problem=_told(error))
    return Proof(theorem, (step,), (), seconds)


def _timed(step: ProofStep, kind: str, what: str, seconds: float) -> ProofStep:
    return ProofStep(
        kind, what, step.ok, seconds, step.detail, step.problem, step.certificate, step.signs
    )


def _chain(theorem: Theorem) -> Iterator[tuple[str, str, Callable[[], ProofStep]]]:
    """Yield the steps still to be checked, in order: kind, what it says, how to check it."""
    if theorem.base is not None and theorem.estimator is not None:
        yield from _composed_chain(theorem, theorem.base, theorem.estimator)
        return
    yield "statement", DECLARED, lambda: _statement(theorem)
    step, rule = theorem.step, theorem.step.unroll
    yield "witness", "the conditions do not contradict each other", lambda: _witness(theorem)
    for lemma in theorem.lemmas:
        what = f"{lemma.name}, in every case of signs"
        yield "scalar", what, lambda lemma=lemma: _scalar(theorem, lemma)  # type: ignore[misc]
    for invariant in step.invariants:
        what = f"{' - '.join(invariant.of)} stays bounded"
        yield "invariant", what, lambda invariant=invariant: invariant_step(theorem, invariant)  # type: ignore[misc]
    first = theorem.first_of_cycle
    if theorem.transition.signed or (first is not None and first.signed):
        what = "no coordinate exceeds the radius of its stochastic sign"
        yield "within", what, lambda: within_step(theorem)
    yield "certificate", ONE_STEP, lambda: one_step(theorem)
    if step.cycle is not None:
        yield "certificate", FIRST_STEP, lambda: first_step(theorem)
        yield "cycle", "the mean of the errors over a cycle", lambda: cycle_step(theorem)
    what = "V >= 0" if rule.averaged else f"V_K >= {step.measure.text}"
    yield "certificate", what, lambda: nonnegative(theorem)
    yield "sign", f"rates of the {rule.lemma.name} lemma", lambda: _rates(theorem)
    yield "unroll", f"{rule.lemma.name} lemma", lambda: _lemma(theorem)
    yield "start", "V_0 in the constants of the start", lambda: _start(theorem)
    for form in theorem.forms:
        yield "instantiate", _named(form), lambda form=form: _instantiate(theorem, form)  # type: ignore[misc]
    yield from _limits_chain(theorem)


def _limits_chain(theorem: Theorem) -> Iterator[tuple[str, str, Callable[[], ProofStep]]]:
    """Check that the printed step sizes are those which the forms suppose."""
    for form, values in printed_limits(theorem):
        of = ", ".join([_named(form), *(f"{s} = {v}" for s, v in values.items())])
        what = f"the printed step sizes suffice, {of}"
        yield "limits", what, lambda f=form, v=values: limits_step(theorem, f, v)  # type: ignore[misc]


def _composed_chain(
    theorem: Theorem, base: Theorem, estimator: Estimator
) -> Iterator[tuple[str, str, Callable[[], ProofStep]]]:
    """Yield the theorem for every (B, C, M, sigma2), and what the estimator says of these four."""
    for known in proved_once(base).steps:
        yield known.kind, known.what, lambda known=known: known  # type: ignore[misc]
    what = f"{estimator.name} is what it says, and composed with {base.name}"
    yield "statement", what, lambda: _composed(theorem, base, estimator)
    if base.gradients is Gradients.MESSAGES:
        for variant in (estimator, *estimator.alternatives):
            yield from _compressor_chain(base, variant)
        yield "witness", "the conditions do not contradict each other", lambda: _witness(theorem)
        yield from _limits_chain(theorem)
        return
    for variant in (estimator, *estimator.alternatives):
        yield from _estimator_chain(base, variant)
    yield "witness", "the conditions do not contradict each other", lambda: _witness(theorem)
    yield from _limits_chain(theorem)


@forgettable
@lru_cache(maxsize=8)
def proved_once(base: Theorem) -> Proof:
    """Return the proof of a theorem that others rest on: checked once."""
    return prove(base)


def _composed(theorem: Theorem, base: Theorem, estimator: Estimator) -> ProofStep:
    require_sound(theorem, base, estimator)
    return passed(", ".join(parameter.name for parameter in theorem.parameters))


def _estimator_chain(
    base: Theorem, estimator: Estimator
) -> Iterator[tuple[str, str, Callable[[], ProofStep]]]:
    name = estimator.label
    what = f"second moment of the error, {name}"
    yield "estimator", what, lambda: passed("", moment(estimator))
    if estimator.noise is not None:
        what = f"second moment of the noise, {name}"
        yield "estimator", what, lambda: passed("", noise_moment(estimator))
    if estimator.lemma is not None:
        yield "constant", f"constant of {name}", lambda: _constant(base, estimator)
    if estimator.smoothness is not None:
        what = f"smoothness of f, {name}"
        yield "estimator", what, lambda: passed("", smooth(estimator))
    what = f"B, C, M and sigma2 are in their domains, {name}"
    yield "sign", what, lambda: passed("", signs=ranges(estimator))
    what = f"the terms by origin are all of the error, {name}"
    yield "combine", what, lambda: _origins(base, estimator)


def _compressor_chain(
    base: Theorem,
    estimator: Estimator,
) -> Iterator[tuple[str, str, Callable[[], ProofStep]]]:
    """Check that the compressor is unbiased with this constant, which is not negative."""
    yield "constant", f"constant of {estimator.label}", lambda: _constant(base, estimator)
    what = f"the constant is in its domain, {estimator.label}"
    yield "sign", what, lambda: passed("", signs=ranges(estimator))


def _constant(base: Theorem, estimator: Estimator) -> ProofStep:
    assert estimator.lemma is not None
    auxiliary = (symbol for form in base.forms for symbol in form.formulas)
    taken = (ITERATIONS.symbol, *(p.symbol for p in base.parameters), *auxiliary)
    return passed(estimator.lemma.summary, signs=constant_facts(estimator, taken))


def _origins(base: Theorem, estimator: Estimator) -> ProofStep:
    formulas = {s: estimator.formulas[s] for s in FOUR}
    whole = sp.Add(*base.errors.values()).subs(formulas, simultaneous=True)
    shares = estimator.by_origin(base.errors)
    if sp.expand(whole - sp.Add(*shares.values())) != 0:
        raise ProofError(f"the origins {', '.join(shares)} are not all of the error")
    return passed(", ".join(shares))


def _statement(theorem: Theorem) -> ProofStep:
    require_well_formed(theorem)
    require_one_update(theorem.recorded)
    return passed(", ".join(parameter.name for parameter in theorem.parameters))


def _named(form: Form) -> str:
    values = ", ".join(f"{s} = {v}" for s, v in form.when.items())
    return f"{form.label} form" + (f" at {values}" if values else "")


def _witness(theorem: Theorem) -> ProofStep:
    """Check that every form and corollary has a point at which all of its conditions hold."""
    points = [point(theorem, form, {}) for form in theorem.forms]
    for corollary in theorem.corollaries:
        point(theorem, theorem.form(corollary.of), corollary.values)
    return passed(", ".join(f"{name} = {value}" for name, value in points[0].items()))


def _scalar(theorem: Theorem, lemma: ScalarLemma) -> ProofStep:
    # Of the position alone, not that the cycle has another step: the first step uses lemmas, too.
    inside = () if theorem.step.cycle is None else (at_least(POSITION, 1),)
    facts = lemma.check([*theorem.domains, *theorem.step.given, *inside])
    return passed(f"{len(facts)} cases", signs=facts)


def _rates(theorem: Theorem) -> ProofStep:
    signs = abstract_signs(theorem)
    facts = tuple(signs.require(condition) for condition in theorem.step.unroll.demands())
    return passed("; ".join(str(fact.condition) for fact in facts), signs=facts)


def _lemma(theorem: Theorem) -> ProofStep:
    proved = theorem.step.unroll.lemma.prove()
    facts = tuple(fact for _, checked in proved for fact in checked.signs)
    return passed("; ".join(claim.what for claim, _ in proved), signs=facts)


def _start(theorem: Theorem) -> ProofStep:
    """V_0 is at most what the bound says of it, for constants that are upper bounds."""
    constants, first = theorem.start_constants, theorem.first
    roles = {p.symbol: p.role for p in theorem.parameters}
    for symbol, meaning in constants.items():
        if roles.get(symbol) != "start":
            raise ProofError(f"{symbol} is not a constant of the start")
        standard = STARTS.get(symbol.name)
        if standard is None:
            raise ProofError(f"nothing is known of what {symbol} stands for")
        if (standard(theorem.step.f, first) - meaning).expanded().coefficients:
            raise ProofError(f"{symbol} stands for {meaning}, which is not what its name says")
    weights = start_weights(first.begin(theorem.transition.now, theorem.lyapunov), constants)
    signs = abstract_signs(theorem)
    facts = tuple(signs.require(at_least(weight)) for weight in weights.values())
    return passed(f"V_0 = {theorem.initial_value}", signs=facts)


def _instantiate(theorem: Theorem, form: Form) -> ProofStep:
    """Prove every condition of the step for the formulas of the form.

    The formulas are put in one at a time, the last defined first, as far as the condition needs
    it: what has been proved of earlier quantities then does the rest, and queries stay small.
    """
    supposed = theorem.statement(form).conditions
    signs = _defined(form, [_at(c, form.when) for c in supposed])
    facts: list[SignFact] = []
    wanted = [*theorem.step.given, *(c for c in theorem.domains if c not in supposed)]
    for condition in wanted:
        fact = _by_formulas(signs, form, condition)
        facts.append(fact)
        signs.admit(_at(condition, form.when))
    return passed(f"{len(facts)} conditions", signs=tuple(facts))


def _defined(form: Form, supposed: list[Condition]) -> Signs:
    """Return what is known of the form's quantities, once each formula is shown to have a value.

    A condition counts only when everything it speaks of is defined: else a condition on a quotient
    would show that its own denominator does not vanish.
    """
    undefined, signs = set(form.formulas), Signs(())
    waiting = supposed
    for symbol in (None, *form.formulas):
        if symbol is not None:
            _require_value(signs, form, form.formulas[symbol])
            undefined.remove(symbol)
            waiting = [*_at_once(form, symbol), *waiting]
        for condition in waiting:
            if not condition.symbols & undefined:
                signs.admit(condition)
        waiting = [c for c in waiting if c.symbols & undefined]
    return signs


def _require_value(signs: Signs, form: Form, formula: sp.Expr) -> None:
    # The values are put into each denominator by itself: in the formula a zero would swallow it.
    below = {denominator.subs(form.when) for denominator in denominators(formula)}
    for denominator in sorted(below, key=sp.default_sort_key):
        signs.require_nonzero(denominator)


def _at(condition: Condition, values: Mapping[sp.Symbol, sp.Expr]) -> Condition:
    if not values:
        return condition
    for denominator in denominators(condition.left) | denominators(condition.right):
        if denominator.subs(values) == 0:
            raise ProofError(f"division by {denominator}, which is zero there")
    return condition.substitute(values)


def _by_formulas(signs: Signs, form: Form, condition: Condition) -> SignFact:
    attempt, problem = _at(condition, form.when), ""
    for symbol in (None, *reversed(form.formulas)):
        if symbol is not None:
            if symbol not in attempt.symbols:
                continue
            attempt = attempt.substitute({symbol: form.formulas[symbol].subs(form.when)})
        try:
            return signs.require(attempt)
        except ProofError as error:
            problem = str(error)
    raise ProofError(f"{condition} is not shown for these formulas: {problem}")


def _at_once(form: Form, symbol: sp.Symbol) -> Iterator[Condition]:
    """Yield a formula that is a plain polynomial of the parameters, as a pair of conditions."""
    value = form.formulas[symbol].subs(form.when)
    if not denominators(value) and not value.free_symbols & set(form.formulas):
        yield at_least(symbol, value)
        yield at_least(value, symbol)


def trusted_by(checked: Checked) -> tuple[str, ...]:
    """Return what a certificate takes on trust, in the order of :data:`AXIOMS`."""
    using = checked.certificate.using
    instances = [i for _, i in using if isinstance(i, Instance)]
    used = {name for i in instances for name in i.assumption.trusts.get(i.rule, ())}
    used |= {"tower rule", *decided_by(checked.signs)}
    return tuple(name for name in AXIOMS if name in used)


def decided_by(facts: Iterable[SignFact]) -> tuple[str, ...]:
    """Return what the decisions of these signs take on trust."""
    return (_ARITHMETIC,) if any(fact.how == SOLVER.name for fact in facts) else ()


def _trusted_of(estimator: Estimator | None) -> Iterator[str]:
    variants = () if estimator is None else (estimator, *estimator.alternatives)
    for variant in variants:
        if variant.lemma is not None:
            yield from variant.lemma.axioms


def _stated(theorem: Theorem) -> Iterator[str]:
    """Yield what the theorem says that no step of a proof looks at."""
    base = theorem.base or theorem
    one_a_step = not traits(theorem.algorithm).samples and base.calls == ITERATIONS.symbol
    if not one_a_step or theorem.calls != base.calls:
        yield f"gradient calls of one worker, {theorem.calls}"
    if theorem.estimator is not None and theorem.estimator.compressor is not None:
        yield "bits of a message"


# Whose functions are ours: they are read and tested with the kernel.
_PACKAGES = ("boundcalc", "theorems", "numerics")


def _authors(theorem: Theorem) -> Iterator[str]:
    """Yield the modules of others whose functions the proof asks: they run where it is checked."""
    step, estimator = theorem.step, theorem.estimator
    asked: list[Any] = [step.lyapunov, step.certificate, step.nonnegative, step.start, step.within]
    asked += [step.cycle.first] if step.cycle is not None else []
    asked += [f for i in step.invariants for f in (i.kept, i.begun)]
    if estimator is not None:
        asked += [estimator.certificate, estimator.names, estimator.smoothness]
    for function in asked:
        name = getattr(function, "__module__", None)
        if isinstance(name, str) and name.partition(".")[0] not in _PACKAGES:
            yield name


def _axioms(theorem: Theorem, steps: list[ProofStep]) -> tuple[str, ...]:
    used: set[str] = set()
    for step in steps:
        if step.ok and step.certificate:
            used.update(trusted_by(step.certificate))
        if step.ok and step.kind == "constant":
            used.update(_trusted_of(theorem.estimator))
        if step.ok and step.kind == "unroll":
            used.update(theorem.step.unroll.lemma.axioms)
        used.update(decided_by(step.signs))
    # What an assumption says of itself is the theorem's hypothesis; one that the kernel does not
    # know may say anything.
    foreign = {type(a) for a in theorem.assumes if not of_kernel(type(a))}
    method = foreign_method(theorem.algorithm)
    written = {*_authors(theorem)}
    return (
        *(name for name in AXIOMS if name in used),
        *sorted(f"{kind.__name__} of {kind.__module__}, an assumption" for kind in foreign),
        *([] if method is None else [f"{method.__name__} of {method.__module__}, an algorithm"]),
        *(f"the Python of {name}, which runs beside the check" for name in sorted(written)),
    )
