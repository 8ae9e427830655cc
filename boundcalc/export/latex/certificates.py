"""A checked certificate in words and formulas: every summand, and why it is non-negative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.export.latex.abbreviations import factored, tidied
from boundcalc.export.latex.expressions import Writer, joined, scaled
from boundcalc.export.latex.layout import LINE, chain, conjunction, escaped, width
from boundcalc.export.latex.names import writer
from boundcalc.export.latex.notation import within
from boundcalc.export.latex.reasons import Reasons
from boundcalc.kernel.algebra import DrawnAt, MeanOf, Vector
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.certificate import Checked, Inequality, QuadraticForm
from boundcalc.kernel.printing import latex
from boundcalc.kernel.signs import SignFact
from boundcalc.model.theorem import Theorem

# Rules on one multiple of a vector: their text speaks of any.
_BY_EXPRESSION = ("scaled", "sup_scaled")


class Facts:
    """The sign facts of a checked certificate, sorted by what they are about."""

    def __init__(self, checked: Checked) -> None:
        certificate, facts = checked.certificate, list(checked.signs)

        def take(count: int) -> list[SignFact]:
            taken, facts[:] = facts[:count], facts[count:]
            return taken

        # The order in which the checker asks: rest, multipliers, squares, bounded, minors.
        self.rest = take(len(checked.rest.coefficients))
        self.using = take(len(certificate.using))
        self.squares = take(len(certificate.squares))
        self.bounded = take(len(certificate.bounded))
        self.minors = [take(3) for _ in certificate.forms]


def identity(
    theorem: Theorem, checked: Checked, write: Writer, reasons: Reasons, claim: str
) -> list[str]:
    """Return the certificate of the inequality labelled ``claim``, summand by summand."""
    return [
        *summands(theorem, checked, write, reasons),
        rf"The difference of the two sides of~\eqref{{{claim}}} is the sum of {named(checked)}."
        f" To see it, insert what the step makes and multiply out{_orthogonal(theorem, checked)}."
        " Every summand is non-negative.",
    ]


def summands(theorem: Theorem, checked: Checked, write: Writer, reasons: Reasons) -> list[str]:
    """Return what a certificate is the sum of."""
    facts = Facts(checked)
    write, told = _abbreviated(checked, write)
    return [
        *told,
        *_inequalities(theorem, checked, facts, write, reasons),
        *_weighted(checked, facts, write, reasons),
        *_forms(checked, facts, write, reasons),
    ]


def _abbreviated(checked: Checked, write: Writer) -> tuple[Writer, list[str]]:
    """Return names for the sums at which inequalities are used, and what they stand for."""
    names: dict[Vector, str] = {}
    for _, inequality in checked.certificate.using:
        arguments = inequality.arguments if isinstance(inequality, Instance) else ()
        for vector in arguments:
            known = vector in write.names or vector in names
            if len(vector.coefficients) > 1 and not known:
                names[vector] = f"a_{{{len(names) + 1}}}"
    if not names:
        return write, []
    shown = conjunction([f"${name}={write.vector(vector)}$" for vector, name in names.items()])
    return Writer({**write.names, **names}, write.infimum), [f"Write {shown}."]


# -- the inequalities that are used ------------------------------------------------------------


def _inequalities(
    theorem: Theorem, checked: Checked, facts: Facts, write: Writer, reasons: Reasons
) -> list[str]:
    used = checked.certificate.using
    if not used:
        return []
    names = conjunction(list(dict.fromkeys(_named(theorem, i) for _, i in used)))
    told = []
    for (multiplier, instance), fact in zip(used, facts.using, strict=True):
        times = scaled(tidied(sp.sympify(multiplier)), "", positive=True)
        told.append((times, _stated(instance, write), reasons.words(fact)))
    # Multipliers stand in a column of their own, unless that leaves too little room beside it.
    column = max(width(times) for times, _, _ in told)
    beside = column + max(width(stated) for _, stated, _ in told) < LINE - 6
    between = r" &:\quad " if beside else r":\\ &\qquad "
    start = "" if beside else "&"
    rows = [(f"{start}{times}{between}{stated}", reason) for times, stated, reason in told]
    return [
        f"We use {names}, with the multipliers on the left, which are non-negative for the"
        " reasons given:",
        _table(rows),
    ]


def _stated(instance: Inequality, write: Writer) -> str:
    """Return the inequality as its assumption writes it, or as its expression reads."""
    if isinstance(instance, Instance) and instance.rule not in _BY_EXPRESSION:
        points = [write.vector(argument) for argument in instance.arguments]
        shown = instance.assumption.rule_latex(instance.rule, points)
        if shown is not None:
            return shown
        with suppress(ProofError):
            left, right = write.instance(instance)
            return rf"{left} \le {joined(right)}"
    left, right = write.inequality(instance.expression)
    return rf"{left} \le {joined(right)}"


def _named(theorem: Theorem, instance: Inequality) -> str:
    """Return the inequality by the name of its rule and the number of its assumption."""
    assumption = instance.assumption  # type: ignore[attr-defined]
    if assumption not in theorem.assumes:
        return f"the {escaped(instance.name)}"
    place = list(theorem.assumes).index(assumption) + 1
    return f"the {escaped(instance.name)}~(A{place})"


# -- squares, gaps and what is left ------------------------------------------------------------


def _weighted(checked: Checked, facts: Facts, write: Writer, reasons: Reasons) -> list[str]:
    certificate = checked.certificate
    rows: list[tuple[str, SignFact]] = []
    for square, fact in zip(certificate.squares, facts.squares, strict=True):
        norm = rf"\mathbb E\|{write.turned(square.argument)}\|^2"
        rows.append((scaled(tidied(square.weight), norm, positive=True), fact))
    for (weight, quantity), fact in zip(certificate.bounded, facts.bounded, strict=True):
        shown = write.expression(quantity.expression)
        rows.append((scaled(tidied(sp.sympify(weight)), shown, positive=True), fact))
    for (atom, coefficient), fact in zip(checked.rest.items(), facts.rest, strict=True):
        rows.append((scaled(factored(coefficient), write.atom(atom), positive=True), fact))
    if not rows:
        return []
    shown_rows = [(f"&{body}", reasons.words(fact)) for body, fact in rows]
    return ["These terms are non-negative, since their coefficients are:", _table(shown_rows)]


# -- 2x2 forms -----------------------------------------------------------------------------


def _forms(checked: Checked, facts: Facts, write: Writer, reasons: Reasons) -> list[str]:
    forms = checked.certificate.forms
    lines: list[str] = []
    for place, form in enumerate(forms):
        index = f"_{{{place + 1}}}" if len(forms) > 1 else ""
        lines += _form(form, index, facts.minors[place], write, reasons)
    return lines


def _form(
    form: QuadraticForm, index: str, minors: Sequence[SignFact], write: Writer, reasons: Reasons
) -> list[str]:
    u, v = f"u{index}", f"v{index}"
    entries = [
        (form.first, rf"\mathbb E\|{u}\|^2"),
        (2 * form.cross, rf"\mathbb E\langle {u},{v}\rangle"),
        (form.second, rf"\mathbb E\|{v}\|^2"),
    ]
    terms = [scaled(tidied(weight), body) for weight, body in entries if weight != 0]
    product = latex(sp.Mul(form.first, form.second, evaluate=False))
    wanted = (
        rf"{latex(form.first)}\ge0",
        rf"{latex(form.second)}\ge0",
        rf"{product}\ge {latex(form.cross**2)}",
    )
    why = [
        f"${body}$" + (f" by {because}" if (because := reasons.words(fact)) else "")
        for body, fact in zip(wanted, minors, strict=True)
    ]
    return [
        "The quadratic form",
        "\\[\n" + chain(f"Q{index}", "=", terms, ",") + "\n\\]",
        rf"with ${u}={write.vector(form.u)}$ and ${v}={write.vector(form.v)}$,"
        rf" is non-negative, because {conjunction(why)}.",
    ]


# -- how it all adds up ----------------------------------------------------------------------


def named(checked: Checked) -> str:
    """Return the summands of a certificate, in words."""
    certificate = checked.certificate
    parts = []
    if certificate.using:
        parts.append(
            "the differences of right and left side of the inequalities, each times its multiplier"
        )
    if certificate.squares or certificate.bounded or checked.rest.coefficients:
        parts.append("of the terms listed after them" if parts else "the terms listed")
    many = len(certificate.forms) > 1
    parts += [f"of $Q_{{{i + 1}}}$" if many else "of $Q$" for i in range(len(certificate.forms))]
    if not parts:
        return "nothing"
    *before, last = parts
    return f"{', '.join(before)}, and {last}" if before else last.removeprefix("of ")


def _orthogonal(theorem: Theorem, checked: Checked) -> str:
    """Return which products vanish in the mean."""
    told = list(dict.fromkeys(_vanishing(theorem, checked)))
    return f"; here {conjunction(told)} (tower rule)" if told else ""


def _vanishing(theorem: Theorem, checked: Checked) -> Iterator[str]:
    t, certificate = theorem.transition, checked.certificate
    made = [t.estimate, *t.next.vectors().values(), *(signs for _, _, signs in t.signed)]
    made += [square.argument for square in certificate.squares]
    made += [v for form in certificate.forms for v in (form.u, form.v)]
    write = writer(theorem)
    for basis in within(made):
        of = basis.of if isinstance(basis, MeanOf) else basis
        if not isinstance(of, DrawnAt):
            if of is not None and of.zero_mean:
                yield _product(of.latex, f"is known before ${of.latex}$ is drawn")
        elif of.deviation:
            yield _product(write.basis(of), "does not depend on $i$")
        elif of.zero_mean and of.latex in (r"\zeta", r"\zeta_i"):
            sample = r"\xi_i" if of.latex.endswith("_i") else r"\xi"
            yield _product(f"{of.latex}(x)", f"is known before ${sample}$ is drawn")
        elif of.zero_mean:
            shown = write.basis(of)
            yield _product(shown, f"is known before ${shown}$ is")


def _product(vector: str, known: str) -> str:
    return rf"$\mathbb E\langle {vector},\cdot\,\rangle$ vanishes for all that {known}"


def _table(rows: Sequence[tuple[str, str]]) -> str:
    """Aligned rows, each with its reason on the right, or under it where the line is too short."""
    reasons = max((width(reason) for _, reason in rows), default=0)
    # What stands before the column does so in every row.
    before = max((width(body.split("&")[0]) for body, _ in rows), default=0)
    after = [width(body.split("&", 1)[-1]) for body, _ in rows]
    beside = before + max(after, default=0) + 0.8 * reasons < LINE - 6
    lines = []
    for (body, reason), size in zip(rows, after, strict=True):
        lines.append(body)
        if reason and beside:
            lines[-1] += rf" &\qquad&\text{{by {reason}}}"
        elif reason and before + size + 0.8 * width(reason) < LINE - 6:
            lines[-1] += rf"\qquad\text{{by {reason}}}"
        elif reason:
            lines[-1] += rf"\\ &\qquad\text{{by {reason}}}"
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"
