"""The picture of a verification: the simulated mean with its confidence band under the bound."""

from __future__ import annotations

import io
import math
import os
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from boundcalc.errors import UsageError
from boundcalc.export.files import write_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from boundcalc.model.measures import Measure
    from boundcalc.model.parameters import Parameter
    from boundcalc.verify import Verification

FORMATS = ("png", "pdf", "svg")

#: Colours of bounds, of means, and of what is beside both.
BOUND, EXACT, MEAN, RESIDUAL = "#b2182b", "#000000", "#2166ac", "#7f7f7f"
_SIZE = (7.2, 4.6)
_DOTS_PER_INCH = 160
# Letters in a line of an axis' label.
_WIDE = 30
# Decades shown below the least value that matters, where a limit is 0 or far below.
_ROOM = 3.0
# TeX that people write, in the dialect that matplotlib reads.
_DIALECT = {
    r"\\[bB]igg?[lr]": "",
    r"\\t?frac\s*(\w)\s*(\w)": r"\\frac{\1}{\2}",
    r"\\mathbb\s+(\w)": r"\\mathbb{\1}",
}

Array = npt.NDArray[np.float64]


def plot(verification: Verification, path: str | os.PathLike[str]) -> None:
    """Draw the verification into a file, whose suffix (.png, .pdf, .svg) says the format.

    The file appears complete or not at all. Raises :class:`UsageError` for another suffix and
    where the file cannot be written.
    """
    target = check_path(path)
    save(_figure(verification), target)


def check_path(path: str | os.PathLike[str]) -> Path:
    """Return the path as one that a plot can be written to, as far as can be told beforehand.

    Raises :class:`UsageError` otherwise; to be asked before a long run.
    """
    target = Path(path)
    if target.suffix.lower().lstrip(".") not in FORMATS:
        raise UsageError(
            f"the plot {str(target)!r} must end in {', '.join('.' + f for f in FORMATS)}"
        )
    if target.is_dir() or not target.absolute().parent.is_dir():
        reason = "it is a folder" if target.is_dir() else "its folder does not exist"
        raise UsageError(f"cannot write plot {str(target)!r}: {reason}")
    return target


def save(figure: Figure, target: Path) -> None:
    """Write the figure into a file that appears complete or not at all.

    Raises :class:`UsageError` where it cannot be written.
    """
    picture = io.BytesIO()
    figure.savefig(picture, format=target.suffix.lower().lstrip("."), dpi=_DOTS_PER_INCH)
    write_file(target, picture.getvalue())


def _figure(verification: Verification) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, layout="constrained")
    FigureCanvasAgg(figure)
    _draw(figure.add_subplot(), verification)
    return figure


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


def measure_label(measure: Measure) -> str:
    """Return what is bounded, as :func:`readable` writes it."""
    return readable(measure.latex, measure.text)


def parameter_label(parameters: Iterable[Parameter], name: str) -> str:
    """Return the meaning of the parameter of that name and its symbol; the name where it is
    unknown.
    """
    known = next((parameter for parameter in parameters if parameter.name == name), None)
    if known is None:
        return name
    meaning = textwrap.fill(known.meaning.split(" (")[0], _WIDE)
    return f"{plain_text(meaning)} ${known.latex}$"


def readable(latex: str, text: str) -> str:
    """Return the formula where the drawing library reads it, else the words."""
    from matplotlib.mathtext import MathTextParser

    label = latex
    for pattern, replacement in _DIALECT.items():
        label = re.sub(pattern, replacement, label)
    try:
        MathTextParser("agg").parse(f"${label}$")
    except ValueError:
        return plain_text(text)
    return f"${label}$"


def _mean_label(verification: Verification) -> str:
    trials = verification.trials
    return f"mean of {trials:,} trials" if trials > 1 else "simulated"


def _title(verification: Verification) -> str:
    label = "" if verification.proved is not False else " (not proved)"
    status = {"holds": "the bound holds", "violated": "the bound is violated"}.get(
        verification.verdict, "inconclusive"
    )
    problem = _shortened(plain_text(verification.problem))
    estimator = _shortened(plain_text(verification.estimator))
    return f"{verification.theorem.name}{label}: {status}\n{problem}\n{estimator}"


def plain_text(text: str) -> str:
    """Text in which no character starts a formula."""
    return text.replace("$", r"\$")


def _shortened(text: str, longest: int = 95) -> str:
    return text if len(text) <= longest else "..." + text[-longest + 3 :]


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
