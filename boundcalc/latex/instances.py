"""Why the formulas of each form satisfy the conditions under which the step was proved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.signs import SignFact
from boundcalc.latex.abbreviations import factored
from boundcalc.latex.conditions import equations, related
from boundcalc.latex.layout import LINE, conjunction, display, escaped, width
from boundcalc.latex.reasons import Reasons, in_order
from boundcalc.model import Form, Theorem
from boundcalc.writing import latex

__all__ = ["instantiations"]


def instantiations(
    theorem: Theorem, labels: Mapping[Condition, str], facts: Sequence[Sequence[SignFact]]
) -> list[str]:
    """A paragraph for each form: its formulas, and why they satisfy the labelled conditions.

    ``facts`` are those of the proof's steps, one sequence for each form.
    """
    checked = (
        "Every identity was checked by exact expansion; every sign is a product of known signs, or"
        " was decided by a decision procedure for real polynomials."
    )
    if not any(form.formulas for form in theorem.forms):
        return ["", rf"This is~\eqref{{eq:{theorem.name}}}. {checked}"]
    lines = [
        "",
        r"\emph{The formulas.} It remains to see that the formulas satisfy the conditions.",
    ]
    for form, found in zip(theorem.forms, facts, strict=True):
        lines += _instance(theorem, form, labels, found)
    bounds = {theorem.readable: f"eq:{theorem.name}"}
    bounds.setdefault(theorem.sharp, f"eq:{theorem.name}-sharp")
    said = [
        rf"\eqref{{{label}}} with the formulas of the {escaped(name)} form"
        for name, label in bounds.items()
    ]
    return [
        *lines,
        "",
        f"The bound is {conjunction(said)}. {checked}",
    ]


def _instance(
    theorem: Theorem, form: Form, labels: Mapping[Condition, str], facts: Sequence[SignFact]
) -> list[str]:
    supposed = theorem.statement(form).conditions
    # In the order in which the proof asks for them.
    wanted = [*theorem.step.given, *(c for c in theorem.domains if c not in supposed)]
    reasons = _reasons(form, labels, theorem)
    equal, given, shown = [], [], []
    for condition, fact in zip(wanted, facts, strict=True):
        label = labels.get(condition) or f"${related(condition)}$"
        difference = form.resolve(condition.expression)
        if condition in form.given:
            given.append(label)
        elif _vanishes(difference):
            equal += [label] if condition in labels else []
        elif difference.free_symbols:
            shown.append(_row(form, label, fact, reasons))
    lines = [*_heading(form), display(_formulas(form), ".")]
    if equal:
        verb = "holds" if len(equal) == 1 else "hold"
        lines.append(f"{conjunction(sorted(equal, key=in_order))} {verb} with equality.")
    if given:
        verb = "is" if len(given) == 1 else "are"
        lines.append(f"{conjunction(given)} {verb} supposed.")
    if shown:
        lines.append("For the others, the difference of the two sides is")
        lines.append("\\begin{align*}\n" + " \\\\\n".join(shown) + "\n\\end{align*}")
    return lines


def _vanishes(difference: sp.Expr) -> bool:
    # A number tells most of those that do not, and is quicker than the algebra.
    symbols = sorted(difference.free_symbols, key=str)
    point = {symbol: sp.Rational(place + 2, 97) for place, symbol in enumerate(symbols)}
    return difference.subs(point) == 0 and sp.cancel(difference) == 0


def _heading(form: Form) -> list[str]:
    name = f"In the {escaped(form.name)} form"
    return ["", f"{name} at {equations(form.when)} they are" if form.when else f"{name} they are"]


def _formulas(form: Form) -> list[str]:
    return [
        f"{latex(symbol)} = {latex(formula.subs(form.when))}"
        for symbol, formula in form.formulas.items()
    ]


def _reasons(form: Form, labels: Mapping[Condition, str], theorem: Theorem) -> Reasons:
    """Labels for the conditions as they are at the form's values; its formulas go unmentioned."""
    known = dict(labels)
    for condition, label in labels.items():
        known.setdefault(condition.substitute(form.when) if form.when else condition, label)
    for condition in form.given:
        if width(related(condition)) > LINE / 4:
            known.setdefault(condition, r"what is supposed of~$\gamma$")
    silent = [c.substitute(form.when) for c in theorem.domains] if form.when else []
    for symbol, formula in form.formulas.items():
        value = formula.subs(form.when)
        silent += [Condition(symbol, value, False), Condition(value, symbol, False)]
    signs = [c for c in theorem.domains if c.right == 0]
    return Reasons(known, [*signs, *silent])


def _row(form: Form, label: str, fact: SignFact, reasons: Reasons) -> str:
    expression = fact.condition.expression
    # A quantity alone says nothing: its formula does, where that is in the parameters.
    formula = form.formulas.get(expression, expression).subs(form.when)
    if not formula.free_symbols & set(form.formulas):
        expression = formula
    difference = latex(factored(expression))
    relation = ">" if fact.condition.strict else r"\ge "
    because = reasons.words(fact)
    wide = width(because) > LINE * 0.4
    body = rf"\text{{{label}}} && {difference}&{relation}0"
    if width(difference) > LINE * (0.25 if wide else 0.55):
        body = rf"\text{{{label}}} && &"
    if wide:
        return rf"{body} && \parbox[t]{{0.5\linewidth}}{{\raggedright by {because}}}"
    return body + (rf" && \text{{by {because}}}" if because else "")
