"""Theorems and estimators as text for a terminal: the list of them, and all about one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from boundcalc.bounds.describe import closed_form, corollary_lines, structure
from boundcalc.export.text.format import table
from boundcalc.kernel.printing import text
from boundcalc.model.estimator import Estimator
from boundcalc.model.parameters import Parameter
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.standing import announce, caveats


def listing(theorems: Sequence[Theorem]) -> str:
    """Return one line a theorem."""
    return table(
        ["theorem", "bounds", "rate", "title"],
        [[t.name, t.step.measure.text, t.step.unroll.decay, t.title] for t in theorems],
        left=4,
    )


def estimators(known: Sequence[Estimator]) -> str:
    """Return one line an estimator: what it takes and what it is."""
    rows = [
        [e.name, e.title, ", ".join(p.name for p in e.parameters if p.given and p.role != "free")]
        for e in known
    ]
    return table(["estimator", "the theorem then speaks of SGD or momentum", "takes"], rows, left=3)


def sheet(theorem: Theorem) -> str:
    """Return everything about one theorem."""
    announce(theorem)
    lines = [f"{theorem.name}: {theorem.title}", *caveats([theorem]), ""]
    lines += [f"method      {theorem.algorithm.title}: {_latex_to_text(theorem.algorithm.latex)}"]
    lines += [f"source      {theorem.source}"]
    if theorem.note:
        lines += [f"            {theorem.note}"]
    lines += ["", "parameters"]
    rows = [[f"  {p.name}", str(p.domain), p.role, p.meaning] for p in _inputs(theorem)]
    lines += [table(["  name", "domain", "role", "meaning"], rows, left=4)]
    lines += ["", "assumptions", *(f"  {a}" for a in _assumed(theorem))]
    lines += [f"  {c}: {c.meaning}" for c in theorem.given]
    for name in dict.fromkeys(form.name for form in theorem.forms):
        form = theorem.form(name)
        lines += ["", f"{name} form ({form.title})"]
        terms = theorem.statement(form).terms
        lines += [f"  {line}" for line in structure(form, terms.values())]
        lines += [f"  {theorem.step.measure.text} <="]
        lines += [f"    {text(term)}    [{label}]" for label, term in terms.items()]
    described = closed_form(theorem, {})
    lines += ["", f"step sizes of the {theorem.readable} form"]
    lines += [f"  {line}" for line in described.conditions or ("gamma > 0",)]
    for corollary in theorem.corollaries:
        lines += ["", f"corollary {corollary.name!r} ({corollary.title})"]
        lines += [f"  {line}" for line in corollary_lines(theorem, corollary)]
    return "\n".join(lines)


def _assumed(theorem: Theorem) -> list[str]:
    """Return the assumptions; of a composed theorem also what is sent, and what arrives."""
    found = [assumption.text() for assumption in theorem.assumes]
    if theorem.estimator is not None:
        if theorem.estimator.lemma is not None:
            found.append(theorem.estimator.lemma.text)
        found.append(theorem.estimator.server.aggregate_text)
    return found


def _inputs(theorem: Theorem) -> list[Parameter]:
    return [p for p in theorem.parameters if p.given]


def _latex_to_text(latex: str) -> str:
    """Return an update rule in LaTeX as plain text."""
    for command, plain in (
        (r"\mathrm{sign}\,", "sign "), (r"\mathrm{sign}", "sign"), (r"\nabla", "grad"),
        (r"\xi", "xi"), (r"\bigl", ""), (r"\bigr", ""), (r"\tfrac1n\sum_i", "mean of"),
        (r"\begin{gathered}", ""), (r"\end{gathered}", ""), ("\\\\", ""), ("$", ""),
        (r"\text", ""), (r"\|", "|"), (r"\mathcal ", ""), (r"\Pi_R", "cut to [-R, R]"),
        (r"\,", " "), (r"\qquad", " "), (r"\tilde g", "g~"), (r"\gamma", "gamma"),
        (r"\beta", "beta"), ("{", ""), ("}", ""),
    ):  # fmt: skip
        latex = latex.replace(command, plain)
    return " ".join(latex.split())


def sheet_json(theorem: Theorem) -> dict[str, Any]:
    """Return the same as data."""
    return {
        "name": theorem.name,
        "proved": announce(theorem).proved,
        "title": theorem.title,
        "family": theorem.family,
        "source": str(theorem.source),
        "method": theorem.algorithm.name,
        "metric": theorem.step.measure.text,
        "rate": theorem.step.unroll.decay,
        "parameters": [
            {"name": p.name, "domain": str(p.domain), "role": p.role, "meaning": p.meaning}
            for p in _inputs(theorem)
        ],
        "assumptions": _assumed(theorem),
        "conditions": list(closed_form(theorem, {}).conditions),
        "forms": [
            {
                "name": form.name,
                "title": form.title,
                "when": {str(s): str(v) for s, v in form.when.items()},
                "conditions": structure(form),
                "terms": {n: text(t) for n, t in theorem.statement(form).terms.items()},
                "formulas": {str(s): text(e) for s, e in form.formulas.items()},
            }
            for form in theorem.forms
        ],
    }
