"""The proof of a theorem in an estimator's constants: the theorem it rests on, and one moment."""

from __future__ import annotations

import sympy as sp

from boundcalc.estimator import FOUR, Estimator
from boundcalc.kernel.algebra import vector
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.certificate import Checked, Inequality
from boundcalc.latex.expressions import Writer, joined, scaled
from boundcalc.latex.layout import chain, conjunction, escaped
from boundcalc.model import Theorem
from boundcalc.writing import latex

__all__ = ["composed_proof"]

ESTIMATE = r"\tilde g_k-\nabla f(x_k)"


def composed_proof(theorem: Theorem, base: Theorem, estimator: Estimator) -> str:
    """The proof environment; the base theorem is cited by its label.

    Raises :class:`ProofError` where the estimator's moment is not proved.
    """
    checked = estimator.moment()
    general = estimator.of or estimator
    x, f = vector("x", "x_k"), general.function
    write = Writer(general.names(x))
    kind = "noise: its mean is zero" if estimator.unbiased else "bias, with $z_k=0$"
    four = ",\\quad ".join(f"{latex(s)}={latex(estimator.formulas[s])}" for s in FOUR)
    bound = []
    if general.relative != 0:
        bound.append(scaled(general.relative, r"\mathbb E\|\nabla f(x_k)\|^2"))
    bound += [latex(part) for part in general.origins.values()]
    parts = [
        rf"\begin{{proof}}[Proof of Theorem~\ref{{thm:{theorem.name}}}]",
        rf"Theorem~\ref{{thm:{base.name}}} holds for all $B$, $C$, $M$ and $\sigma^2$; all of the"
        rf" error ${ESTIMATE}$ is {kind}. With",
        f"\\[\n{four}\n\\]",
        *_implied(estimator),
        "it remains to show that",
        "\\[\n" + chain(rf"\mathbb E\|{ESTIMATE}\|^2", r"\le", bound, ".") + "\n\\]",
        "Here $i$ is a worker drawn at random, so that expectations include the mean over the"
        " workers, which a bar denotes. The error is",
        f"\\[\n{ESTIMATE}={write.vector(general.error(x, f))}.\n\\]",
        *_summands(checked, write),
        r"\end{proof}",
    ]
    return "\n".join(parts)


def _implied(estimator: Estimator) -> list[str]:
    if not estimator.implied:
        return []
    shown = ",\\quad ".join(f"{latex(s)}={latex(e)}" for s, e in estimator.implied.items())
    return [f"where ${shown}$,"]


def _summands(checked: Checked, write: Writer) -> list[str]:
    """The difference of the two sides, summand by summand."""
    rows = []
    for multiplier, instance in checked.certificate.using:
        rows.append(rf"{latex(sp.sympify(multiplier))} &:\quad {_written(instance, write)}")
    names = dict.fromkeys(escaped(instance.name) for _, instance in checked.certificate.using)
    squares = [
        scaled(square.weight, rf"\mathbb E\|{write.vector(square.argument)}\|^2")
        for square in checked.certificate.squares
    ]
    rest = [write.expression(checked.rest)] if checked.rest.coefficients else []
    lines = [
        f"The difference of the two sides is the sum of {conjunction(list(names))}, with the"
        " non-negative multipliers on the left,",
        "\\begin{align*}\n" + "\\\\\n".join(rows) + "\n\\end{align*}",
    ]
    if squares or rest:
        lines += ["and of", "\\[\n" + r",\qquad ".join([*squares, *rest]) + ".\n\\]"]
    return [*lines, "Every summand is non-negative, and multiplying out shows the identity."]


def _written(instance: Inequality, write: Writer) -> str:
    if isinstance(instance, Instance):
        points = [write.vector(argument) for argument in instance.arguments]
        shown = instance.assumption.rule_latex(instance.rule, points)
        if shown is not None:
            return shown
    left, right = write.inequality(instance.expression)
    return rf"{left}\le {joined(right)}"
