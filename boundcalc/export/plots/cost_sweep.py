"""The picture of what a target costs over a parameter: iterations and bits, and the thresholds."""

from __future__ import annotations

import math
import os
from itertools import cycle
from typing import TYPE_CHECKING

from boundcalc.comparison.communication import Complexity
from boundcalc.comparison.cost_sweep import TARGET, CostSweep
from boundcalc.comparison.cost_table import bits_of
from boundcalc.export.plots.figure import (
    COLOURS,
    DASHES,
    GREY,
    measure_label,
    parameter_label,
    plain_text,
    write_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (10.0, 4.8)


def plot_cost_sweep(answer: CostSweep, path: str | os.PathLike[str]) -> None:
    """Draw the costs into a file; see :func:`boundcalc.export.plots.figure.write_figure`."""
    write_figure(path, _SIZE, lambda figure: draw(figure, answer))


def draw(figure: Figure, answer: CostSweep) -> None:
    """Draw it on an empty figure."""
    left, right = figure.subplots(1, 2)
    rows = answer.outcomes
    iterations = [
        [o.iterations if isinstance(o, Complexity) else math.nan for o in row] for row in rows
    ]
    bits = [[_seen(bits_of(outcome)) for outcome in row] for row in rows]
    _draw(left, answer, iterations)
    _draw(right, answer, bits)
    _mark(right, answer)
    left.set_ylabel("iterations $K$")
    right.set_ylabel("bits sent by all workers")
    measure = measure_label(rows[0][0].contender.theorem.step.measure)
    aim = TARGET if answer.target is None else f"{answer.target:.4g}"
    figure.suptitle(f"{answer.theorem.name}: until the bound on {measure} is {aim}", fontsize=10.5)
    handles, labels = right.get_legend_handles_labels()
    columns = min(len(handles), 4)
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=9)


def _draw(axes: Axes, answer: CostSweep, table: list[list[float]]) -> None:
    """A curve for each contender, with a gap where the target is out of its reach."""
    columns = list(zip(*table, strict=True))
    for label, column, colour, dashes in zip(
        answer.labels, columns, cycle(COLOURS), cycle(DASHES), strict=False
    ):
        axes.plot(
            answer.axis.floats, column, color=colour, linestyle=dashes, marker="o", markersize=3.5,
            linewidth=1.6, label=plain_text(label),
        )  # fmt: skip
    axes.set(xscale="log" if answer.axis.log else "linear", yscale="log")
    theorems = [outcome.contender.theorem for outcome in answer.outcomes[0]]
    parameters = [p for theorem in theorems for p in theorem.parameters]
    axes.set_xlabel(parameter_label(parameters, answer.axis.name))
    axes.grid(True, which="major", alpha=0.3, linewidth=0.6)


def _mark(axes: Axes, answer: CostSweep) -> None:
    """Lines where the order in bits changes, and where the target goes out of reach."""
    for i, flip in enumerate(answer.flips):
        axes.axvline(
            flip.first, color=GREY, linestyle="-", linewidth=0.9, zorder=1,
            label="the order changes" if i == 0 else None,
        )  # fmt: skip
    for i, end in enumerate(answer.reaches):
        axes.axvline(
            end.first, color=GREY, linestyle=":", linewidth=1.4, zorder=1,
            label="end of reach" if i == 0 else None,
        )  # fmt: skip


def _seen(bits: float) -> float:
    return bits if 0 < bits < math.inf else math.nan
