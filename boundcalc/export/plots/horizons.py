"""The picture of a study of horizons: means under bounds, and the slopes of both."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from boundcalc.export.plots.figure import (
    BOUND,
    EXACT,
    MEAN,
    RESIDUAL,
    measure_label,
    plain_text,
    write_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from boundcalc.verify import HorizonStudy


_SIZE = (7.2, 4.6)
_LONGEST = 95
_SIDE = 1.15


def plot_horizons(study: HorizonStudy, path: str | os.PathLike[str]) -> None:
    """Draw the study into a file; see :func:`boundcalc.export.plots.figure.write_figure`."""
    write_figure(path, _SIZE, lambda figure: draw(figure, study))


def draw(figure: Figure, study: HorizonStudy) -> None:
    """Draw it on an empty figure."""
    _draw(figure.add_subplot(), study)


def _draw(axes: Axes, study: HorizonStudy) -> None:
    K = np.array([one.horizon for one in study.rungs], dtype=float)
    mean, lower, upper, bound = (
        np.array([getattr(one, name) for one in study.rungs])
        for name in ("mean", "lower", "upper", "bound")
    )
    axes.plot(K, bound, color=BOUND, marker="s", markersize=4, linewidth=1.8, label="bound")
    seen = np.isfinite(mean) & (mean > 0)
    random = bool((lower < upper).any())
    level = f"{100 * study.level:g}%"
    K_seen, mean_seen = K[seen], mean[seen]
    lengths = (mean_seen - lower[seen], upper[seen] - mean_seen)
    below, above = (np.where(np.isfinite(x), x, 0.0) for x in lengths)
    axes.errorbar(
        K_seen,
        mean_seen,
        yerr=[below, above] if random else None,
        color=MEAN,
        marker="o",
        markersize=4,
        linestyle="none",
        capsize=4,
        label=f"mean of {study.trials:,} trials, {level} limits" if random else "simulated",
    )
    exact = np.array([np.nan if r.exact is None else r.exact for r in study.rungs])
    if np.isfinite(exact).any():
        axes.plot(K, exact, color=EXACT, marker="_", linestyle="none", label="exact mean")
    along = np.array([K[0] / _SIDE, K[-1] * _SIDE])
    if study.fit is not None:
        label = f"fit: $K^{{{study.fit.exponent:.3f}}}$"
        if study.fit.lower is not None and study.fit.upper is not None:
            label += f" ({level} interval {study.fit.lower:.3f} to {study.fit.upper:.3f})"
        line = study.fit.factor * along**study.fit.exponent
        axes.plot(along, line, color=MEAN, linewidth=1.1, label=label)
    if study.predicted.exponent is not None:
        # From the last bound back: what the rate alone would have made of it.
        exponent = study.predicted.exponent
        line = bound[-1] * (along / K[-1]) ** float(exponent)
        axes.plot(
            along, line, color=RESIDUAL, linestyle="--", linewidth=1.1,
            label=f"predicted: $K^{{{exponent}}}$",
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlim=tuple(along))
    axes.set_xlabel("horizon $K$ (iterations)")
    axes.set_ylabel(measure_label(study.theorem.step.measure), fontsize=12)
    axes.set_title(_title(study), fontsize=9.5)
    axes.grid(True, which="major", alpha=0.3, linewidth=0.6)
    axes.legend(loc="best", fontsize=8.5, framealpha=0.9)


def _title(study: HorizonStudy) -> str:
    label = "" if study.proved is not False else " (not proved)"
    status = {
        "holds": "the bound holds at every horizon",
        "violated": "the bound is violated",
    }.get(study.verdict, "inconclusive")
    problem = plain_text(study.problem)[:_LONGEST]
    return f"{study.theorem.name}{label}: {status}\n{problem}; best parameters for each $K$"
