"""The parts of a certificate that speak of numbers alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp

from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.coordinates import MAGNITUDE, NORM, NORM1
from boundcalc.kernel.powers import Discounted, Power, Shortfall
from boundcalc.kernel.signs import SignFact
from boundcalc.model.parameters import Parameter
from boundcalc.model.theorem import Form, Theorem
from boundcalc.proofs.prove import ProofStep

Json = dict[str, Any]


# The symbols of a lemma on a coordinate, as names: no parameter's begins with an underscore.
_INNER = {
    MAGNITUDE: sp.Symbol("_a", real=True),
    NORM: sp.Symbol("_norm", real=True),
    NORM1: sp.Symbol("_norm1", real=True),
}


def formula(expression: Any) -> str:
    """Return the expression in plain arithmetic."""
    plain = sp.sympify(expression).xreplace(_INNER)
    plain = plain.replace(Power, lambda rate, count: (1 - rate) ** count)
    plain = plain.replace(Shortfall, lambda rate, count: 1 - (1 - rate) ** count)
    plain = plain.replace(Discounted, lambda growth, count: (1 - (1 + growth) ** -count) / growth)
    return str(plain)


def formulas(expressions: Mapping[str, Any]) -> dict[str, str]:
    """Named expressions, each in plain arithmetic."""
    return {name: formula(expression) for name, expression in expressions.items()}


def defined(definitions: Mapping[sp.Symbol, sp.Expr]) -> list[list[str]]:
    """Symbols with their formulas, in the order of their definition."""
    return [[str(symbol), formula(value)] for symbol, value in definitions.items()]


def conditions(given: Iterable[Condition]) -> list[Json]:
    """Conditions: ``left >= right``, or ``>`` where strict."""
    return [_condition(condition) for condition in given]


def _condition(condition: Condition) -> Json:
    return {
        "left": formula(condition.left),
        "right": formula(condition.right),
        "strict": condition.strict,
        "meaning": condition.meaning,
    }


def sign_entries(facts: Iterable[SignFact]) -> list[Json]:
    """Conditions that were decided, how, and from which others."""
    return [
        {
            "condition": _condition(fact.condition),
            "how": fact.how,
            "from": conditions(fact.used),
        }
        for fact in facts
    ]


def step_entry(step: ProofStep) -> Json:
    """Return a step of the proof and the signs decided in it."""
    facts = step.certificate.signs if step.certificate else step.signs
    return {
        "kind": step.kind,
        "what": step.what,
        "ok": step.ok,
        "detail": step.detail,
        "problem": step.problem,
        "signs": sign_entries(facts),
    }


def parameter_entry(parameter: Parameter) -> Json:
    """Return a parameter and its domain; ``derived`` says of which others it is made."""
    domain = parameter.domain
    return {
        "name": parameter.name,
        "meaning": parameter.meaning,
        "role": parameter.role,
        "lower": None if domain.lower is None else formula(domain.lower),
        "upper": None if domain.upper is None else formula(domain.upper),
        "lower_open": domain.lower_open,
        "upper_open": domain.upper_open,
        "whole": parameter.whole,
        "derived": _derived(parameter),
    }


def _derived(parameter: Parameter) -> Json | None:
    if parameter.derived is None:
        return None
    base, exponent = parameter.derived.as_base_exp()
    # A root is no plain arithmetic; what it is the root of is.
    if exponent == sp.Rational(1, 2):
        return {"root_of": formula(base)}
    return {"equals": formula(parameter.derived)}


def form_entry(theorem: Theorem, form: Form) -> Json:
    """Return a form of a theorem: formulas, conditions and the terms of its bound."""
    statement = theorem.statement(form)
    return {
        "name": form.name,
        "title": form.title,
        "variant": form.variant,
        "when": {str(s): formula(v) for s, v in form.when.items()},
        "formulas": defined(form.formulas),
        "conditions": conditions(form.given),
        "free": [p.name for p in statement.free],
        "error": formulas(theorem.errors if form.error is None else form.error),
        "bound": formulas(statement.terms),
    }
