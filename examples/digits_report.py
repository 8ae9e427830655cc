"""What a run of the digits says: numbers, a table, sentences computed from them, and curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from digits_problem import Array
from digits_training import Configuration, History
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from scipy.stats import t as student

LEVEL = 1.25  # "reached" is a gap within this factor of where SGD ends
# Okabe and Ito's palette, told apart without colour by the dashes.
STYLES = [("#000000", "-"), ("#E69F00", "--"), ("#009E73", "-."), ("#0072B2", ":")]


def name(beta: float) -> str:
    """The method with this weight of the new gradient."""
    return "SGD" if beta == 1 else f"momentum, beta = {beta:g}"


def ratio(ours: Array, theirs: Array) -> list[float] | None:
    """The geometric mean of ours/theirs over the seeds, and its 95% interval (Student, paired).

    None where some seed has no finite value.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(ours / theirs)
    if not np.isfinite(logs).all():
        return None
    half = student.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / math.sqrt(len(logs))
    middle = logs.mean()
    return [float(np.exp(v)) for v in (middle, middle - half, middle + half)]


def numbers(
    history: History, runs: Sequence[Configuration], bounds: Mapping[float, float]
) -> dict[str, Any]:
    """All that is reported. The runs come in groups of as many as there are bounds, SGD first.

    In the first group each method has its own step, in every other all have the same. Ratios are
    to the SGD of the group.
    """
    end, accuracy = history.end(history.gap), history.end(history.accuracy)
    measure = history.mean_gradient()
    rows = []
    for i, run in enumerate(runs):
        plain = i - i % len(bounds)
        level = LEVEL * float(end[plain].mean())
        reached, theirs = history.first_below(level)[[i, plain]]
        rows.append(
            {
                "beta": run.beta,
                "gamma": run.gamma,
                "tuned": plain == 0,
                "end": float(end[i].mean()),
                "spread": float(end[i].std(ddof=1)),
                "end_ratio": ratio(end[i], end[plain]),
                "level": level,
                "reached": float(np.median(reached)) if np.isfinite(reached).all() else None,
                "reached_ratio": ratio(reached, theirs),
                "accuracy": float(accuracy[i].mean()),
                "accuracy_spread": float(accuracy[i].std(ddof=1)),
                "measure": float(measure[i].mean()),
                "measure_ratio": ratio(measure[i], measure[plain]),
                "bound": bounds[run.beta],
                "bound_ratio": bounds[run.beta] / bounds[1.0],
            }
        )
    return {"runs": rows}


def table(kind: str, found: Mapping[str, Any]) -> str:
    """The numbers of one compressor for reading, and the sentences."""
    lines = [
        f"== {kind}: mean and standard deviation over {found['seeds']} seeds ==",
        "",
        f"{'method':<23}{'gamma':>8}  {'final gap':^18}  {'iterations':>10}"
        f"  {'test accuracy':^16}  {'mean |grad f|^2':>15}",
    ]
    for row in found["runs"]:
        if row["beta"] == 1:
            step = "its own step each" if row["tuned"] else "equal steps"
            lines.append(f"-- {step} (iterations: to a gap of {row['level']:.3g})")
        reached = "never" if row["reached"] is None else f"{row['reached']:.0f}"
        lines.append(
            f"{name(row['beta']):<23}{row['gamma']:>8.4g}"
            f"  {row['end']:>8.4f} +- {row['spread']:.4f}  {reached:>10}"
            f"  {row['accuracy']:>7.4f} +- {row['accuracy_spread']:.4f}  {row['measure']:>15.5f}"
        )
    lines += [
        "",
        "gap: f - min f, final: mean over the last tenth; iterations: median, to within "
        f"{LEVEL:g}x of where SGD ends",
        "",
        *found["sentences"],
        "",
    ]
    return "\n".join(lines)


def sentences(found: Mapping[str, Any]) -> list[str]:
    """What the numbers say, method by method, and what the bounds say."""
    said = [_compared(row, found["seeds"]) for row in found["runs"] if row["beta"] != 1]
    best = min(found["grid"]), max(found["grid"])
    said += [
        f"The best step of {name(row['beta'])} is at the edge of the grid."
        for row in found["runs"]
        if row["tuned"] and row["gamma"] in best
    ]
    share = found["sigma2"] / found["C"] if found["C"] else math.inf
    said.append(
        f"Where SGD ends, the estimate has ||bias||^2 = {found['C']:.3g} and variance "
        f"{found['sigma2']:.3g}: noise/bias = {share:.3g}."
    )
    for row in found["runs"]:
        if row["tuned"] and row["beta"] != 1:
            seen = verdict(row["measure_ratio"], "lower", "higher", "no different")
            said.append(
                f"Mean of ||grad f||^2 of {name(row['beta'])} over that of SGD: the best bounds "
                f"with these constants have {row['bound_ratio']:.4f}x, "
                f"{'lower' if row['bound_ratio'] < 1 else 'not lower'}; seen is {seen}, "
                f"{_with_interval(row['measure_ratio'])}."
            )
    return said


def verdict(interval: Sequence[float], lower: str, higher: str, neither: str) -> str:
    """The word for a ratio with its interval: below 1, above 1, or not decided."""
    return lower if interval[2] < 1 else higher if interval[1] > 1 else neither


def _compared(row: Mapping[str, Any], seeds: int) -> str:
    step = "its own step" if row["tuned"] else f"equal gamma = {row['gamma']:.3g}"
    text = f"{name(row['beta'])[0].upper()}{name(row['beta'])[1:]}, with {step}: "
    times = row["reached_ratio"]
    if times is None:
        text += f"does not reach the level on all {seeds} seeds"
    else:
        word = verdict(times, "faster", "slower", "neither faster nor slower")
        text += f"{word}, needs {_with_interval(times)} the iterations of SGD"
    end = row["end_ratio"]
    word = verdict(end, "ends lower", "ends higher", "ends neither lower nor higher")
    return f"{text}; {word}, at {_with_interval(end)} the gap."


def _with_interval(value: Sequence[float]) -> str:
    return f"{value[0]:.4f}x (95%: {value[1]:.4f} to {value[2]:.4f})"


def draw(
    histories: Mapping[str, History], results: Mapping[str, Mapping[str, Any]], target: Path
) -> None:
    """Curves of the tuned methods and at one long step: mean, and least to largest, over seeds."""
    figure = Figure(figsize=(10.5, 6), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(histories), 3, sharex=True, squeeze=False)
    for line, (kind, history) in zip(grid, histories.items(), strict=True):
        runs = results[kind]["runs"]
        tuned = [i for i, row in enumerate(runs) if row["tuned"]]
        longest = max(row["gamma"] for row in runs if not row["tuned"])
        equal = [i for i, r in enumerate(runs) if not r["tuned"] and r["gamma"] == longest]
        shown = (
            (history.gap, tuned, "training: $f - \\min f$", f"{kind}\nits own step each"),
            (1 - history.accuracy, tuned, "test: share of errors", "its own step each"),
            (
                history.gap,
                equal,
                "training: $f - \\min f$",
                f"equal steps, $\\gamma$ = {longest:.3g}",
            ),
        )
        for axes, (values, chosen, label, title) in zip(line, shown, strict=True):
            for style, i in zip(cycle(STYLES), chosen, strict=False):
                _curve(axes, history.steps, values[i], runs[i], style)
            axes.set(yscale="log", ylabel=label)
            low = max(float(values[chosen].min()), 1e-6)
            axes.set_ylim(bottom=10 ** math.floor(math.log10(low)))
            axes.yaxis.set_minor_formatter(NullFormatter())
            axes.set_title(title, fontsize=10)
        line[0].legend(fontsize=8)
    for axes in grid[-1]:
        axes.set_xlabel("iterations")
    figure.savefig(target, dpi=80)


def _curve(
    axes: Axes, steps: Any, seen: Array, row: Mapping[str, Any], style: tuple[str, str]
) -> None:
    colour, dash = style
    axes.fill_between(
        steps, seen.min(axis=0), seen.max(axis=0), color=colour, alpha=0.12, linewidth=0
    )
    text = name(row["beta"]).replace("beta", "$\\beta$") + f", $\\gamma$ = {row['gamma']:.3g}"
    axes.plot(steps, seen.mean(axis=0), color=colour, linestyle=dash, linewidth=1.6, label=text)
    axes.grid(True, alpha=0.3, linewidth=0.6)
