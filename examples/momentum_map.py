"""Where is momentum's bound below that of SGD? A map over beta and the ratio of noise to bias.

The theorems are those of the catalogue (`sgd-nonconvex` and `sgdm-nonconvex`, `sgd-pl` and
`sgdm-pl`) for a gradient with ||bias||^2 <= C and noise of variance sigma2. L = 1, Delta = 1,
mu = 0.1, E0 = 0 (the average starts at the exact gradient, which favours momentum) and
sigma2 + C = 0.1 throughout; what varies is the share of the two, and beta.

First, each method's best bound after K iterations, each at the step size that is best for it; then
what is left after ever more iterations at one equal, small step. Drawn is momentum's number over
that of SGD. What comes out: the ratio is nowhere below 1. It is 1 at beta = 1, where the methods
are the same, near 1 where there is little noise, and it grows with the noise: the bound of momentum
keeps about beta (1 - beta) sigma2 however small the step is, where that of SGD has L gamma sigma2.
So these bounds say that momentum keeps the rate and the bias of SGD; that it is better, as
experiments see, they do not say. The numbers printed are computed, not typed in.

For the readable form (p = 1) no map is needed. Every step that it admits for momentum is admitted
for SGD, and there its bound is at least that of SGD term by term, whatever the constants. With the
names of `theorems/momentum.py`, T = gamma/2 and u = L gamma: beta U = beta W >= T is the weight of
the bias, X (1 - theta) beta >= W (1 - beta)^2 gives D >= L^2 T (1 - beta)/beta^2, and so the
weights of the noise differ by

    beta^2 N - gamma^2 L/2 >= (1 - beta) T (1 - u) (beta - u),

which is not negative: the condition S <= T is u + u^2 (1 - beta)/beta^2 <= 1, so u <= beta.

The bounds are searched in floats, to about half a percent.

    python examples/momentum_map.py                # half a minute; writes into build/digits

Written: momentum_map.png, momentum_map.json (the grid and all ratios).
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from best_bound import best_bound
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]
PAIRS = {
    "non-convex, mean of $\\|\\nabla f\\|^2$": "nonconvex",
    "Polyak-Łojasiewicz, $f - f_{\\inf}$": "pl",
}
TOTAL, SMALL_STEP = 0.1, 0.001
# What the search may miss of the best bound: ratios closer to 1 than this are ties.
TIE = 5e-3
# Ratios with a line, and the one from which on the colour no longer changes.
LEVELS, DARKEST = (1.05, 1.5, 3, 10, 30, 100), 50.0


def constants(family: str, ratio: float) -> dict[str, float]:
    """The constants at sigma2/C = ratio."""
    bias = TOTAL / (1 + ratio)
    found = {"L": 1.0, "B": 0.0, "M": 0.0, "Delta": 1.0, "C": bias, "sigma2": TOTAL - bias}
    return found | ({"mu": 0.1} if family == "pl" else {})


def values(task: tuple[str, float, float, Sequence[int]]) -> list[float]:
    """The best bound at every horizon, then the residual at the small step."""
    family, beta, ratio, horizons = task
    theorem, given = f"sgd-{family}", constants(family, ratio)
    if beta < 1:
        theorem, given = f"sgdm-{family}", given | {"beta": beta, "E0": 0.0}
    best = [best_bound(theorem, given, K) for K in horizons]
    return [*best, best_bound(theorem, given | {"gamma": SMALL_STEP}, math.inf)]


def ratios(
    family: str, betas: Array, noise: Array, horizons: Sequence[int], pool: ProcessPoolExecutor
) -> tuple[Array, Array]:
    """Momentum's number over that of SGD (columns, betas, ratios), and that of SGD."""
    columns = len(horizons) + 1
    tasks = [(family, float(b), float(r), horizons) for b in (1.0, *betas) for r in noise]
    found = np.array(list(pool.map(values, tasks, chunksize=2)))
    found = found.reshape(len(betas) + 1, len(noise), columns).transpose(2, 0, 1)
    return found[:, 1:] / found[:, :1], found[:, 0]


def sentences(
    title: str, ratio: Array, residual: Array, betas: Array, noise: Array, what: Sequence[str]
) -> list[str]:
    """What the ratios say; ``residual`` is that of SGD at the small step."""
    said = []
    for name, values_ in zip(what, ratio, strict=True):
        inside = values_[betas < 1]
        lower = int((inside < 1 - TIE).sum())
        i, j = np.unravel_index(int(inside.argmax()), inside.shape)
        said.append(
            f"{title}, {name}: momentum's bound is lower in {lower} of {inside.size} cells with "
            f"beta < 1; the ratio goes from {inside.min():.3g} to {inside.max():.3g} (at beta = "
            f"{betas[i]:g}, noise/bias = {noise[j]:g})."
        )
    variance = TOTAL * noise / (1 + noise)
    excess = (ratio[-1] - 1) * residual
    scale = (betas * (1 - betas))[:, None] * variance
    inside = (betas < 1)[:, None] & (noise >= 1)
    times = excess[inside] / scale[inside]
    said.append(
        f"{title}: where there is as much noise as bias or more, momentum leaves "
        f"{times.min():.3g} to {times.max():.3g} times beta (1 - beta) sigma2 more than SGD does."
    )
    return said


def draw(
    maps: dict[str, Array], betas: Array, noise: Array, what: Sequence[str], target: Path
) -> None:
    """One panel per pair and question; colours and lines are the ratio."""
    figure = Figure(figsize=(10.5, 6.2), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(maps), len(what), sharex=True, sharey=True, squeeze=False)
    inside = np.concatenate([values_[:, betas < 1].ravel() for values_ in maps.values()])
    lower = int((inside < 1 - TIE).sum())
    figure.suptitle(
        f"With momentum (beta < 1) the bound is lower than that of SGD in {lower} of {inside.size} "
        "cells",
        fontsize=11,
    )
    norm = LogNorm(1 / DARKEST, DARKEST)
    for line, (title, panels) in zip(grid, maps.items(), strict=True):
        for axes, values_, question in zip(line, panels, what, strict=True):
            mesh = axes.pcolormesh(noise, betas, values_, norm=norm, cmap="PuOr_r")
            levels = [v for v in LEVELS if values_.min() < v < values_.max()]
            if levels:
                lines = axes.contour(noise, betas, values_, levels, colors="k", linewidths=0.7)
                axes.clabel(lines, fmt="%g", fontsize=8)
            if values_.min() < 1 - TIE:
                axes.contour(noise, betas, values_, [1 - TIE], colors="k", linewidths=2.2)
            axes.set(xscale="log")
            axes.set_title(question, fontsize=10)
        line[0].set_ylabel(f"{title}\n$\\beta$ (1 is SGD)")
    for axes in grid[-1]:
        axes.set_xlabel("noise / bias, $\\sigma^2/C$")
    bar = figure.colorbar(
        mesh,
        ax=grid,
        extend="both",
        label="momentum's bound / SGD's bound (above 1: SGD is better)",
    )
    marks = (0.03, 0.1, 0.3, 1, 3, 10, 30)
    bar.set_ticks(marks, labels=[f"{v:g}" for v in marks])
    bar.minorticks_off()
    figure.savefig(target, dpi=80)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", type=Path, default=Path("build/digits"), help="folder (default: build/digits)")
    add("--betas", type=int, default=10, help="values of beta from 0.05 to 1 (default: 10)")
    add("--ratios", type=int, default=9, help="values of noise/bias, 1e-4 to 1e4 (default: 9)")
    add("--horizons", type=int, nargs="+", default=[1000, 100_000], help="(default: 1000 100000)")
    add("--jobs", type=int, default=2, help="processes (default: 2)")
    given = parser.parse_args()
    if given.out.exists() and not given.out.is_dir():
        parser.error(f"--out {given.out} is a file; give a folder")
    if min(given.betas, given.ratios) < 2 or min(*given.horizons, given.jobs) < 1:
        parser.error("--betas and --ratios must be at least 2, --horizons and --jobs at least 1")
    return given


def main() -> None:
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    betas = np.linspace(0.05, 1, given.betas).round(3)
    noise = np.geomspace(1e-4, 1e4, given.ratios)
    what = [f"best step, K = {K:g}" for K in given.horizons]
    what.append(f"$K = \\infty$, equal $\\gamma$ = {SMALL_STEP:g}")
    maps, said = {}, []
    with ProcessPoolExecutor(given.jobs) as pool:
        for title, family in PAIRS.items():
            maps[title], plain = ratios(family, betas, noise, given.horizons, pool)
            words = [*what[:-1], f"K = inf, equal gamma = {SMALL_STEP:g}"]
            said += sentences(family, maps[title], plain[-1], betas, noise, words)
    print("\n".join(said))
    draw(maps, betas, noise, what, given.out / "momentum_map.png")
    document: dict[str, Any] = {
        "betas": betas.tolist(),
        "noise_over_bias": noise.tolist(),
        "columns": [*given.horizons, "equal gamma"],
        "ratios": {PAIRS[title]: values_.tolist() for title, values_ in maps.items()},
        "sentences": said,
    }
    text = json.dumps(document, indent=1)
    (given.out / "momentum_map.json").write_text(text + "\n", encoding="utf-8")
    print(f"written: {given.out / 'momentum_map.png'}, {given.out / 'momentum_map.json'}")


if __name__ == "__main__":
    main()
