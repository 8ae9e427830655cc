"""The picture of a verification: the simulated mean with its confidence band under the bound."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from boundcalc.export.plots.figure import (
    BOUND,
    EXACT,
    MEAN,
    RESIDUAL,
    measure_label,
    plain_text,
    shortened,
    write_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from boundcalc.verify import Verification

_SIZE = (7.2, 4.6)
# Decades shown below the least value that matters, where a limit is 0 or far below.
_ROOM = 3.0
Array = npt.NDArray[np.float64]


def plot(verification: Verification, path: str | os.PathLike[str]) -> None:
    """Draw the verification into a file; see :func:`boundcalc.export.plots.figure.write_figure`."""
    write_figure(path, _SIZE, lambda figure: draw(figure, verification))


def draw(figure: Figure, verification: Verification) -> None:
    """Draw it on an empty figure."""
    _draw(figure.add_subplot(), verification)


def _draw(axes: Axes, verification: Verification) -> None:
    # A logarithmic axis has no place for k = 0, where the bound says nothing of the method.
    shown = [c for c in verification.checkpoints if c.k > 0]
    k = np.array([c.k for c in shown], dtype=float)
    mean, lower, upper, bound = (
        np.array([getattr(c, name) for c in shown], dtype=float)
        for name in ("mean", "lower", "upper", "bound")
    )
    bottom, top = _range(mean, bound, verification.residual)
    level = f"{100 * verification.level:g}%"
    if (lower < upper).any():
        axes.fill_between(
            k,
            np.clip(lower, bottom, top),
            np.clip(upper, bottom, top),
            color=MEAN,
            alpha=0.25,
            linewidth=0,
            label=f"{level} confidence band (all checkpoints together)",
        )
    finite = np.where((mean > 0) & np.isfinite(mean), mean, np.nan)
    axes.plot(k, finite, color=MEAN, marker="o", markersize=3, label=_mean_label(verification))
    exact = np.array([np.nan if c.exact is None else c.exact for c in shown])
    if np.isfinite(exact).any():
        drawn = np.where(exact > 0, exact, np.nan)
        axes.plot(k, drawn, color=EXACT, linestyle=":", linewidth=1.6, zorder=5, label="exact mean")
    axes.plot(k, bound, color=BOUND, linewidth=1.8, label="bound")
    if verification.residual > bottom:
        axes.axhline(
            verification.residual,
            color=RESIDUAL,
            linestyle="--",
            linewidth=1.1,
            label=f"bound in the limit: {verification.residual:.3g}",
        )
    axes.set(xscale="log", yscale="log", ylim=(bottom, top), xlim=_sides(k))
    axes.set_xlabel("iterations $K$")
    axes.set_ylabel(measure_label(verification.theorem.step.measure), fontsize=12)
    axes.set_title(_title(verification), fontsize=9.5)
    axes.grid(True, which="major", alpha=0.3, linewidth=0.6)
    axes.legend(loc="best", fontsize=8.5, framealpha=0.9)


def _mean_label(verification: Verification) -> str:
    trials = verification.trials
    return f"mean of {trials:,} trials" if trials > 1 else "simulated"


def _title(verification: Verification) -> str:
    label = "" if verification.proved is not False else " (not proved)"
    status = {"holds": "the bound holds", "violated": "the bound is violated"}.get(
        verification.verdict, "inconclusive"
    )
    problem = shortened(plain_text(verification.problem))
    estimator = shortened(plain_text(verification.estimator))
    return f"{verification.theorem.name}{label}: {status}\n{problem}\n{estimator}"


def _range(mean: Array, bound: Array, residual: float) -> tuple[float, float]:
    """Limits of the vertical axis: everything that is finite and positive, with some room."""
    values = np.concatenate([mean, bound, [residual]])
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        return 0.1, 10.0
    # What falls to rounding errors must not squeeze the rest.
    least_bound = float(bound[np.isfinite(bound) & (bound > 0)].min(initial=math.inf))
    low = max(float(values.min()), min(least_bound, float(values.max())) / 10**_ROOM)
    most_bound = float(bound[np.isfinite(bound)].max(initial=0.0))
    high = min(float(values.max()), max(most_bound, low) * 10**_ROOM)
    return low / 1.6, high * 1.6


def _sides(k: Array) -> tuple[float, float]:
    return (float(k[0]) / 1.1, float(k[-1]) * 1.1) if len(k) else (0.5, 2.0)
