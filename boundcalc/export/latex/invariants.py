"""Invariants, bounded signs and cycles in the proof of a theorem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp

from boundcalc.export.latex.certificates import named, summands
from boundcalc.export.latex.expressions import Writer
from boundcalc.export.latex.layout import conjunction
from boundcalc.export.latex.names import writer
from boundcalc.export.latex.reasons import Reasons
from boundcalc.kernel.certificate import Checked
from boundcalc.kernel.cycles import POSITION, Invariant
from boundcalc.kernel.printing import latex
from boundcalc.model.theorem import Theorem


def invariants(
    theorem: Theorem, kept: Sequence[Checked | None], write: Writer, reasons: Reasons
) -> list[str]:
    """Return what holds at every step, and why a step keeps it."""
    lines: list[str] = []
    for invariant, checked in zip(theorem.step.invariants, kept, strict=True):
        assert checked is not None
        rises = theorem.step.cycle is not None and invariant.bound.has(POSITION)
        since = ", $j$ being the number of steps since $y$ was taken" if rises else ""
        lines += [
            "",
            rf"\emph{{Invariant.}} At every step ${_stated(theorem, invariant, write)}${since}."
            f" {_begun(theorem, invariant)} A step keeps it:",
            *summands(theorem, checked, write, reasons),
            rf"The difference of the two sides of ${_next(theorem, invariant, write)}$ is the sum"
            f" of {named(checked)}.",
        ]
        if rises:
            lines.append(
                r"A step that takes a snapshot has $x_k=y$ before it, and is covered by the bound"
                r" of one step at $j=0$."
            )
    return lines


def _stated(theorem: Theorem, invariant: Invariant, write: Writer) -> str:
    shown = write.turned(invariant.vector(theorem.transition.general))
    return str(invariant.rule_latex("holds", [shown]))


def _next(theorem: Theorem, invariant: Invariant, write: Writer) -> str:
    """Return the same after the step."""
    shown = write.turned(invariant.vector(theorem.transition.next))
    after = replace(invariant, bound=invariant.bound.subs(POSITION, POSITION + 1))
    return str(after.rule_latex("holds", [shown]))


def _begun(theorem: Theorem, invariant: Invariant) -> str:
    """Return why it holds at the start."""
    first = invariant.vector(theorem.first.state)
    if not first.coefficients:
        return "At the start the left side is zero."
    return "At the start it is what is assumed of the first estimates."


def bounded_signs(theorem: Theorem) -> list[str]:
    """Check that stochastic signs are taken of what their radius holds."""
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
    """Return the certificate of the step that takes a snapshot."""
    return [
        "",
        rf"\emph{{The step that takes a snapshot.}} There $y=x_k$ and $j=0$, and~\eqref{{{label}}}"
        " is proved by itself.",
        *summands(theorem, checked, writer(theorem, theorem.first_of_cycle), reasons),
        f"The difference of the two sides is the sum of {named(checked)}.",
    ]


def cycle(theorem: Theorem) -> list[str]:
    """Return why the mean of the errors over a cycle counts."""
    if theorem.step.cycle is None:
        return []
    length = latex(theorem.step.cycle.length)
    return [
        r"Here $e$ depends on $j$. No error falls with $j$, so that over any number of steps their"
        rf" mean is at most that over $j=0,\dots,{length}-1$, which takes the place of $e$."
    ]
