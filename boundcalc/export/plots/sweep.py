"""The picture of a sweep: bound, mean and their ratio over a grid, with the admissible boundary."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from boundcalc.errors import UsageError
from boundcalc.exact.ranges import Range
from boundcalc.export.plots.figure import (
    BOUND,
    EXACT,
    MEAN,
    RESIDUAL,
    check_path,
    measure_label,
    parameter_label,
    plain_text,
    write_figure,
)
from boundcalc.model.parameters import GAMMA
from boundcalc.verify.sweep_results import DIVERGED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    from boundcalc.verify import Sweep

_CURVES, _MAPS = (7.2, 4.6), (13.0, 4.6)
_LONGEST = 110
# The part of the bounds, in percent, that the scale of the maps has colours for.
_HIGH = 95
_DIVERGED = "#4d004b"
_DIVERGE = f"runs diverge (beyond $10^{{{math.log10(DIVERGED):.0f}}}$)"
# Narrower than this, as a part of the mean, nobody sees a band.
_VISIBLE = 0.02
# How far above the largest bound a mean is still drawn.
_ABOVE = 1e3
# Values that have room to be written one by one.
_FEW = 6

Array = npt.NDArray[np.float64]


def check_plot(axes: int, path: str | os.PathLike[str]) -> None:
    """Raise :class:`UsageError` where a sweep over so many axes cannot be drawn into the file."""
    check_path(path)
    if axes > 2:
        raise UsageError(f"a sweep over one or two parameters can be drawn, not over {axes}")


def plot_sweep(sweep: Sweep, path: str | os.PathLike[str]) -> None:
    """Draw the sweep into a file, whose suffix (.png, .pdf, .svg) says the format.

    Over one parameter mean and bound are curves; over two they are maps, with their ratio beside.
    The file appears complete or not at all. Raises :class:`UsageError` for more parameters,
    another suffix, and where the file cannot be written.
    """
    check_plot(len(sweep.axes), path)
    write_figure(
        path, _MAPS if len(sweep.axes) == 2 else _CURVES, lambda figure: draw(figure, sweep)
    )


def draw(figure: Figure, sweep: Sweep) -> None:
    """Draw it on an empty figure."""
    maps = len(sweep.axes) == 2
    if maps:
        _maps(figure, sweep)
    else:
        _curves(figure.add_subplot(), sweep)
    figure.suptitle(_title(sweep), fontsize=10)


def _title(sweep: Sweep) -> str:
    told = {
        "holds": "the bound holds at every admissible point",
        "violated": "the bound is violated",
        "inconclusive": "inconclusive",
    }.get(sweep.verdict or "", "no point is admissible")
    run = f"{sweep.iterations:,} iterations, {sweep.trials:,} trials"
    lines = (
        f"{sweep.theorem.name} after {run}: {told}",
        plain_text(sweep.problem),
        plain_text(sweep.estimator),
    )
    return "\n".join(_shortened(line) for line in lines)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


# -- one parameter -----------------------------------------------------------------------------


def _curves(axes: Axes, sweep: Sweep) -> None:
    (axis,) = sweep.axes
    x = np.array(axis.floats)
    columns = {name: np.array(values) for name, values in sweep.columns().items()}
    bound, mean = (_shown(columns[name]) for name in ("bound", "mean"))
    known = np.isfinite(columns["upper"]) & (columns["lower"] > 0)
    wide = known & (columns["upper"] - columns["lower"] > _VISIBLE * columns["mean"])
    seen = len(x) > 1 and wide.any()
    axes.fill_between(
        x, columns["lower"], columns["upper"], where=known, color=MEAN, alpha=0.25, linewidth=0,
        label=f"{100 * sweep.level:g}% confidence band (all points together)" if seen else None,
    )  # fmt: skip
    for values, name, style in (
        (mean, "mean", {"color": MEAN, "marker": "o"}),
        (bound, "bound", {"color": BOUND, "marker": "s", "linewidth": 1.8}),
    ):
        if np.isfinite(values).any():
            axes.plot(x, values, markersize=3, label=name, **style)
    if np.isfinite(columns["exact"]).any():
        axes.plot(
            x, _shown(columns["exact"]), color=EXACT, linestyle=":", linewidth=1.6,
            label="exact mean",
        )  # fmt: skip
    edges = _edges(sweep, axis)
    left, right = edges[[0, -1]]
    for n, i in enumerate(np.flatnonzero(columns["diverged"])):
        axes.axvspan(
            edges[i], edges[i + 1], color=_DIVERGED, alpha=0.18, linewidth=0,
            label=_DIVERGE if n == 0 else None,
        )  # fmt: skip
    if axis.name == GAMMA.name and sweep.limits:
        (limit,) = sweep.limits.values()
        if left < limit < right:
            axes.axvline(
                limit, color=RESIDUAL, linestyle="--", linewidth=1.2,
                label=f"largest admissible step {limit:.4g}",
            )  # fmt: skip
    axes.set(xscale="log" if axis.log else "linear", yscale="log", xlim=(left, right))
    _name_values(axes.xaxis, axis)
    if np.isfinite(bound).any() and np.isfinite(mean).any():
        # What is about to diverge does not squeeze the rest.
        top = _ABOVE * np.nanmax(bound)
        if np.nanmax(mean) > top:
            axes.set_ylim(min(np.nanmin(bound), np.nanmin(mean)) / 2, top)
    axes.set_xlabel(parameter_label(sweep.theorem.parameters, axis.name))
    axes.set_ylabel(measure_label(sweep.theorem.step.measure), fontsize=12)
    axes.grid(True, which="major", alpha=0.3, linewidth=0.6)
    axes.legend(loc="best", fontsize=8.5, framealpha=0.9)


# -- two parameters ----------------------------------------------------------------------------


def _maps(figure: Figure, sweep: Sweep) -> None:
    from matplotlib.colors import LogNorm

    across, up = sweep.axes
    shape = (len(across.values), len(up.values))
    table = {n: np.array(v).reshape(shape).T for n, v in sweep.columns().items()}
    bound, mean, ratio = (_shown(table[name]) for name in ("bound", "mean", "ratio"))
    norm = _scale(bound, mean)
    parts = ratio[np.isfinite(ratio)]
    low = float(parts.min()) if len(parts) else 0.1
    within = LogNorm(min(low, 0.5), max(1.0, float(parts.max(initial=0.0))))
    panels: list[Any] = list(figure.subplots(1, 3, sharex=True, sharey=True))
    measure = measure_label(sweep.theorem.step.measure)
    edges = _edges(sweep, across), _edges(sweep, up)
    for axes, cells, title, scale in zip(
        panels,
        (bound, mean, ratio),
        (f"bound on {measure}", "simulated mean", "mean / bound"),
        (norm, norm, within),
        strict=True,
    ):
        drawn = axes.pcolormesh(
            *edges, cells, norm=scale, rasterized=True,
            cmap="viridis" if scale is norm else "magma",
        )  # fmt: skip
        axes.set_facecolor("#e8e8e8")
        _hatch(axes, *edges, table["diverged"] > 0)
        _boundary(axes, sweep, table["admissible"])
        axes.set(xscale="log" if across.log else "linear", yscale="log" if up.log else "linear")
        _name_values(axes.xaxis, across)
        _name_values(axes.yaxis, up)
        axes.set(xlim=edges[0][[0, -1]], ylim=edges[1][[0, -1]])
        axes.set_title(title, fontsize=10)
        axes.set_xlabel(parameter_label(sweep.theorem.parameters, across.name))
        figure.colorbar(drawn, ax=axes, extend="max" if scale is norm else "neither")
    panels[0].set_ylabel(parameter_label(sweep.theorem.parameters, up.name))
    handles, labels = panels[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9)


def _scale(bound: Array, mean: Array) -> LogNorm:
    """Return one scale for both, in which what is about to diverge does not squeeze the rest."""
    from matplotlib.colors import LogNorm

    both = np.concatenate([bound[np.isfinite(bound)], mean[np.isfinite(mean)]])
    if not len(both):
        return LogNorm(0.1, 1.0)
    claimed = bound[np.isfinite(bound)]
    top = np.percentile(claimed if len(claimed) else both, _HIGH)
    return LogNorm(both.min(), max(top, 1.01 * both.min()))


def _hatch(axes: Axes, x: Array, y: Array, mask: npt.NDArray[np.bool_]) -> None:
    """Mark the cells where runs diverge; those without a colour stay grey behind it."""
    from matplotlib.patches import Rectangle

    for n, (j, i) in enumerate(np.argwhere(mask)):
        cell = Rectangle((x[i], y[j]), x[i + 1] - x[i], y[j + 1] - y[j])
        cell.set(fill=False, hatch="xx", edgecolor=_DIVERGED, linewidth=0)
        if n == 0:
            cell.set_label(_DIVERGE)
        axes.add_patch(cell)


def _boundary(axes: Axes, sweep: Sweep, admissible: npt.NDArray[np.bool_]) -> None:
    """Draw the theorem's boundary: the largest admissible step, or where such points end."""
    across, up = sweep.axes
    style: dict[str, Any] = {"color": BOUND, "linewidth": 2.0}
    label = "boundary of what the theorem admits"
    if sweep.limits:
        others, steps = np.array(list(sweep.limits)), np.array(list(sweep.limits.values()))
        finite = np.isfinite(steps) & (steps > 0)
        line = (steps[finite], others[finite])
        if finite.any():
            axes.plot(*(line if across.name == GAMMA.name else line[::-1]), **style, label=label)
    elif admissible.any() and not admissible.all():
        axes.contour(
            across.floats, up.floats, admissible.astype(float), levels=[0.5], colors=[BOUND],
            linewidths=2.0,
        )  # fmt: skip
        axes.plot([], [], **style, label=label)


def _name_values(drawn: Any, axis: Range) -> None:
    """Write the values themselves at an axis of Matplotlib, where they are few."""
    from matplotlib.ticker import NullLocator

    if len(axis.values) <= _FEW:
        drawn.set_ticks(axis.floats, labels=[f"{value:.4g}" for value in axis.floats])
        drawn.set_minor_locator(NullLocator())


def _edges(sweep: Sweep, axis: Range) -> Array:
    """Return where the cells of the values end, within what the parameter can be."""
    x = np.array(axis.floats)
    if len(x) == 1:
        ends = np.array([x[0] - 0.5, x[0] + 0.5])
    else:
        scaled = np.log(x) if axis.log else x
        middle = (scaled[1:] + scaled[:-1]) / 2
        outer = 2 * scaled[0] - middle[0], 2 * scaled[-1] - middle[-1]
        ends = np.array([outer[0], *middle, outer[1]])
        ends = np.exp(ends) if axis.log else ends
    known = next((p for p in sweep.theorem.parameters if p.name == axis.name), None)
    if known is None or known.whole:
        return ends
    low, high = (
        float(end) if end is not None and end.is_number else None
        for end in (known.domain.lower, known.domain.upper)
    )
    return np.clip(ends, low, high)


def _shown(values: Array) -> Array:
    """Return what a logarithmic scale has a place for."""
    with np.errstate(invalid="ignore"):
        kept: Array = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    return kept
