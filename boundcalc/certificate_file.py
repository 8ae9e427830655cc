"""A proof as JSON, complete enough to be checked again without this package.

Numbers are strings of plain arithmetic (``**`` for powers) in the symbols listed, so that a
checker needs a parser for ``+ - * / **`` and exact fractions, and nothing else. A vector maps names
of basis vectors to coefficients; an expression is a list of atoms with coefficients. ``E<u, v>`` of
two basis vectors vanishes where one has mean zero and the other has an earlier stage.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import sympy as sp

from boundcalc.estimator import Estimator
from boundcalc.files import write_file
from boundcalc.kernel.algebra import (
    Atom,
    Basis,
    Expression,
    Function,
    FunctionValue,
    Gap,
    GradientAt,
    Gram,
    Infimum,
    Scalar,
    SquaredNorm,
    Vector,
)
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.kernel.certificate import Certificate, Checked, Inequality
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.powers import Power, Shortfall
from boundcalc.kernel.signs import SignFact
from boundcalc.model import Form, Theorem
from boundcalc.parameters import ITERATIONS, Parameter
from boundcalc.proof import Proof, ProofStep

__all__ = ["FORMAT", "certificate_document", "write_certificates"]

FORMAT = "boundcalc certificate 1"

Json = dict[str, Any]


def write_certificates(proofs: Iterable[Proof], path: str | os.PathLike[str]) -> None:
    """Write the certificates of the proofs to a file: the whole of it, or nothing.

    Raises :class:`UsageError` where the file cannot be written.
    """
    documents = [certificate_document(proof) for proof in proofs]
    text = json.dumps({"format": FORMAT, "certificates": documents}, indent=1, ensure_ascii=False)
    write_file(path, text + "\n")


def certificate_document(proof: Proof) -> Json:
    """The proof as a JSON document: what is claimed, from what, and why.

    Of a failed proof it holds the steps up to the one that failed, and no more.
    """
    theorem = proof.theorem
    document: Json = {
        "theorem": theorem.name,
        "title": theorem.title,
        "status": proof.status,
        "axioms": list(proof.axioms),
        "steps": [_step(step) for step in proof.steps],
    }
    if not proof.proved:
        return document
    if theorem.base is None or theorem.estimator is None:
        return document | _Speech(theorem).proved(proof)
    # The theorem it rests on, whole, and what the estimator adds.
    parts: Json = {
        "base": certificate_document(theorem.base.prove()),
        "parameters": [_parameter(p) for p in theorem.parameters],
        "given": [_condition(c) for c in theorem.given],
        "forms": [_form(theorem, form) for form in theorem.forms],
    }
    speech = _Speech(theorem)
    return document | parts | {"estimator": speech.estimated(theorem.estimator)}


def formula(expression: Any) -> str:
    """The expression in plain arithmetic."""
    plain = sp.sympify(expression)
    plain = plain.replace(Power, lambda rate, count: (1 - rate) ** count)
    plain = plain.replace(Shortfall, lambda rate, count: 1 - (1 - rate) ** count)
    return str(plain)


def _condition(condition: Condition) -> Json:
    return {
        "left": formula(condition.left),
        "right": formula(condition.right),
        "strict": condition.strict,
        "meaning": condition.meaning,
    }


def _sign(fact: SignFact) -> Json:
    return {
        "condition": _condition(fact.condition),
        "how": fact.how,
        "from": [_condition(c) for c in fact.used],
    }


def _step(step: ProofStep) -> Json:
    facts = step.certificate.signs if step.certificate else step.signs
    return {
        "kind": step.kind,
        "what": step.what,
        "ok": step.ok,
        "detail": step.detail,
        "problem": step.problem,
        "signs": [_sign(fact) for fact in facts],
    }


def _parameter(parameter: Parameter) -> Json:
    domain = parameter.domain
    return {
        "name": parameter.name,
        "meaning": parameter.meaning,
        "role": parameter.role,
        "lower": None if domain.lower is None else formula(domain.lower),
        "upper": None if domain.upper is None else formula(domain.upper),
        "lower_open": domain.lower_open,
        "upper_open": domain.upper_open,
    }


def _form(theorem: Theorem, form: Form) -> Json:
    statement = theorem.statement(form)
    return {
        "name": form.name,
        "title": form.title,
        "when": {str(s): formula(v) for s, v in form.when.items()},
        "formulas": [[str(s), formula(v)] for s, v in form.formulas.items()],
        "conditions": [_condition(c) for c in form.given],
        "free": [p.name for p in statement.free],
        "bound": {name: formula(term) for name, term in statement.terms.items()},
    }


class _Speech:
    """Names for the basis vectors of one document, given when they are first spoken of."""

    def __init__(self, theorem: Theorem) -> None:
        self._assumes = list(theorem.assumes)
        self._names: dict[Basis, str] = {}

    def proved(self, proof: Proof) -> Json:
        """What only a finished proof has."""
        theorem, rule = proof.theorem, proof.theorem.step.unroll
        one_step, nonnegative = (s.certificate for s in proof.steps if s.certificate)
        assert one_step is not None and nonnegative is not None
        parts: Json = {
            "parameters": [_parameter(p) for p in theorem.parameters],
            "given": [_condition(c) for c in theorem.given],
            "auxiliary": _auxiliary(theorem),
            "iterations": ITERATIONS.name,
            "assumptions": [self._assumption(a) for a in theorem.assumes],
            "algorithm": self._algorithm(theorem),
            "lyapunov": self.expression(theorem.lyapunov),
            "lyapunov_after": self.expression(theorem.transition.advance(theorem.lyapunov)),
            "measure": self.expression(theorem.measured),
            "measure_text": theorem.step.measure.text,
            "error": {name: formula(e) for name, e in theorem.step.error.items()},
            "step_conditions": [_condition(c) for c in theorem.step.given],
            "one_step": self._checked(one_step),
            "nonnegative": self._checked(nonnegative),
            "unroll": {
                "lemma": rule.lemma.name,
                "statement": rule.lemma.statement,
                "rates": {n.name: formula(getattr(rule, n.name)) for n in fields(rule)},
                "demands": [_condition(c) for c in rule.demands()],
                "claims": [
                    {"what": claim.what, **self._checked(checked)}
                    for claim, checked in rule.lemma.prove()
                ],
            },
            "start": self._start(theorem),
            "forms": [_form(theorem, form) for form in theorem.forms],
        }
        return {**parts, "basis": self._basis()}

    def estimated(self, estimator: Estimator) -> Json:
        """The estimator's formulas and the certificate of its second moment."""
        general = estimator.of or estimator
        self._assumes = list(general.assumes)
        parts: Json = {
            "name": estimator.name,
            "unbiased": estimator.unbiased,
            "assumptions": [{"kind": a.name, "statement": a.latex()} for a in general.assumes],
            "general_parameters": [_parameter(p) for p in general.parameters],
            "formulas": [[str(s), formula(v)] for s, v in estimator.formulas.items()],
            "origins": {name: formula(e) for name, e in estimator.origins.items()},
            "moment": self._checked(estimator.moment()),
        }
        return {**parts, "basis": self._basis()}

    # -- vectors and expressions -----------------------------------------------------------------

    def name(self, basis: Basis) -> str:
        """The name of a basis vector: its own, made different from all others."""
        if basis not in self._names:
            taken, name = set(self._names.values()), basis.name
            while name in taken:
                name += "'"
            self._names[basis] = name
        return self._names[basis]

    def vector(self, vector: Vector) -> dict[str, str]:
        """The vector by names of basis vectors."""
        return {self.name(b): formula(c) for b, c in vector.coefficients.items()}

    def expression(self, expression: Expression) -> list[Json]:
        """The expression as atoms with coefficients."""
        return [
            {"atom": self._atom(atom), "coefficient": formula(value)}
            for atom, value in expression.items()
        ]

    def _atom(self, atom: Atom) -> Json:
        if isinstance(atom, Gram):
            return {"kind": "inner", "of": [self.name(atom.left), self.name(atom.right)]}
        if isinstance(atom, FunctionValue):
            return {"kind": "value", "function": atom.function, "at": self.vector(atom.point)}
        if isinstance(atom, Infimum):
            return {"kind": "infimum", "function": atom.function}
        if isinstance(atom, Scalar):
            return {"kind": "scalar", "name": atom.name, "nonnegative": atom.nonnegative}
        return {"kind": "one"}

    def _basis(self) -> list[Json]:
        described: list[Json] = []
        # Describing a gradient may name further vectors, those of its point.
        while len(described) < len(self._names):
            basis, name = list(self._names.items())[len(described)]
            entry: Json = {
                "name": name,
                "latex": basis.latex,
                "stage": basis.stage,
                "zero_mean": basis.zero_mean,
            }
            if isinstance(basis, GradientAt) and basis.point is not None:
                entry |= {"gradient_of": basis.function, "at": self.vector(basis.point)}
            described.append(entry)
        return described

    # -- parts of the proof ----------------------------------------------------------------------

    def _assumption(self, assumption: Assumption) -> Json:
        values = {n.name: getattr(assumption, n.name) for n in fields(assumption)}
        return {
            "name": assumption.name,
            "latex": assumption.latex(),
            "constants": {n: formula(v) for n, v in values.items() if isinstance(v, sp.Expr)},
            "functions": {n: v.name for n, v in values.items() if isinstance(v, Function)},
        }

    def _algorithm(self, theorem: Theorem) -> Json:
        t, first = theorem.transition, theorem.first
        return {
            "name": theorem.algorithm.name,
            "update": theorem.algorithm.latex,
            "now": self._state(t.now.vectors()),
            "after": self._state(t.next.vectors()),
            "start": self._state(first.state.vectors()),
            "estimate": self.vector(t.estimate),
        }

    def _state(self, vectors: Mapping[str, Vector]) -> Json:
        return {name: self.vector(vector) for name, vector in vectors.items()}

    def _start(self, theorem: Theorem) -> Json:
        value = theorem.first.begin(theorem.transition.now, theorem.lyapunov)
        meanings = theorem.start_constants.items()
        return {
            "value": formula(theorem.initial_value),
            "lyapunov": self.expression(value),
            "constants": {str(s): self.expression(meaning) for s, meaning in meanings},
        }

    def _checked(self, checked: Checked) -> Json:
        return {
            "claim": self.expression(checked.claim),
            "given": [_condition(c) for c in checked.given],
            **self._certificate(checked.certificate),
            "rest": self.expression(checked.rest),
            "signs": [_sign(fact) for fact in checked.signs],
        }

    def _certificate(self, certificate: Certificate) -> Json:
        return {
            "using": [
                {"multiplier": formula(weight), **self._inequality(inequality)}
                for weight, inequality in certificate.using
            ],
            "squares": [
                {"weight": formula(square.weight), "vector": self.vector(square.argument)}
                for square in certificate.squares
            ],
            "forms": [
                {
                    "u": self.vector(form.u),
                    "v": self.vector(form.v),
                    "first": formula(form.first),
                    "cross": formula(form.cross),
                    "second": formula(form.second),
                    "minors": [_condition(minor) for minor in form.minors],
                }
                for form in certificate.forms
            ],
            "bounded": [
                {"weight": formula(weight), **self._quantity(quantity)}
                for weight, quantity in certificate.bounded
            ],
        }

    def _inequality(self, inequality: Inequality) -> Json:
        entry: Json = {
            "name": inequality.name,
            "expression": self.expression(inequality.expression),
        }
        if isinstance(inequality, Instance):
            entry |= {
                "assumption": self._assumes.index(inequality.assumption),
                "rule": inequality.rule,
                "at": [self.vector(point) for point in inequality.arguments],
            }
        return entry

    def _quantity(self, quantity: Gap | SquaredNorm) -> Json:
        if isinstance(quantity, Gap):
            kind = {"gap_of": quantity.function.name, "at": self.vector(quantity.point)}
        else:
            kind = {"squared_norm_of": self.vector(quantity.argument)}
        return {**kind, "expression": self.expression(quantity.expression)}


def _auxiliary(theorem: Theorem) -> list[str]:
    """The symbols that forms define, free parameters apart, in the order of their definition."""
    own = {p.symbol for p in theorem.parameters}
    defined = dict.fromkeys(symbol for form in theorem.forms for symbol in form.formulas)
    return [str(symbol) for symbol in defined if symbol not in own]
