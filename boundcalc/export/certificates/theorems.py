"""What a finished proof of a theorem that stands by itself has to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

import sympy as sp

from boundcalc.export.certificates.formulas import Json, conditions, formula, formulas
from boundcalc.export.certificates.vectors import VectorNames
from boundcalc.kernel.algebra import Vector
from boundcalc.kernel.certificate import Checked
from boundcalc.kernel.cycles import POSITION, Invariant
from boundcalc.model.parameters import ITERATIONS
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.prove import FIRST_STEP, ONE_STEP, Proof


def proved(proof: Proof) -> Json:
    """Return what only a finished proof has."""
    # Lemmas follow the assumptions, and inequalities refer to them alike.
    theorem = proof.theorem
    speech = VectorNames((*theorem.assumes, *theorem.lemmas, *_invariants(theorem)))
    rule = theorem.step.unroll
    named = {s.what: s.certificate for s in proof.steps if s.kind == "certificate"}
    first, one_step = named.pop(FIRST_STEP, None), named.pop(ONE_STEP)
    (nonnegative,) = named.values()
    assert one_step is not None and nonnegative is not None
    kept = [s.certificate for s in proof.steps if s.kind == "invariant"]
    parts: Json = {
        "auxiliary": _auxiliary(theorem),
        "iterations": ITERATIONS.name,
        "algorithm": _algorithm(speech, theorem),
        "lyapunov": speech.expression(theorem.lyapunov),
        "lyapunov_after": speech.expression(theorem.transition.advance(theorem.lyapunov)),
        "measure": speech.expression(theorem.measured),
        "measure_text": theorem.step.measure.text,
        "error": formulas(theorem.step.error),
        "invariants": [
            _invariant(speech, theorem, invariant, checked)
            for invariant, checked in zip(theorem.step.invariants, kept, strict=True)
        ],
        "cycle": _cycle(speech, theorem, first),
        "step_conditions": conditions(theorem.step.given),
        "one_step": speech.checked(one_step),
        "nonnegative": speech.checked(nonnegative),
        "unroll": {
            "lemma": rule.lemma.name,
            "statement": rule.lemma.statement,
            "rates": formulas({n.name: getattr(rule, n.name) for n in fields(rule)}),
            "demands": conditions(rule.demands()),
            "claims": [
                {"what": claim.what, **speech.checked(checked)}
                for claim, checked in rule.lemma.prove()
            ],
        },
        "start": _start(speech, theorem),
    }
    return {**parts, "basis": speech.basis()}


def _invariants(theorem: Theorem) -> Iterator[Invariant]:
    """Yield the invariants as inequalities refer to them: at any step, and at one with a
    snapshot.
    """
    for invariant in theorem.step.invariants:
        yield from dict.fromkeys((invariant, invariant.at_position(sp.S.Zero)))


def _invariant(
    speech: VectorNames, theorem: Theorem, invariant: Invariant, checked: Checked | None
) -> Json:
    """Return what is bounded at every step, by what, and why a step keeps it."""
    assert checked is not None
    before = invariant.quantity(invariant.vector(theorem.transition.now))
    return {
        "quantity": speech.expression(before),
        "bound": formula(invariant.bound),
        "kept": speech.checked(checked),
    }


def _cycle(speech: VectorNames, theorem: Theorem, first: Checked | None) -> Json | None:
    """Return the cycle of a method with snapshots: position, length, mean errors, and its first
    step.
    """
    if theorem.step.cycle is None or first is None:
        return None
    return {
        "position": str(POSITION),
        "length": str(theorem.step.cycle.length),
        "mean_error": formulas(theorem.errors),
        "first_step": speech.checked(first),
    }


def _algorithm(speech: VectorNames, theorem: Theorem) -> Json:
    t, first = theorem.transition, theorem.first
    return {
        "name": theorem.algorithm.name,
        "update": theorem.algorithm.latex,
        "now": _state(speech, t.now.vectors()),
        "after": _state(speech, t.next.vectors()),
        "start": _state(speech, first.state.vectors()),
        "estimate": speech.vector(t.estimate),
    }


def _state(speech: VectorNames, vectors: Mapping[str, Vector]) -> Json:
    return {name: speech.vector(vector) for name, vector in vectors.items()}


def _start(speech: VectorNames, theorem: Theorem) -> Json:
    value = theorem.first.begin(theorem.transition.now, theorem.lyapunov)
    meanings = theorem.start_constants.items()
    return {
        "value": formula(theorem.initial_value),
        "lyapunov": speech.expression(value),
        "constants": {str(s): speech.expression(meaning) for s, meaning in meanings},
    }


def _auxiliary(theorem: Theorem) -> list[str]:
    """Return the symbols that forms define, free parameters apart, in the order of their
    definition.
    """
    own = {p.symbol for p in theorem.parameters}
    defined = dict.fromkeys(symbol for form in theorem.forms for symbol in form.formulas)
    return [str(symbol) for symbol in defined if symbol not in own]
