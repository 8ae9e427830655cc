"""The proof of a theorem in an estimator's constants: the theorem it rests on, and moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sympy as sp

from boundcalc.export.latex.expressions import Writer, joined, scaled
from boundcalc.export.latex.layout import LINE, chain, conjunction, display, escaped, width
from boundcalc.export.latex.lemmas import lemma_lines
from boundcalc.export.latex.orientation import oriented_for
from boundcalc.kernel.algebra import Vector, vector
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.certificate import Checked, Inequality
from boundcalc.kernel.passes import Shuffled
from boundcalc.kernel.printing import latex
from boundcalc.model.estimator import FOUR, POINT, Estimator
from boundcalc.model.gradients import Gradients
from boundcalc.model.parameters import SMOOTHNESS
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.estimators import moment, noise_moment, smooth

ESTIMATE = r"\tilde g_k-\nabla f(x_k)"


def composed_proof(theorem: Theorem, base: Theorem, estimator: Estimator) -> str:
    """Return the proof environment; the base theorem is cited by its label.

    Raises :class:`ProofError` where a moment, or a constant, is not proved.
    """
    with oriented_for(theorem):
        return _composed_proof(theorem, base, estimator)


def _composed_proof(theorem: Theorem, base: Theorem, estimator: Estimator) -> str:
    if base.gradients is Gradients.MESSAGES:
        return "\n".join(_compressor_proof(theorem, base, estimator))
    parts = [
        rf"\begin{{proof}}[Proof of Theorem~\ref{{thm:{theorem.name}}}]",
        rf"Theorem~\ref{{thm:{base.name}}} holds for all $B$, $C$, $M$ and $\sigma^2$.",
        *_estimated(estimator, _kind(estimator)),
    ]
    for variant in estimator.alternatives:
        parts += ["", rf"\medskip\noindent\emph{{Or, with {escaped(variant.variant)}.}}"]
        if variant.of is not None and variant.of is estimator.of:
            # Another constant of the same compressor: the moment is the one above.
            parts += [f"Here ${_equations(variant.implied)}$.", *lemma_lines(variant)]
        else:
            parts += _estimated(variant, "The error is the same.")
    if estimator.smoothness is not None:
        parts += _smooth(estimator)
    return "\n".join([*parts, r"\end{proof}"])


def _compressor_proof(theorem: Theorem, base: Theorem, estimator: Estimator) -> Iterator[str]:
    """Yield the theorem holds for every unbiased compressor; this is one, with its constant."""
    yield rf"\begin{{proof}}[Proof of Theorem~\ref{{thm:{theorem.name}}}]"
    yield rf"Theorem~\ref{{thm:{base.name}}} holds for every unbiased compressor. It remains to"
    yield rf"show that this is one with ${_equations(estimator.implied)}$."
    yield from lemma_lines(estimator)
    for variant in estimator.alternatives:
        yield ""
        yield rf"\medskip\noindent\emph{{Or, with {escaped(variant.variant)}.}}"
        yield f"Here ${_equations(variant.implied)}$."
        yield from lemma_lines(variant)
    yield r"\end{proof}"


def _kind(estimator: Estimator) -> str:
    if estimator.unbiased:
        return f"All of the error ${ESTIMATE}$ is noise: its mean is zero."
    if estimator.noise is None:
        return f"All of the error $b_k={ESTIMATE}$ counts as bias, with $z_k=0$."
    return (
        f"The error is ${ESTIMATE}=b_k+z_k$, where $b_k$ is bias, and $z_k$ is noise whose mean"
        " given $b_k$ is zero."
    )


def _estimated(estimator: Estimator, opening: str) -> Iterator[str]:
    """Yield the four numbers, and why they are those."""
    general = estimator.of or estimator
    write = Writer(general.names(POINT))
    yield f"{opening} With"
    yield display([f"{latex(s)}={latex(estimator.formulas[s])}" for s in FOUR], ",")
    if estimator.implied:
        yield f"where ${_equations(estimator.implied)}$,"
    yield "it remains to show that"
    error = ESTIMATE if estimator.noise is None else "b_k"
    bound = []
    if general.relative != 0:
        bound.append(scaled(general.relative, r"\mathbb E\|\nabla f(x_k)\|^2"))
    bound += [latex(part) for part in general.origins.values()]
    yield _claim(error, bound or ["0"])
    yield (
        "Expectations include the mean over what is drawn at random (a worker, a task, a"
        " component), and a bar denotes the mean over all of them. Here"
    )
    yield from _shown(error, general.error, moment(estimator), write)
    if general.noise is not None and general.noise_part is not None:
        yield "Likewise,"
        yield _claim("z_k", [latex(part) for part in general.noise.origins.values()])
        yield "where"
        yield from _shown("z_k", general.noise_part, noise_moment(estimator), write)
    if estimator.lemma is not None:
        yield from lemma_lines(estimator)


def _equations(values: Mapping[sp.Symbol, sp.Expr]) -> str:
    return r",\ ".join(f"{latex(s)}={latex(e)}" for s, e in values.items())


def _claim(error: str, bound: Sequence[str]) -> str:
    return "\\[\n" + chain(rf"\mathbb E\|{error}\|^2", r"\le", bound, ".") + "\n\\]"


def _shown(error: str, vector: Vector, checked: Checked, write: Writer) -> Iterator[str]:
    made = dict.fromkeys(m for _, i in checked.certificate.using if (m := _made(i, write)))
    yield f"\\[\n{error}={write.vector(vector)}{',' if made else '.'}\n\\]"
    if made:
        yield f"where {conjunction([f'${equation}$' for equation in made])}."
    yield from _pass(checked)
    yield from _summands(checked, write)


# What a rule says beside its inequality: what one of its vectors is.
_BESIDE = ",\\quad "


def _made(inequality: Inequality, write: Writer) -> str:
    """Return what a vector of the inequality is, where its assumption says so beside it."""
    return _whole(inequality, write).partition(_BESIDE)[2]


def _pass(checked: Checked) -> Iterator[str]:
    """Yield the way of a pass, of which its inequalities speak in two parts."""
    for _, instance in checked.certificate.using:
        if isinstance(instance, Instance) and isinstance(instance.assumption, Shuffled):
            f, m = instance.assumption.f.name, latex(instance.assumption.m)
            step = rf"\frac{{{latex(instance.assumption.gamma)}}}{{{m}}}"
            yield (
                r"For a moment $i$ of the pass drawn at random, put"
                rf" $p=-{step}\sum_{{j<i}}\nabla {f}_{{\pi_j}}(x_k)$ and $r=x^i-x_k-p$."
            )
            return


def _smooth(estimator: Estimator) -> list[str]:
    """Return why f is smooth with the implied constant."""
    assert estimator.smoothness is not None
    x, y = vector("x", "x"), vector("y", "y")
    write = Writer({})
    L = latex(SMOOTHNESS.symbol)
    change = write.vector(estimator.change(x, y))
    return [
        "",
        rf"\medskip\noindent\emph{{Smoothness.}} Last, $f$ is ${L}$-smooth, where"
        rf" ${L}={latex(estimator.implied[SMOOTHNESS.symbol])}$: $\nabla f(x)-\nabla f(y)$ is the"
        " mean over the tasks of",
        f"\\[\n{change},\n\\]",
        rf"so that its squared norm is at most the mean of theirs, which is to be at most"
        rf" ${L}^2\|x-y\|^2$.",
        *_parts(smooth(estimator), write),
        *_summands(smooth(estimator), write),
    ]


def _parts(checked: Checked, write: Writer) -> Iterator[str]:
    made = dict.fromkeys(m for _, i in checked.certificate.using if (m := _made(i, write)))
    if made:
        yield f"Here {conjunction([f'${equation}$' for equation in made])}."


def _summands(checked: Checked, write: Writer) -> Iterator[str]:
    """Yield the difference of the two sides, summand by summand."""
    rows = []
    for multiplier, instance in checked.certificate.using:
        times = scaled(sp.sympify(multiplier), "", positive=True)
        rows.append((times, _written(instance, write)))
    names = dict.fromkeys(escaped(instance.name) for _, instance in checked.certificate.using)
    squares = [
        scaled(square.weight, rf"\mathbb E\|{write.turned(square.argument)}\|^2", positive=True)
        for square in checked.certificate.squares
    ]
    rest = [write.expression(checked.rest)] if checked.rest.coefficients else []
    if not rows:
        yield "Both sides are equal."
        return
    yield (
        f"The difference of the two sides is the sum of {conjunction(list(names))}, with the"
        " non-negative multipliers on the left,"
    )
    yield "\\begin{align*}\n" + "\\\\\n".join(_rows(rows)) + "\n\\end{align*}"
    if squares or rest:
        yield "and of"
        yield "\\begin{gather*}\n" + "\\\\\n".join([*squares, *rest]) + ".\n\\end{gather*}"
    yield "Every summand is non-negative, and multiplying out shows the identity."


def _rows(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Multipliers on the left of inequalities, or above them where both do not fit a line."""
    wide = max(width(m) for m, _ in rows) + max(width(i) for _, i in rows) > LINE - 5
    for multiplier, inequality in rows:
        if wide:
            yield rf"&{multiplier}:\\&\qquad {inequality}"
        else:
            yield rf"{multiplier} &:\quad {inequality}"


def _written(instance: Inequality, write: Writer) -> str:
    return _whole(instance, write).partition(_BESIDE)[0]


def _whole(instance: Inequality, write: Writer) -> str:
    if isinstance(instance, Instance):
        points = [write.vector(argument) for argument in instance.arguments]
        shown = instance.assumption.rule_latex(instance.rule, points)
        if shown is not None:
            return shown
    left, right = write.inequality(instance.expression)
    return rf"{left}\le {joined(right)}"
