"""Stale and compressed gradients on sparse text: what sparsity and compressors buy.

The data are the docstrings of Python's own standard library, read from its sources (not imported):
every module is a worker, its documented functions and methods are the rows, a word that is in them
or not is a feature, and what is to be told is whether it is a method or a function. The matrix of
words is kept sparse. Workers share only a part of their words, so that
||sum a_i||^2 <= s sum ||a_i||^2 for their gradients a_i with s the most workers that share a word,
where for dense data s would be their number n.

Printed are

- the largest step of `delayed-dcgd-convex` (no compressor, logistic loss) for growing delays, with
  s = n, with the conflict-graph constant of the paper, and with s;
- the bits that `dcgd-strongly-convex` (logistic loss with l2 = 0.01; without delays s plays no
  part) needs to bring the squared distance to its minimiser to a part of the first, for four
  compressors.

    python examples/sparse_text.py      # a minute; writes into build/sparse_text

Written: sparse_text.json (all numbers) and sparse_text.png. Numbers differ between versions of
Python, with its documentation.
"""

from __future__ import annotations

import argparse
import ast
import json
import math
import re
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy import sparse

import boundcalc
from numerics.optimum import optimum
from numerics.problems.losses import LOSSES
from numerics.problems.sharded import ShardedLinear
from numerics.sparsity import Overlap, overlap

WORD = re.compile(r"[a-z]{3,}")
DELAYS = (0, 1, 4, 16, 64)
L2 = 0.01
Array = npt.NDArray[np.float64]


def documents(path: Path) -> Iterator[tuple[set[str], float]]:
    """The words of each docstring of a module, with 1 for a method and -1 for a function."""
    tree = ast.parse(path.read_text(encoding="utf-8", errors="replace"))
    methods = {f for c in ast.walk(tree) if isinstance(c, ast.ClassDef) for f in c.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            words = set(WORD.findall((ast.get_docstring(node) or "").lower()))
            if len(words) > 2:
                yield words, 1.0 if node in methods else -1.0


def library(rows: int, workers: int) -> tuple[sparse.csr_array, Array, list[str]]:
    """Sparse features (workers * rows, d), labels, and the names of the modules."""
    folder = Path(sysconfig.get_path("stdlib"))
    modules: dict[str, list[tuple[set[str], float]]] = {}
    for name in sorted(sys.stdlib_module_names):
        path = folder / f"{name}.py"
        found = list(documents(path)) if path.exists() else []
        if len(found) >= rows and len(modules) < workers:
            modules[name] = found[:rows]
    held = [set().union(*(words for words, _ in docs)) for docs in modules.values()]
    counts = Counter(word for words in held for word in words)
    # Words of many modules say little, and words of few are not learned from others.
    kept = sorted(word for word, n in counts.items() if len(held) / 12 <= n <= len(held) / 5)
    every = [document for docs in modules.values() for document in docs]
    place = {word: j for j, word in enumerate(kept)}
    columns = [sorted(place[word] for word in words if word in place) for words, _ in every]
    ends = np.cumsum([0, *map(len, columns)])
    entries = np.ones(ends[-1]), np.array([j for row in columns for j in row]), ends
    features = sparse.csr_array(entries, shape=(len(every), len(kept)))
    return features, np.array([label for _, label in every]), list(modules)


def largest_steps(problem: ShardedLinear, found: Overlap) -> dict[str, list[float]]:
    """The largest step for every delay, by the constant that stands for s."""
    theorem = boundcalc.theorem("delayed-dcgd-convex")
    L_max = optimum(problem)["L_max"]
    constants = {
        "dense, s = n": found.workers,
        "conflict graph": math.ceil(found.conflicts),
        "shared words, s": found.s,
    }
    return {
        name: [
            float(theorem.step_size(L_max=L_max, omega=0, n=found.workers, s=s, tau=tau).gamma_max)
            for tau in DELAYS
        ]
        for name, s in constants.items()
    }


def bits(problem: ShardedLinear, parts: Sequence[float]) -> dict[str, dict[str, Any]]:
    """Iterations and bits of a worker to these parts of the first squared distance."""
    theorem = boundcalc.theorem("dcgd-strongly-convex")
    known = optimum(problem)
    constants = {name: known[name] for name in ("mu", "L_max", "sigma_star2", "D0")}
    constants |= {"L": problem.constants["L"], "n": problem.workers}
    d = problem.dimension
    rivals = {"identity": {}, "natural": {}, "ternary": {"d": d}, "randk": {"d": d, "k": d // 10}}
    answer: dict[str, dict[str, Any]] = {}
    for name, own in rivals.items():
        answer[name] = {}
        for part in parts:
            try:
                found = theorem.complexity(
                    part * known["D0"], estimator=name, **{**constants, "d": d, **own}
                )
            except boundcalc.UsageError as error:
                answer[name][f"{part:g}"] = {"problem": str(error)}
                continue
            answer[name][f"{part:g}"] = {
                "iterations": found.iterations, "gamma": found.gamma,
                "bits_per_worker": found.bits_per_worker,
            }  # fmt: skip
    return answer


def draw(steps: dict[str, list[float]], needed: dict[str, dict[str, Any]], target: Path) -> None:
    """Steps over the delay, and bits to each target."""
    figure = Figure(figsize=(9.5, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    for (name, values), style in zip(steps.items(), ("o-", "s--", "^-."), strict=True):
        left.plot(range(len(DELAYS)), values, style, label=name)
    left.set_xticks(range(len(DELAYS)), [str(tau) for tau in DELAYS])
    left.set(yscale="log", xlabel=r"largest delay $\tau$", ylabel=r"largest step $\gamma$")
    left.legend()
    for (name, answers), style in zip(needed.items(), ("o-", "s--", "^-.", "d:"), strict=True):
        there = [(float(p), a["bits_per_worker"]) for p, a in answers.items() if "iterations" in a]
        right.plot(*np.array(there or [(np.nan, np.nan)]).T, style, label=name)
    right.set(
        xscale="log", yscale="log", xlabel="target, as a part of $D_0$", ylabel="bits of a worker"
    )
    right.invert_xaxis()
    right.legend()
    figure.savefig(target, dpi=80)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build/sparse_text"))
    parser.add_argument("--workers", type=int, default=60, help="modules at most (default: 60)")
    parser.add_argument("--rows", type=int, default=8, help="docstrings of each (default: 8)")
    parser.add_argument(
        "--parts", type=float, nargs="+", default=[0.3, 0.1, 0.03, 0.01],
        help="targets, as parts of the first squared distance (default: 0.3 0.1 0.03 0.01)",
    )  # fmt: skip
    given = parser.parse_args()
    features, labels, names = library(given.rows, given.workers)
    n = len(names)
    problem = ShardedLinear(
        features, labels, LOSSES["logistic"], L2, np.zeros(features.shape[1]),
        workers=n, name="docstrings", title="docstrings of the standard library",
    )  # fmt: skip
    found = overlap(features, np.repeat(np.arange(n), given.rows))
    steps = largest_steps(problem, found)
    needed = bits(problem, given.parts)
    filled = features.nnz / (features.shape[0] * features.shape[1])
    print(f"{n} modules with {given.rows} docstrings each, {features.shape[1]} words;"
          f" {100 * filled:.2g}% of the entries are not 0")  # fmt: skip
    print(
        f"s = {found.s} modules share a word (conflict graph: {found.conflicts:.4g}, dense: {n})\n"
    )
    print("largest step of delayed-dcgd-convex, by the largest delay")
    print(f"{'':18}" + "".join(f"{tau:>10}" for tau in DELAYS))
    for name, values in steps.items():
        print(f"{name:18}" + "".join(f"{value:10.3g}" for value in values))
    print("\nbits of a worker of dcgd-strongly-convex, by the part of D0 that is left")
    print(f"{'':18}" + "".join(f"{part:>10}" for part in next(iter(needed.values()))))
    for name, answers in needed.items():
        cells = (a.get("bits_per_worker") for a in answers.values())
        print(f"{name:18}" + "".join("         -" if c is None else f"{c:10.3g}" for c in cells))
    given.out.mkdir(parents=True, exist_ok=True)
    draw(steps, needed, given.out / "sparse_text.png")
    document = {
        "modules": names, "words": features.shape[1], "s": found.s, "conflicts": found.conflicts,
        "delays": DELAYS, "steps": steps, "bits": needed,
    }  # fmt: skip
    (given.out / "sparse_text.json").write_text(json.dumps(document, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
