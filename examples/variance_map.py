"""The picture of `variance_reduction.py`: where a theorem's bound is the least."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from variance_questions import Array, Question

# The ratio from which on the colour no longer changes, and ratios with a line.
DARKEST, LEVELS = 8.0, (0.25, 0.5, 0.7, 1.5, 3)
TICKS = (0.125, 0.25, 0.5, 1, 2, 4, 8)


@dataclass(frozen=True)
class Answer:
    """What was found for a question.

    ``own`` are bounds of the theorem (y, x, nodes), ``rivals`` those of the others (rivals, y, x,
    nodes), ``calls`` the numbers of calls from which on its own is the least (y, x), infinite where
    there are none.
    """

    question: Question
    own: Array
    rivals: Array
    calls: Array

    @property
    def ratio(self) -> Array:
        """Of its own bound to the least of the others (y, x, nodes)."""
        return np.asarray(self.own / self.rivals.min(axis=0))


def draw(
    answers: Sequence[Answer], nodes: Sequence[int], horizons: Sequence[int], target: Path
) -> None:
    """A row for each question: where the crossover is, then the ratio at each number of calls."""
    columns = 1 + len(horizons)
    figure = Figure(figsize=(4.3 * columns, 4.1 * len(answers)), layout="constrained")
    FigureCanvasAgg(figure)
    rows = np.atleast_1d(figure.subfigures(len(answers), 1))
    for row, answer in zip(rows, answers, strict=True):
        row.suptitle(f"{answer.question.title} (dashed: leading terms)", fontsize=11)
        first, *others = row.subplots(1, columns, sharex=True, sharey=True)
        _crossovers(first, answer, nodes)
        for axes, N in zip(others, horizons, strict=True):
            _ratios(axes, answer.question, answer.ratio[..., nodes.index(N)], N)
        bar = row.colorbar(others[-1].collections[0], ax=others, extend="both")
        bar.set_label("below 1: it pays")
        bar.set_ticks(TICKS, labels=[f"{v:g}" for v in TICKS])
        bar.minorticks_off()
        for axes in (first, *others):
            axes.set(xscale="log", yscale="log", xlabel=answer.question.x.label)
            axes.xaxis.label.set_size(9)
    figure.savefig(target, dpi=80)


def _crossovers(axes: Axes, answer: Answer, nodes: Sequence[int]) -> None:
    question = answer.question
    x, y = question.x.values, question.y.values
    calls = np.where(np.isfinite(answer.calls), answer.calls, np.nan)
    mesh = axes.pcolormesh(x, y, calls, norm=LogNorm(nodes[0], nodes[-1]), cmap="viridis")
    powers = [p for p in range(3, 12, 2) if np.nanmin(calls) < 10**p < np.nanmax(calls)]
    if powers:
        lines = axes.contour(x, y, np.log10(calls), powers, colors="w", linewidths=1.2)
        axes.clabel(lines, fmt=lambda power: f"$10^{{{power:.0f}}}$", fontsize=9)
    # Leading terms of one power of N meet at all N or at none.
    _dashed(axes, question, powers if question.power else [0.0], "w" if question.power else "k")
    axes.set_facecolor("0.8")
    axes.set_title(f"its bound is the least from N = ... on\n(grey: not by {nodes[-1]:.0e})")
    axes.set_ylabel(f"{question.y.label}\n({question.theorem})")
    axes.figure.colorbar(mesh, ax=axes, label="gradient calls $N$")


def _ratios(axes: Axes, question: Question, values: Array, N: int) -> None:
    x, y = question.x.values, question.y.values
    axes.pcolormesh(x, y, values, norm=LogNorm(1 / DARKEST, DARKEST), cmap="PuOr_r")
    levels = sorted(v for v in (*LEVELS, 1) if values.min() < v < values.max())
    if levels:
        widths = [2.2 if v == 1 else 0.7 for v in levels]
        lines = axes.contour(x, y, values, levels, colors="k", linewidths=widths)
        axes.clabel(lines, fmt="%g", fontsize=8)
    _dashed(axes, question, [math.log10(N)], "k")
    axes.set_title(f"ratio to the least of the others\nat $N = 10^{{{math.log10(N):.3g}}}$")


def _dashed(axes: Axes, question: Question, powers: Sequence[float], colour: str) -> None:
    """Where the leading terms meet at these powers of 10."""
    x, y = question.x.values, question.y.values
    ratio = np.log10(question.leading_ratio())
    for power in powers:
        above = ratio - power * question.power
        if above.min() < 0 < above.max():
            axes.contour(x, y, above, [0.0], colors=colour, linestyles="--", linewidths=0.9)
