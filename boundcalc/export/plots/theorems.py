"""The picture of theorems side by side: their best bounds against gradient calls."""

from __future__ import annotations

import os
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from boundcalc.bounds.rates.rate import BUDGET
from boundcalc.comparison.theorems import Contest
from boundcalc.export.plots.figure import COLOURS, DASHES, GREY, plain_text, readable, write_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE = (7.6, 4.8)


def plot_contest(contest: Contest, path: str | os.PathLike[str]) -> None:
    """Draw the contest into a file; see :func:`boundcalc.export.plots.figure.write_figure`."""
    write_figure(path, _SIZE, lambda figure: draw(figure, contest))


def draw(figure: Figure, contest: Contest) -> None:
    """Draw it on an empty figure."""
    axes = figure.add_subplot()
    able = [result for result in contest.results if not result.reason]
    for result, colour, dashes in zip(able, cycle(COLOURS), cycle(DASHES), strict=False):
        label = plain_text(result.candidate.label)
        if result.rate is not None and not result.rate.linear:
            label += f", predicted $N^{{{result.rate.decay[BUDGET]}}}$"
        shown = np.where(np.isfinite(result.curve) & (result.curve > 0), result.curve, np.nan)
        axes.plot(
            contest.nodes, shown, color=colour, linestyle=dashes, linewidth=1.8, label=label
        )  # fmt: skip
    for i, crossover in enumerate(contest.crossovers):
        axes.plot(
            [crossover.calls], [crossover.bound], "o", markersize=9, color=GREY, fillstyle="none",
            label="crossover" if i == 0 else None,
        )  # fmt: skip
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("gradient calls $N$ of one worker")
    quantity = contest.quantity
    axes.set_ylabel(f"best bound on {readable(quantity.latex, quantity.text)}", fontsize=12)
    axes.grid(True, which="major", alpha=0.3, linewidth=0.6)
    if able:
        axes.legend(loc="best", fontsize=9, framealpha=0.9)
