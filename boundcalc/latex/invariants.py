"""Invariants, bounded signs and cycles in the proof of a theorem."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from boundcalc.kernel.certificate import Checked
from boundcalc.kernel.cycles import Invariant
from boundcalc.latex.certificates import named, summands
from boundcalc.latex.expressions import Writer, writer
from boundcalc.latex.layout import conjunction
from boundcalc.latex.reasons import Reasons
from boundcalc.model import Theorem
from boundcalc.writing import latex

__all__ = ["bounded_signs", "cycle", "first_step", "invariants"]


def invariants(
    theorem: Theorem, kept: Sequence[Checked | None], write: Writer, reasons: Reasons
) -> list[str]:
    """What holds at every step, and why a step keeps it."""
    lines: list[str] = []
    for invariant, checked in zip(theorem.step.invariants, kept, strict=True):
        assert checked is not None
        since = ""
        if (
            theorem.step.cycle is not None
            and invariant.bound != invariant.at_position(sp.S.Zero).bound
        ):
            since = ", $j$ being the number of steps since $y$ was taken"
        lines += [
            "",
            rf"\emph{{Invariant.}} At every step ${_stated(theorem, invariant, write)}${since}."
            " It holds at the start, and a step keeps it.",
            *summands(theorem, checked, write, reasons),
            f"The sum of {named(checked)} is what the bound after the step leaves.",
        ]
        if since:
            lines.append(r"After the step that takes a snapshot, $x_{k+1}-y$ is that step alone.")
    return lines


def _stated(theorem: Theorem, invariant: Invariant, write: Writer) -> str:
    vector = invariant.vector(theorem.transition.now)
    quantity = write.expression(invariant.quantity(vector))
    return rf"{quantity}\le {latex(invariant.bound)}"


def bounded_signs(theorem: Theorem) -> list[str]:
    """That stochastic signs are taken of what their radius holds."""
    signed = theorem.transition.signed
    if not signed:
        return []
    radii = conjunction([f"${latex(sp.sympify(radius))}$" for _, radius, _ in signed])
    return [
        "",
        r"\emph{Stochastic signs.} They are taken of vectors whose coordinates do not exceed"
        f" {radii}, by the bounds assumed, the triangle inequality, and because a mean of signs"
        " is within 1.",
    ]


def first_step(theorem: Theorem, checked: Checked, reasons: Reasons, label: str) -> list[str]:
    """The certificate of the step that takes a snapshot."""
    return [
        "",
        rf"\emph{{The step that takes a snapshot.}} There $y=x_k$ and $j=0$, and~\eqref{{{label}}}"
        " is proved by itself.",
        *summands(theorem, checked, writer(theorem, theorem.first_of_cycle), reasons),
        f"The difference of the two sides is the sum of {named(checked)}.",
    ]


def cycle(theorem: Theorem) -> list[str]:
    """Why the mean of the errors over a cycle counts."""
    if theorem.step.cycle is None:
        return []
    length = latex(theorem.step.cycle.length)
    return [
        rf"No error falls with $j$, so that over any number of steps their mean is at most that"
        rf" over $j=0,\dots,{length}-1$, which is meant by $e$."
    ]
