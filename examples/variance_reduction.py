"""When does variance reduction pay? Maps over noise, smoothness of the samples, and calls.

Two questions are asked of the catalogue. *Single samples*: `ssvr`, which takes the gradient of
every sample at two points, against `signsgd` and `signsgd-momentum`, which take it at one. *Votes
of workers*: `ssvr-majority-randomised` against `sto-signsgd-randomised`, the same pair for workers
that send stochastic signs of a radius R. Each theorem has, for every number N of gradient calls (of
one worker), the step, batch, momentum and first batch that are best for its bound
(`boundcalc.comparison.budget`), so the comparison is at equal cost and at each method's best.

Drawn are the number of calls from which on the bound with variance reduction is the smallest, and
its ratio to the smallest of the others at some N. The map has the exact bounds, and the numbers
printed are computed from it; dashed is where their leading terms meet, which
`variance_questions.py` derives:

    single samples: N = 3^12/2^7 (L_avg/L)^4 L Delta/sigma^2, about 4152 times the rest. Variance
        reduction pays for those who want less than the bound there, 8/27 sqrt(d) sigma L/L_avg.
    votes: whatever N, where R_s/R_t exceeds sqrt(2) and about 27/2 sigma/(sqrt(d) R_s) L_avg/L. The
        coordinates of the stochastic gradients are within R_s, as plain votes need it, those of the
        true ones within R_t, which is enough with variance reduction. With one radius for both it
        never pays.

    python examples/variance_reduction.py     # two minutes; into build/variance_reduction

Written: variance_reduction.png, variance_reduction.json (the grids, all bounds and crossovers).
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from variance_map import Answer, draw
from variance_questions import Array, Question, questions

import boundcalc
from boundcalc.comparison.budget import Budget

# Numbers of calls at which all bounds are searched: two in a decade.
NODES = [round(10 ** (k / 2)) for k in range(4, 25)]
# A bound that is larger than its neighbours' by so much was not searched well.
BUMP = 0.01


Task = tuple[str, tuple[tuple[str, float], ...]]


def task(name: str, constants: Mapping[str, float]) -> Task:
    """A theorem and those of the constants that it knows."""
    known = {p.name for p in boundcalc.theorem(name).parameters}
    return name, tuple((n, v) for n, v in sorted(constants.items()) if n in known)


def bounds(given: Task) -> list[float]:
    """The best bound of a theorem at every node; infinite where the calls pay for nothing.

    Where a search has missed the best, as a bump shows, it is tried again with a call less.
    """
    name, constants = given
    budget = Budget(boundcalc.theorem(name).declaration, dict(constants))
    budget.explore(NODES)
    for less in (1, 2):
        found = np.array([budget.value(N) for N in NODES])
        missed = bumps(found)
        if not missed:
            break
        budget.explore([NODES[i] - less for i in missed])
    return [budget.value(N) for N in NODES]


def bumps(found: Array) -> list[int]:
    """The nodes whose bound lies above the power of N through its neighbours."""
    with np.errstate(invalid="ignore"):
        powers = np.log(found)
        above = powers[1:-1] - (powers[:-2] + powers[2:]) / 2
    return [int(i) + 1 for i in np.flatnonzero(above > BUMP)]


def answer(question: Question, pool: ProcessPoolExecutor) -> Answer:
    """The bounds in all cells, and where they cross."""
    shape = len(question.y.values), len(question.x.values)
    cells = [(float(x), float(y)) for y in question.y.values for x in question.x.values]
    names = (question.theorem, *question.rivals)
    tasks = [task(name, question.constants(name, *cell)) for name in names for cell in cells]
    # A theorem that does not know a side of the map has the same bound all along it.
    distinct = list(dict.fromkeys(tasks))
    found = dict(zip(distinct, pool.map(bounds, distinct), strict=True))
    own, *rivals = np.array([found[one] for one in tasks]).reshape(len(names), len(cells), -1)
    least = np.min(rivals, axis=0)
    calls = [crossover(a, b)[0] for a, b in zip(own, least, strict=True)]
    return Answer(
        question,
        own.reshape(*shape, -1),
        np.array(rivals).reshape(len(rivals), *shape, -1),
        np.array(calls).reshape(shape),
    )


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


def sentences(answer: Answer, horizons: Sequence[int]) -> list[str]:
    """What the map says."""
    question, said = answer.question, []
    x, y = question.x.values, question.y.values
    for N in horizons:
        values = answer.ratio[..., NODES.index(N)]
        j, i = np.unravel_index(int(values.argmin()), values.shape)
        said.append(
            f"N = {N:.0e}: the bound of {question.theorem} is below the others' in "
            f"{int((values < 1).sum())} of {values.size} cells; the ratio goes from "
            f"{values.min():.3g} (at x = {x[i]:.3g}, y = {y[j]:.3g}) to {values.max():.3g}."
        )
    if len(question.rivals) > 1:
        for name, bound in zip(question.rivals, answer.rivals, strict=True):
            least = int((bound <= answer.rivals.min(axis=0)).sum())
            said.append(f"{name} has the smallest bound of the others in {least} of {bound.size}"
                        " cells and numbers of calls.")  # fmt: skip
    return [*said, meeting(answer)]


def meeting(answer: Answer) -> str:
    """How the crossovers lie to those of the leading terms."""
    question, calls = answer.question, answer.calls
    name, leading = question.theorem, question.leading_ratio()
    if question.power == 0:
        pays, by = leading < 1, np.isfinite(calls)
        from_on = ""
        if (pays & by).any():
            least, middle, most = np.quantile(calls[pays & by], [0, 0.5, 1])
            from_on = f", from {least:.2g} to {most:.2g} calls on (median {middle:.2g})"
        return (
            f"{name}: by the leading terms it pays in {int(pays.sum())} of {pays.size} cells, in "
            f"{int((pays & by).sum())} of them it does by {NODES[-1]:.0e}{from_on}; in the others "
            f"in {int((by & ~pays).sum())}."
        )
    inside = np.isfinite(calls) & (calls > NODES[0])
    if not inside.any():
        return f"{name}: no bounds cross between {NODES[0]:.0e} and {NODES[-1]:.0e}."
    share = (calls / leading ** (1 / question.power))[inside]
    return (
        f"{name} is below from {share.min():.4g} to {share.max():.4g} times the leading terms' N "
        f"on (median {np.median(share):.4g}), in {int(inside.sum())} of {inside.size} cells; in "
        f"the others not between {NODES[0]:.0e} and {NODES[-1]:.0e}."
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", type=Path, default=Path("build/variance_reduction"), help="folder to write into")
    add("--columns", type=int, default=10,
        help="values of sigma, 0.01 to 10, and of R_s/R_t, 1 to 100 (default: 10)")  # fmt: skip
    add("--rows", type=int, default=6, help="values of L_avg/L, 1 to 32 (default: 6)")
    add("--horizons", type=int, nargs="+", default=[10**4, 10**7],
        help="powers of 10 from 100 to 1e12 (default: 10000 10000000)")  # fmt: skip
    add("--jobs", type=int, default=2, help="processes (default: 2)")
    given = parser.parse_args()
    if given.out.exists() and not given.out.is_dir():
        parser.error(f"--out {given.out} is a file; give a folder")
    if min(given.columns, given.rows) < 2 or given.jobs < 1:
        parser.error("--columns and --rows must be at least 2, --jobs at least 1")
    if not {*given.horizons} <= {*NODES[::2]}:
        parser.error("--horizons must be powers of 10 from 100 to 1000000000000")
    return given


def main() -> None:
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    answers, said = [], []
    document: dict[str, dict[str, Any]] = {}
    with ProcessPoolExecutor(given.jobs) as pool:
        for question in questions(given.columns, given.rows):
            found = answer(question, pool)
            answers.append(found)
            said += sentences(found, given.horizons)
            calls = found.calls.tolist()
            document[question.name] = {
                "x": question.x.values.tolist(),
                "y": question.y.values.tolist(),
                "bounds": found.own.tolist(),
                "rivals": dict(zip(question.rivals, found.rivals.tolist(), strict=True)),
                "crossovers": [[c if math.isfinite(c) else None for c in row] for row in calls],
            }
    print("\n".join(said))
    draw(answers, NODES, given.horizons, given.out / "variance_reduction.png")
    text = json.dumps({"calls": NODES, "questions": document, "sentences": said}, indent=1)
    (given.out / "variance_reduction.json").write_text(text + "\n", encoding="utf-8")
    print(f"written: {given.out}/variance_reduction.png, {given.out}/variance_reduction.json")


if __name__ == "__main__":
    main()
