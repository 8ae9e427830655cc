"""A checked certificate in words and formulas: every summand, and why it is non-negative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy as sp

from boundcalc.kernel.algebra import (
    Basis,
    Expression,
    MeanOf,
    Projected,
    SignOf,
    UnitOf,
    Vector,
)
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.certificate import Checked, Inequality, QuadraticForm
from boundcalc.kernel.signs import SignFact
from boundcalc.latex.abbreviations import tidied
from boundcalc.latex.expressions import Writer, joined, ratio, scaled
from boundcalc.latex.layout import LINE, chain, conjunction, escaped, width
from boundcalc.latex.reasons import Reasons
from boundcalc.model import Theorem
from boundcalc.writing import latex

__all__ = ["Facts", "identity", "named", "summands"]


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
    """The certificate of the inequality labelled ``claim``, summand by summand."""
    return [
        *summands(theorem, checked, write, reasons),
        rf"The difference of the two sides of~\eqref{{{claim}}} is the sum of {named(checked)}."
        rf" To see it, insert {_update(theorem, write)} and multiply out{_orthogonal(theorem)}."
        " Every summand is non-negative.",
    ]


def summands(theorem: Theorem, checked: Checked, write: Writer, reasons: Reasons) -> list[str]:
    """What a certificate is the sum of."""
    facts = Facts(checked)
    write, told = _abbreviated(checked, write)
    return [
        *told,
        *_inequalities(theorem, checked, facts, write, reasons),
        *_weighted(checked, facts, write, reasons),
        *_forms(checked, facts, write, reasons),
    ]


def _abbreviated(checked: Checked, write: Writer) -> tuple[Writer, list[str]]:
    """Names for the sums at which inequalities are used, and what they stand for."""
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
    names = conjunction([_named(theorem, instance) for _, instance in used])
    told = []
    for (multiplier, instance), fact in zip(used, facts.using, strict=True):
        times = latex(tidied(sp.sympify(multiplier)))
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
    """The inequality as its assumption writes it, or as its expression reads."""
    if isinstance(instance, Instance):
        points = [write.vector(argument) for argument in instance.arguments]
        shown = instance.assumption.rule_latex(instance.rule, points)
        if shown is not None:
            return shown
    left, right = write.instance(instance)  # type: ignore[arg-type]
    return rf"{left} \le {joined(right)}"


def _named(theorem: Theorem, instance: Inequality) -> str:
    """The inequality by the name of its rule and the number of its assumption."""
    assumption = instance.assumption  # type: ignore[attr-defined]
    if assumption not in theorem.assumes:
        return f"the {escaped(instance.name)}"
    place = list(theorem.assumes).index(assumption) + 1
    return f"the {escaped(instance.name)}~(A{place})"


# -- squares, gaps and what is left ------------------------------------------------------------


def _weighted(checked: Checked, facts: Facts, write: Writer, reasons: Reasons) -> list[str]:
    certificate = checked.certificate
    rows = []
    for square, fact in zip(certificate.squares, facts.squares, strict=True):
        norm = rf"\mathbb E\|{write.vector(square.argument)}\|^2"
        rows.append((scaled(tidied(square.weight), norm), fact))
    for (weight, quantity), fact in zip(certificate.bounded, facts.bounded, strict=True):
        shown = write.expression(quantity.expression)
        rows.append((scaled(tidied(sp.sympify(weight)), shown), fact))
    for (atom, coefficient), fact in zip(checked.rest.items(), facts.rest, strict=True):
        rows.append((write.expression(Expression({atom: coefficient})), fact))
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
    """The summands of a certificate, in words."""
    certificate = checked.certificate
    parts = []
    if certificate.using:
        parts.append("right-hand side minus left-hand side of the inequalities, each times its")
        parts[-1] += " multiplier"
    if certificate.squares or certificate.bounded or checked.rest.coefficients:
        parts.append("the terms listed after them" if parts else "the terms listed")
    many = len(certificate.forms) > 1
    parts += [f"$Q_{{{i + 1}}}$" if many else "$Q$" for i in range(len(certificate.forms))]
    return conjunction(parts) or "nothing"


def _update(theorem: Theorem, write: Writer) -> str:
    """How the next state comes from the present one, in the vectors of the proof."""
    now, following = theorem.transition.now.vectors(), theorem.transition.next.vectors()
    state = {v for name, after in following.items() for v in (after, after - now[name])}
    others = {v: name for v, name in write.names.items() if v not in state}
    averages = {v: write.names[v] for n, v in following.items() if n == "v" and v in write.names}
    shown = []
    for name, after in following.items():
        step = after - now[name]
        # The change where the old value cancels, else the new value.
        told = step if len(step.coefficients) < len(after.coefficients) else after
        if told in write.names:
            known = {**others, **averages} if name == "x" else {}
            shown.append(f"${write.names[told]}={_made(told, Writer(known, write.infimum))}$")
    for vector, name in others.items():
        known = {v: n for v, n in others.items() if v != vector}
        plain = Writer({**averages, **known} if "overline" not in name else {}, write.infimum)
        if "overline" not in name:
            shown.append(f"${name}={plain.vector(vector)}$")
    return conjunction(shown)


def _made(vector: Vector, write: Writer) -> str:
    """The vector as a multiple of what has a name, if it is one."""
    for named_vector, name in write.names.items():
        factor = ratio(vector, named_vector)
        if factor is not None:
            return scaled(factor, name)
    return write.vector(vector)


def _orthogonal(theorem: Theorem) -> str:
    drawn = dict.fromkeys(_drawn(theorem))
    if not drawn:
        return ""
    told = [
        rf"$\mathbb E\langle {name},u\rangle=0$ for every $u$ known before ${name}$ is drawn"
        for name in drawn
    ]
    return f", with {conjunction(told)} (tower rule)"


def _drawn(theorem: Theorem) -> Iterator[str]:
    """What is drawn in a step with mean zero, as it is written."""
    t = theorem.transition
    made = [t.estimate, *t.next.vectors().values(), *(signs for _, _, signs in t.signed)]
    for vector in made:
        for basis in _within(vector):
            if basis.zero_mean:
                yield basis.latex


def _within(vector: Vector) -> Iterator[Basis]:
    """What the vector is made of, also under means, signs, directions and projections."""
    for basis in vector.coefficients:
        of = basis.of if isinstance(basis, MeanOf) and basis.of is not None else basis
        if isinstance(of, SignOf | UnitOf | Projected) and of.argument is not None:
            yield from _within(of.argument)
        else:
            yield of


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
            lines[-1] += rf" &\qquad&\text{{{reason}}}"
        elif reason and before + size + 0.8 * width(reason) < LINE - 6:
            lines[-1] += rf"\qquad\text{{{reason}}}"
        elif reason:
            lines.append(rf"&\qquad\text{{{reason}}}")
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"
