"""Why the formulas of each form satisfy the conditions under which the step was proved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from boundcalc.export.latex.abbreviations import factored
from boundcalc.export.latex.conditions import equations, related
from boundcalc.export.latex.layout import LINE, conjunction, display, escaped, width
from boundcalc.export.latex.reasons import Reasons, in_order
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.printing import latex
from boundcalc.kernel.signs import SignFact
from boundcalc.model.parameters import GAMMA
from boundcalc.model.theorem import Form, Theorem
from boundcalc.proofs.step_limits import printed_limits
from boundcalc.solve.closed_forms import Limit, Solved, solve


def instantiations(
    theorem: Theorem, labels: Mapping[Condition, str], facts: Sequence[Sequence[SignFact]]
) -> list[str]:
    """Return a paragraph for each form: its formulas, and why they satisfy the labelled conditions.

    ``facts`` are those of the proof's steps, one sequence for each form.
    """
    checked = (
        "Every identity was checked by exact expansion; every sign is a product of known signs, or"
        " was decided by a decision procedure for real polynomials."
    )
    if not any(form.formulas for form in theorem.forms):
        return [*_solved(theorem), "", rf"This is~\eqref{{eq:{theorem.name}}}. {checked}"]
    lines = [
        "",
        r"\emph{The formulas.} It remains to see that the formulas satisfy the conditions.",
    ]
    for form, found in zip(theorem.forms, facts, strict=True):
        lines += _instance(theorem, form, labels, found)
    lines += _solved(theorem)
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


def _solved(theorem: Theorem) -> list[str]:
    """Return why the step sizes that are printed satisfy what the readable form supposes."""
    lines: list[str] = []
    for form, values in printed_limits(theorem):
        if values:
            continue  # a corollary is the form at these values
        solved = solve(theorem, form, {})
        if not solved.readable or not solved.limits:
            continue
        told = [_limit(form, limit) for limit in solved.limits]
        where = f" at {equations(form.when)}" if form.when else ""
        lines += [
            *([] if lines else ["", r"\emph{The step sizes.}"]),
            f"In the {escaped(form.name)} form{where}, {'; '.join(told)}.",
            *_chosen(solved),
        ]
    if any("sqrt" in line for line in lines):
        lines.append(
            r"(For real $r$, for $u,q\ge0$ and $R=\sqrt{1+4qr}$, $u\le 2r/(1+R)$ says that"
            r" $u+qu^2\le r$.)"
        )
    return lines


def _chosen(solved: Solved) -> list[str]:
    names = dict.fromkeys(f"${latex(c.right)}$" for c in solved.within)
    return [f"There the upper limits of {conjunction(list(names))} are positive."] if names else []


def _limit(form: Form, limit: Limit) -> str:
    """Return what an upper limit of the step size says, and of which conditions that is the
    solution.
    """
    relation = "<" if limit.strict else r"\le "
    shown = {value: symbol for symbol, value in limit.names.items()}
    r, q = (shown.get(value, value) for value in (limit.r, limit.q))
    u = limit.scale * GAMMA.symbol
    of = [f"${related(c)}$" for c in form.given if limit.decides(_resolved(form, c))]
    means = f", which is {conjunction(of)} with the formulas put in" if of else ""
    when = f" (where {', '.join(f'${latex(s)}>0$' for s in limit.when)})" if limit.when else ""
    says = f"${latex(u + q * u**2)}{relation}{latex(r)}$"
    return rf"$\gamma{relation}{latex(limit.value)}${when} says that {says}{means}"


def _resolved(form: Form, condition: Condition) -> Condition:
    left = sp.together(form.resolve(condition.expression))
    return Condition(left, sp.S.Zero, condition.strict)


def _instance(
    theorem: Theorem, form: Form, labels: Mapping[Condition, str], facts: Sequence[SignFact]
) -> list[str]:
    supposed = theorem.statement(form).conditions
    # In the order in which the proof asks for them.
    wanted = [*theorem.step.given, *(c for c in theorem.domains if c not in supposed)]
    reasons = _reasons(form, labels, theorem)
    equal, given, shown = [], [], []
    told: set[Condition] = set()
    for condition, fact in zip(wanted, facts, strict=True):
        if condition in told:
            continue  # a domain that the step supposes, too
        told.add(condition)
        label = labels.get(condition) or f"${related(condition)}$"
        difference = form.resolve(condition.expression)
        if condition in form.given:
            given.append(label)
        elif _vanishes(difference):
            equal += [label] if condition in labels else []
        elif difference.free_symbols:
            shown.append(_row(form, label, condition, fact, reasons))
    lines = [*_heading(form), display(_formulas(form), ".")]
    if equal:
        verb = "holds" if len(equal) == 1 else "hold"
        lines.append(f"{conjunction(sorted(equal, key=in_order))} {verb} with equality.")
    if given:
        verb = "is" if len(given) == 1 else "are"
        lines.append(f"{conjunction(sorted(given, key=in_order))} {verb} supposed.")
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


def _row(form: Form, label: str, condition: Condition, fact: SignFact, reasons: Reasons) -> str:
    expression = fact.condition.expression
    # A quantity alone says nothing: its formula does, where that is in the parameters.
    formula = form.formulas.get(expression, expression).subs(form.when)
    if not formula.free_symbols & set(form.formulas):
        expression = formula
    difference = latex(factored(expression))
    if width(difference) > LINE * 0.5:
        difference = latex(factored(condition.expression))
    relation = ">" if fact.condition.strict else r"\ge "
    because = reasons.words(fact)
    body = rf"\text{{{label}}} && {difference}&{relation}0"
    if not because:
        return body
    if width(difference) + width(because) < LINE - 22:
        return rf"{body} && \text{{by {because}}}"
    share = min(0.4, max(0.22, (LINE - width(difference)) / LINE - 0.25))
    return rf"{body} && \parbox[t]{{{share:.2f}\linewidth}}{{\raggedright by {because}}}"
