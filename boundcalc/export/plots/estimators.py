"""The picture of a comparison: the least bounds against iterations and against bits."""

from __future__ import annotations

import os
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from boundcalc.comparison.curves import Unit
from boundcalc.comparison.estimators import Comparison
from boundcalc.export.plots.figure import (
    COLOURS,
    DASHES,
    GREY,
    measure_label,
    plain_text,
    write_figure,
)
from boundcalc.model.parameters import GAMMA

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (10.0, 4.8)
# A target farther from all curves than this is not shown.
_ROOM = 30.0
_LABELS: dict[Unit, str] = {"iterations": "iterations $K$", "bits": "bits sent by all workers"}


def plot_comparison(comparison: Comparison, path: str | os.PathLike[str]) -> None:
    """Draw the comparison into a file; see :func:`boundcalc.export.plots.figure.write_figure`."""
    write_figure(path, _SIZE, lambda figure: draw(figure, comparison))


def draw(figure: Figure, comparison: Comparison) -> None:
    """Draw it on an empty figure."""
    left, right = figure.subplots(1, 2, sharey=True)
    _draw(left, comparison, "iterations")
    _draw(right, comparison, "bits")
    theorem = comparison.outcomes[0].contender.theorem
    left.set_ylabel(f"bound on {measure_label(theorem.step.measure)}", fontsize=12)
    figure.suptitle(_title(comparison), fontsize=10.5)
    handles, labels = left.get_legend_handles_labels()
    if handles:
        columns = min(len(handles), 4)
        figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=9)


def _draw(axes: Axes, comparison: Comparison, axis: Unit) -> None:
    """One panel: a curve for each contender, with its limit, and where it is at the aim."""
    bottom, top = _range(comparison)
    answers = {a.contender.label: a for a in comparison.answers}
    for curve, colour, dashes in zip(
        comparison.curves, cycle(COLOURS), cycle(DASHES), strict=False
    ):
        x, label = curve.along(axis), curve.contender.label
        bounds = np.where(curve.bounds > 0, curve.bounds, np.nan)
        axes.plot(x, bounds, color=colour, linestyle=dashes, linewidth=1.8, label=plain_text(label))
        if curve.limit > bottom:
            axes.axhline(curve.limit, color=colour, linestyle=":", linewidth=0.9, alpha=0.8)
        if label in answers:
            at = answers[label].iterations * curve.per(axis)
            axes.plot([at], [answers[label].bound.value], "o", color=colour, markersize=5)
    if comparison.target is not None:
        name = f"target {comparison.target:.4g}"
        axes.axhline(comparison.target, color=GREY, linewidth=1.0, zorder=1, label=name)
    for crossing in comparison.crossings:
        if crossing.axis == axis:
            axes.plot(
                [crossing.at], [crossing.bound], "o", markersize=9, color=GREY, fillstyle="none"
            )
    if axis == "iterations":
        if any(curve.limit > bottom for curve in comparison.curves):
            axes.plot([], [], color=GREY, linestyle=":", label="bound as $K\\to\\infty$")
        if comparison.crossings:
            axes.plot(
                [], [], "o", markersize=9, color=GREY, fillstyle="none", label="crossover",
            )  # fmt: skip
    axes.set(xscale="log", yscale="log", ylim=(bottom, top), xlim=_sides(comparison, axis))
    axes.set_xlabel(_LABELS[axis])
    axes.grid(True, which="major", alpha=0.3, linewidth=0.6)


def _range(comparison: Comparison) -> tuple[float, float]:
    """Limits of the vertical axis: from the least bound of interest to the largest there is."""
    values = np.concatenate([*(c.bounds for c in comparison.curves), np.empty(0)])
    values = values[np.isfinite(values) & (values > comparison.ends[2])]
    if not len(values):
        return 0.1, 10.0
    low, high = float(values.min()), float(values.max())
    target = comparison.target
    if target is not None and low / _ROOM < target < high * _ROOM:
        low, high = min(low, target), max(high, target)
    return low / 1.6, high * 1.6


def _sides(comparison: Comparison, axis: Unit) -> tuple[float, float]:
    """Limits of the horizontal axis, in which the first iteration of every contender lies."""
    end = comparison.ends[0 if axis == "iterations" else 1]
    start = min((curve.per(axis) for curve in comparison.curves), default=1.0)
    return start / 1.1, max(end, 2 * start) * 1.1


def _title(comparison: Comparison) -> str:
    theorem = comparison.outcomes[0].contender.theorem
    theorem = theorem.base or theorem
    curves = [c.contender for c in comparison.curves]
    fixed = [GAMMA.name in one.given for one in curves]
    how = "least bound over the step size"
    if any(fixed):
        how = "bound at the given step size" if all(fixed) else f"{how}, where none is given,"
    if comparison.target is None:
        aim = f"dots: after K = {comparison.horizon}"
    else:
        aim = (
            "dots: where the target is reached"
            if comparison.answers
            else "the target is not reached"
        )
    return f"{theorem.name}: {how} for each $K$\n{aim}"
