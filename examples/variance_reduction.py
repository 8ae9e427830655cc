"""When does variance reduction pay? A map over noise, smoothness of the samples, and calls.

The theorems are those of the catalogue: `ssvr`, which takes the gradient of every sample at two
points, against `signsgd` and `signsgd-momentum`, which take it at one. Each has, for every number N
of gradient calls, the step, batch, momentum and first batch that are best for its bound
(`boundcalc.budgets`), so the comparison is at equal cost and at each method's best.

Units: in all three bounds d comes out as a factor sqrt(d) (the best step and weight shrink as
d^(-1/2)), and L and Delta set the scale, so d = 100 and L = Delta = 1 lose nothing. What varies is
sigma/sqrt(L Delta), the noise of one sample; L_avg/L, how much rougher the samples are than their
mean; and N.

Drawn are the number of calls from which on the bound of `ssvr` is the smallest, and the ratio of
its bound to the smallest of the others at some N. To leading order (batches as real numbers, N
large) the best bounds are

    signsgd   2 sqrt(d) (2 L Delta sigma^2/N)^(1/4)
    ssvr      3 sqrt(d) (4 L_avg Delta sigma/N)^(1/3)

(for ssvr: Delta/(gamma K) + 2 sqrt(d) (L_avg h + beta sigma)/sqrt(2 beta) with h = gamma sqrt(d)
and K = N/2, at beta = L_avg h/sigma). They meet at

    N = 3^12/2^7 (L_avg/L)^4 L Delta/sigma^2, at a bound of 8/27 sqrt(d) sigma L/L_avg,

the dashed lines. So variance reduction pays for those who want less than that, and the price is the
fourth power of L_avg/L. The map has the exact bounds; the numbers printed are computed from it.

    python examples/variance_reduction.py     # a minute; writes into build/variance_reduction

Written: variance_reduction.png, variance_reduction.json (the grid, all bounds and crossovers).
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

import boundcalc
from boundcalc.budgets import Budget

Array = npt.NDArray[np.float64]
# Numbers of calls at which all bounds are searched: two in a decade.
NODES = [round(10 ** (k / 2)) for k in range(4, 25)]
# The ratio from which on the colour no longer changes, and ratios with a line.
DARKEST, LEVELS = 8.0, (0.25, 0.5, 0.7, 1.5, 3)
TICKS = (0.125, 0.25, 0.5, 1, 2, 4, 8)
# Where the leading terms meet, as a multiple of (L_avg/L)^4 L Delta/sigma^2.
LEADING = 3**12 / 2**7


@dataclass(frozen=True)
class Side:
    """A side of the map: what varies, in words, and the values."""

    label: str
    values: Array


@dataclass(frozen=True)
class Question:
    """Whether a theorem's bound is below that of its rivals, over two sides of a map.

    ``constants`` are the same everywhere; ``x`` and ``y`` are put in with them by :meth:`at`.
    Theorems take those constants that they know. ``leading`` is where leading terms meet, as a
    multiple of y^4/x^2.
    """

    name: str
    title: str
    theorem: str
    rivals: tuple[str, ...]
    constants: dict[str, float]
    x: Side
    y: Side
    leading: float

    def at(self, x: float, y: float) -> dict[str, float]:
        """The constants of one cell: x is a standard deviation, y a smoothness."""
        return {**self.constants, "sigma2": x**2, "L_avg": y}


def questions(columns: int, rows: int) -> list[Question]:
    """What is asked; a row of pictures each."""
    noise = Side(r"noise of a sample, $\sigma/\sqrt{L\Delta}$", np.geomspace(0.01, 10, columns))
    rough = Side(r"roughness of the samples, $L_{avg}/L$", np.geomspace(1, 32, rows))
    samples = Question(
        "samples",
        "SSVR against signSGD with batches and with momentum",
        "ssvr",
        ("signsgd", "signsgd-momentum"),
        {"L": 1.0, "Delta": 1.0, "d": 100.0},
        noise,
        rough,
        LEADING,
    )
    # -- votes of workers: two-stage randomised signs ------------------------------------
    # `ssvr-majority-randomised` against `sto-signsgd-randomised` goes here as a second question.
    # ------------------------------------------------------------------------------------
    return [samples]


Task = tuple[str, tuple[tuple[str, float], ...]]


def task(name: str, constants: Mapping[str, float]) -> Task:
    """A theorem and those of the constants that it knows."""
    known = {p.name for p in boundcalc.theorem(name).parameters}
    return name, tuple((n, v) for n, v in sorted(constants.items()) if n in known)


def bounds(given: Task) -> list[float]:
    """The best bound of a theorem at every node; infinite where the calls pay for nothing."""
    name, constants = given
    budget = Budget(boundcalc.theorem(name), dict(constants))
    budget.explore(NODES)
    return [budget.value(N) for N in NODES]


def answer(question: Question, pool: ProcessPoolExecutor) -> tuple[Array, Array]:
    """Bounds of the theorem (y, x, nodes) and of its rivals (rivals, y, x, nodes)."""
    cells = [question.at(float(x), float(y)) for y in question.y.values for x in question.x.values]
    names = (question.theorem, *question.rivals)
    tasks = [task(name, cell) for name in names for cell in cells]
    # A theorem that does not know a side of the map has the same bound all along it.
    distinct = list(dict.fromkeys(tasks))
    found = dict(zip(distinct, pool.map(bounds, distinct), strict=True))
    shape = len(names), len(question.y.values), len(question.x.values), len(NODES)
    every = np.array([found[one] for one in tasks]).reshape(shape)
    return every[0], every[1:]


def crossover(own: Array, other: Array) -> tuple[float, float]:
    """The calls from which on ``own`` is below, and the bound there; infinite if there are none.

    Between nodes both are powers of N to within what a line of the map is wide.
    """
    with np.errstate(invalid="ignore"):
        above = np.log(own) - np.log(other)
    last = np.flatnonzero(~(above < 0))
    if not len(last):
        return float(NODES[0]), float(own[0])
    i = int(last[-1])
    if i == len(NODES) - 1:
        return math.inf, math.nan
    if not math.isfinite(above[i]):
        return float(NODES[i + 1]), float(own[i + 1])
    share = above[i] / (above[i] - above[i + 1])
    ends = np.log(np.array([NODES[i : i + 2], own[i : i + 2].tolist()]))
    calls, bound = np.exp(ends[:, 0] + share * (ends[:, 1] - ends[:, 0]))
    return float(calls), float(bound)


def sentences(
    question: Question, meets: Array, own: Array, rivals: Array, horizons: Sequence[int]
) -> list[str]:
    """What the map says; ``meets`` are calls and bound (2, y, x)."""
    said = []
    x, y = question.x.values, question.y.values
    for N in horizons:
        values = (own / rivals.min(axis=0))[..., NODES.index(N)]
        j, i = np.unravel_index(int(values.argmin()), values.shape)
        said.append(
            f"N = {N:.0e}: the bound of {question.theorem} is below the others' in "
            f"{int((values < 1).sum())} of {values.size} cells; the ratio goes from "
            f"{values.min():.3g} (at x = {x[i]:.3g}, y = {y[j]:.3g}) to {values.max():.3g}."
        )
    for name, bound in zip(question.rivals, rivals, strict=True):
        least = int((bound <= rivals.min(axis=0)).sum())
        said.append(f"{name} has the smallest bound of the others in {least} of {bound.size}"
                    " cells and numbers of calls.")  # fmt: skip
    inside = np.isfinite(meets[0]) & (meets[0] > NODES[0])
    if inside.any():
        share = (meets[0] / leading(question))[inside]
        said.append(
            f"{question.theorem} is below from {share.min():.4g} to {share.max():.4g} times the "
            f"leading terms' N on (median {np.median(share):.4g}), in {int(inside.sum())} of "
            f"{inside.size} cells; in the others not between {NODES[0]:.0e} and {NODES[-1]:.0e}."
        )
    return said


def leading(question: Question) -> Array:
    """Where the leading terms meet (y, x)."""
    x, y = np.meshgrid(question.x.values, question.y.values)
    return np.asarray(question.leading * y**4 / x**2)


def draw(
    found: Sequence[tuple[Question, Array, Array]], horizons: Sequence[int], target: Path
) -> None:
    """A row for each question: where the crossover is, then the ratio at each number of calls."""
    columns = 1 + len(horizons)
    figure = Figure(figsize=(4.3 * columns, 0.6 + 3.7 * len(found)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(found), columns, sharex="row", sharey="row", squeeze=False)
    for line, (question, meets, ratio) in zip(grid, found, strict=True):
        x, y = question.x.values, question.y.values
        calls = np.where(np.isfinite(meets[0]), meets[0], np.nan)
        mesh = line[0].pcolormesh(x, y, calls, norm=LogNorm(NODES[0], NODES[-1]), cmap="viridis")
        powers = list(range(3, 12, 2))
        lines = line[0].contour(x, y, np.log10(calls), powers, colors="w", linewidths=1.2)
        line[0].clabel(lines, fmt=lambda power: f"$10^{{{power:.0f}}}$", fontsize=9)
        _dashed(line[0], question, powers, "w")
        line[0].set_facecolor("0.8")
        line[0].set_title(f"its bound is the least from N = ... on\n(grey: not by {NODES[-1]:.0e})")
        line[0].set_ylabel(f"{question.theorem}: {question.y.label}")
        figure.colorbar(mesh, ax=line[0], label="gradient calls $N$")
        for axes, N, values in zip(line[1:], horizons, ratio, strict=True):
            mesh = axes.pcolormesh(x, y, values, norm=LogNorm(1 / DARKEST, DARKEST), cmap="PuOr_r")
            levels = [v for v in (*LEVELS, 1) if values.min() < v < values.max()]
            widths = [2.2 if v == 1 else 0.7 for v in sorted(levels)]
            if levels:
                lines = axes.contour(x, y, values, sorted(levels), colors="k", linewidths=widths)
                axes.clabel(lines, fmt="%g", fontsize=8)
            _dashed(axes, question, [math.log10(N)], "k")
            axes.set_title(f"ratio to the least of the others\nat $N = 10^{{{math.log10(N):.3g}}}$")
        bar = figure.colorbar(mesh, ax=line[1:], extend="both", label="below 1: it pays")
        bar.set_ticks(TICKS, labels=[f"{v:g}" for v in TICKS])
        bar.minorticks_off()
        for axes in line:
            axes.set(xscale="log", yscale="log", xlabel=question.x.label)
    titles = "; ".join(question.title for question, _, _ in found)
    figure.suptitle(f"{titles} (dashed: leading terms)", fontsize=11)
    figure.savefig(target, dpi=80)


def _dashed(axes: Axes, question: Question, powers: Sequence[float], colour: str) -> None:
    """Where the leading terms meet at these powers of 10."""
    where = np.log10(leading(question))
    there = [power for power in powers if where.min() < power < where.max()]
    if there:
        x, y = question.x.values, question.y.values
        axes.contour(x, y, where, there, colors=colour, linestyles="--", linewidths=0.9)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", type=Path, default=Path("build/variance_reduction"), help="folder to write into")
    add("--noises", type=int, default=10, help="values of sigma, 0.01 to 10 (default: 10)")
    add("--roughnesses", type=int, default=6, help="values of L_avg/L, 1 to 32 (default: 6)")
    add("--horizons", type=int, nargs="+", default=[10**4, 10**7],
        help="powers of 10 from 100 to 1e12 (default: 10000 10000000)")  # fmt: skip
    add("--jobs", type=int, default=2, help="processes (default: 2)")
    given = parser.parse_args()
    if given.out.exists() and not given.out.is_dir():
        parser.error(f"--out {given.out} is a file; give a folder")
    if min(given.noises, given.roughnesses) < 2 or given.jobs < 1:
        parser.error("--noises and --roughnesses must be at least 2, --jobs at least 1")
    if not {*given.horizons} <= {*NODES[::2]}:
        parser.error("--horizons must be powers of 10 from 100 to 1000000000000")
    return given


def main() -> None:
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    places = [NODES.index(N) for N in given.horizons]
    found, said = [], []
    document: dict[str, dict[str, Any]] = {}
    with ProcessPoolExecutor(given.jobs) as pool:
        for question in questions(given.noises, given.roughnesses):
            own, rivals = answer(question, pool)
            other = rivals.min(axis=0)
            flat = [crossover(a, b) for a, b in zip(
                own.reshape(-1, len(NODES)), other.reshape(-1, len(NODES)), strict=True
            )]  # fmt: skip
            meets = np.array(flat).T.reshape(2, *own.shape[:2])
            ratio = np.moveaxis((own / other)[..., places], -1, 0)
            found.append((question, meets, ratio))
            said += sentences(question, meets, own, rivals, given.horizons)
            document[question.name] = {
                "x": question.x.values.tolist(),
                "y": question.y.values.tolist(),
                "bounds": own.tolist(),
                "rivals": dict(zip(question.rivals, rivals.tolist(), strict=True)),
                "crossovers": [[c if math.isfinite(c) else None for c in row] for row in meets[0]],
            }
    print("\n".join(said))
    draw(found, given.horizons, given.out / "variance_reduction.png")
    text = json.dumps({"calls": NODES, "questions": document, "sentences": said}, indent=1)
    (given.out / "variance_reduction.json").write_text(text + "\n", encoding="utf-8")
    print(f"written: {given.out}/variance_reduction.png, {given.out}/variance_reduction.json")


if __name__ == "__main__":
    main()
