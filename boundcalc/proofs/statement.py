"""What a theorem must be before its proof means anything.

The proof is about symbols; a reader and the numbers take the same symbols from the statement. So
everything the proof speaks of must be declared, defined once and before its use, and be what the
statement says it is. Types are compared exactly: a subclass could answer otherwise when it is asked
again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Function
from boundcalc.kernel.assumptions import Assumption
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.coordinates import DIMENSION
from boundcalc.kernel.cycles import POSITION, Cycle, Invariant
from boundcalc.kernel.integrity import require_expression, require_function
from boundcalc.kernel.lemmas import UNROLLINGS
from boundcalc.kernel.scalar_lemmas import ScalarLemma
from boundcalc.kernel.windows import WINDOWED
from boundcalc.model.measures import (
    DISTANCE,
    GAP,
    GRADIENT_1NORM,
    GRADIENT_NORM,
    LEAST_SQUARED_GRADIENT,
    MEAN_GAP,
    SQUARED_GRADIENT,
    Measure,
)
from boundcalc.model.parameters import ITERATIONS, Domain, Parameter
from boundcalc.model.theorem import INITIALISATION, Corollary, Form, Step, Theorem
from boundcalc.proofs.declarations import (
    exact,
    listed,
    require_lemmas,
    require_method,
    require_parameters,
    symbols,
)

#: Measures whose names mean the same in every theorem.
STANDARD = {
    measure.name: measure
    for measure in (
        SQUARED_GRADIENT,
        GAP,
        GRADIENT_1NORM,
        GRADIENT_NORM,
        MEAN_GAP,
        DISTANCE,
        LEAST_SQUARED_GRADIENT,
    )
}


def require_well_formed(theorem: Theorem) -> None:
    """Raise :class:`ProofError` that names the first thing that is not as it must be."""
    if theorem.base is not None or theorem.estimator is not None:
        raise ProofError(f"{theorem.name} is made of a base and an estimator, or of neither")
    _require_types(theorem)
    for assumption in theorem.assumes:
        require_stated(assumption)
        _require_symbols(assumption)
    require_parameters(theorem)
    require_lemmas(theorem)
    require_method(theorem)
    _require_rule(theorem)
    declared = {p.symbol for p in theorem.parameters}
    needed = set().union(*(symbols(e) for e in _of_the_step(theorem)), *_of_conditions(theorem))
    if not theorem.forms:
        raise ProofError(f"{theorem.name} has no form, so nothing says what its symbols are")
    for form in theorem.forms:
        if form.error is not None:
            raise ProofError(f"the {form.name} form has an error of its own: what proves it?")
        require_form(theorem, form)
        missing = needed - declared - set(form.formulas)
        if missing:
            raise ProofError(f"{listed(missing)}: neither a parameter nor defined by {form.title}")
    _require_general_forms(theorem)


def _require_types(theorem: Theorem) -> None:
    step = theorem.step
    expected: list[tuple[Any, Any]] = [
        (theorem, Theorem),
        (step, Step),
        (step.measure, Measure),
        *((form, Form) for form in theorem.forms),
        *((parameter, Parameter) for parameter in theorem.parameters),
        *((parameter.domain, Domain) for parameter in theorem.parameters),
        *((corollary, Corollary) for corollary in theorem.corollaries),
        *((c, Condition) for c in (*theorem.given, *step.given)),
        *((c, Condition) for form in theorem.forms for c in form.given),
    ]
    expected += [(invariant, Invariant) for invariant in step.invariants]
    for invariant in step.invariants:
        told = (invariant.kind, *invariant.of)
        expected += [(invariant.of, tuple), *((name, str) for name in told)]
    if step.cycle is not None:
        expected += [(step.cycle, Cycle), (step.cycle.length, sp.Symbol)]
    for thing, kind in expected:
        if type(thing) is not kind:
            raise ProofError(f"{thing} is a {type(thing).__name__}, not a {kind.__name__}")
    require_function(step.f)
    for formula in (*step.error.values(), *(invariant.bound for invariant in step.invariants)):
        exact(formula)


def require_stated(assumption: Any) -> None:
    """The class that gives the inequalities must be the one that says what is assumed."""
    if not isinstance(assumption, Assumption):
        raise ProofError(f"{assumption!r} is not an assumption")
    if isinstance(assumption, ScalarLemma):
        raise ProofError(f"the {assumption.name} is to be proved, not assumed")
    if "latex" not in vars(type(assumption)):
        raise ProofError(f"{type(assumption).__name__} does not state what it assumes (latex)")
    if not assumption.latex().strip():
        raise ProofError(f"{type(assumption).__name__} has an empty statement")
    for entry in fields(assumption):
        value = getattr(assumption, entry.name)
        if isinstance(value, Function):
            require_function(value)


def _require_symbols(assumption: Assumption) -> None:
    for entry in fields(assumption):
        value = getattr(assumption, entry.name)
        if isinstance(value, Assumption):
            _require_symbols(value)
        elif type(value) not in (Function, str, type(None)) and type(value) is not sp.Symbol:
            raise ProofError(f"{assumption.name} speaks of {value}, which is no parameter")
        if entry.name == "d" and value != DIMENSION:
            raise ProofError(f"{assumption.name} calls {value} the dimension, which is {DIMENSION}")


def _require_rule(theorem: Theorem) -> None:
    rule, measure = theorem.step.unroll, theorem.step.measure
    if type(rule) not in (*UNROLLINGS, *WINDOWED):
        raise ProofError(f"{rule!r} is not an unrolling that the kernel has proved")
    if STANDARD.get(measure.name) is not measure:
        raise ProofError(
            f"{measure.name} is not a measure whose words are known to be true of it;"
            f" {listed(STANDARD)} are"
        )
    if measure.over not in rule.concludes:
        raise ProofError(
            f"the {rule.lemma.name} lemma bounds the {' and the '.join(sorted(rule.concludes))}"
            f" of the measure, but {measure.name} speaks of the {measure.over}"
        )
    if INITIALISATION in theorem.step.error:
        raise ProofError(f"{INITIALISATION!r} is the name of the term that V_0 makes")


def _of_the_step(theorem: Theorem) -> Iterator[sp.Expr]:
    """Yield every coefficient of the one-step inequality, its Lyapunov function and its rates."""
    step = theorem.step
    for expression in (theorem.lyapunov, theorem.measured, *theorem.start_constants.values()):
        yield from require_expression(expression).coefficients.values()
    for rate in (getattr(step.unroll, entry.name) for entry in fields(step.unroll)):
        yield exact(rate)
    yield from (exact(error) for error in theorem.errors.values())
    yield from (i.bound.subs(POSITION, 0) for i in step.invariants)


def _of_conditions(theorem: Theorem) -> Iterator[set[sp.Symbol]]:
    for condition in (*theorem.given, *theorem.step.given):
        yield condition.symbols


def require_form(theorem: Theorem, form: Form) -> None:
    """Formulas in order, for auxiliary and free quantities alone; numbers for the special case."""
    declared = {p.symbol for p in theorem.parameters}
    fixed_by_user = declared - {p.symbol for p in theorem.free}
    taken = set(form.formulas) & (fixed_by_user | {ITERATIONS.symbol})
    if taken:
        raise ProofError(f"{listed(taken)}: not for the {form.name} form to choose")
    for symbol, value in form.when.items():
        if symbol not in declared or not sp.sympify(value).is_Rational:
            raise ProofError(f"{symbol} = {value} is not a value of a parameter")
    if set(form.when) & set(form.formulas):
        raise ProofError(f"{listed(set(form.when) & set(form.formulas))}: given twice")
    known = declared - set(form.formulas)
    for symbol, formula in form.formulas.items():
        unknown = symbols(formula) - known
        if unknown:
            raise ProofError(f"{listed(unknown)}: used for {symbol} before it is defined")
        known |= {symbol} | symbols(symbol)
    for condition in form.given:
        if not condition.symbols <= known:
            raise ProofError(f"{listed(condition.symbols - known)}: not defined in {condition}")


def _require_general_forms(theorem: Theorem) -> None:
    names = {form.name for form in theorem.forms}
    for name in sorted(names):
        general = [form for form in theorem.forms if form.name == name and not form.when]
        if len(general) != 1:
            raise ProofError(f"the {name} form must have exactly one general case")
    for corollary in theorem.corollaries:
        if corollary.of not in names:
            raise ProofError(f"the corollary {corollary.name} is of {corollary.of}, not a form")
        _require_special_case(theorem, corollary)


def _require_special_case(theorem: Theorem, corollary: Corollary) -> None:
    """A corollary gives parameters values; what a formula defines follows from these."""
    undecided = {p.symbol for p in theorem.parameters} - set(theorem.form(corollary.of).formulas)
    spoken_of = set(corollary.values).union(*map(symbols, corollary.values.values()))
    if not spoken_of <= undecided:
        raise ProofError(
            f"{listed(spoken_of - undecided)}: not for the corollary {corollary.name} to choose"
        )
