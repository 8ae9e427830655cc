"""Is momentum faster, and does it end lower, when gradients are compressed or clipped?

Beikmohammadi, Khirirat and Magnusson, "Parallel Momentum Methods Under Biased Gradient
Estimations", arXiv:2403.00853, see it so in their experiments. This one is small and on real data:
softmax regression on scikit-learn's 8x8 digits, dealt to workers half by class and half at random.
Each worker sends a mini-batch gradient cut down by top-k or clipped to a ball; the server takes
their mean and steps with SGD or with momentum, v = (1 - beta) v + beta g, x = x - gamma v. The
updates are the very ones that the theorems of the catalogue speak of.

Every method has its own step size: the one with the least objective at the end, of one grid, on
seeds kept for that. The methods are then compared on fresh seeds, with the same mini-batches for
all; and at equal steps, a quarter of the step of SGD and four times it. Beside it stands what the
bounds say for the constants measured in the run; `momentum_map.py` shows what they say for others.

    python examples/digits.py                      # about a minute; writes into build/digits
    python examples/digits.py --out DIR --seeds 20 --skew 1

Written: digits.png (curves), digits.json (every number and sentence that is printed).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import digits_report as report
import numpy as np
from digits_problem import Compress, Digits, clip, load, top_k
from digits_training import Configuration, History, error_of_estimate, train

import boundcalc

EQUAL = (0.25, 4.0)  # equal steps, as multiples of the one that SGD is tuned to
TUNING, FRESH, MEASURING = 1, 2, 3  # streams of mini-batches


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", type=Path, default=Path("build/digits"), help="folder (default: build/digits)")
    add("--seeds", type=int, default=10, help="fresh seeds to compare on, at least 2 (default: 10)")
    add("--tuning-seeds", type=int, default=3, help="seeds that choose the steps (default: 3)")
    add("--iterations", type=int, default=500, help="iterations of a run (default: 500)")
    add("--betas", type=float, nargs="+", default=[0.5, 0.2, 0.1], help="(default: 0.5 0.2 0.1)")
    add("--workers", type=int, default=10, help="(default: 10)")
    add("--batch", type=int, default=16, help="mini-batch of a worker (default: 16)")
    add("--skew", type=float, default=0.5, help="share of data dealt by class (default: 0.5)")
    add("--k", type=int, default=65, help="entries of 650 that top-k keeps (default: 65)")
    add("--clip", type=float, default=0.2, help="largest norm of a sent gradient (default: 0.2)")
    add("--l2", type=float, default=1e-3, help="weight of the regulariser (default: 0.001)")
    given = parser.parse_args()
    if given.out.exists() and not given.out.is_dir():
        parser.error(f"--out {given.out} is a file; give a folder")
    if min(given.seeds, given.iterations) < 2 or min(given.tuning_seeds, given.batch) < 1:
        parser.error("--seeds and --iterations must be at least 2, --tuning-seeds and --batch 1")
    if not all(0 < beta < 1 for beta in given.betas):
        parser.error("--betas must lie between 0 and 1; SGD, which is beta = 1, always runs")
    if not 1 <= given.workers <= 100 or not 0 <= given.skew <= 1:
        parser.error("--workers must be 1 to 100, --skew 0 to 1")
    if not 1 <= given.k <= 650 or min(given.clip, given.l2) <= 0:
        parser.error("--k must be 1 to 650, --clip and --l2 positive")
    return given


def step_sizes() -> list[float]:
    """The grid that every method is tuned on: powers of sqrt(2) from 1/8 to 16."""
    return [float(2 ** (power / 2)) for power in range(-6, 9)]


def predicted(
    digits: Digits, given: argparse.Namespace, history: History, C: float, sigma2: float
) -> dict[float, float]:
    """The best bound on the mean of ||grad f||^2 by beta, each at the step that is best for it.

    The constants are measured where SGD ends, not proved for the whole path: what comes out is
    what the theorems predict, not what they guarantee.
    """
    constants = {
        "L": digits.smoothness, "B": 0, "M": 0, "C": C, "sigma2": sigma2,
        "Delta": float(history.gap[0, 0, 0]),
    }  # fmt: skip
    first_error = float(history.gradient[0, 0, 0])  # the average starts at 0
    found = {}
    for beta in (1.0, *given.betas):
        name, own = ("sgd", {}) if beta == 1 else ("sgdm", {"beta": beta, "E0": first_error})
        step = boundcalc.theorem(f"{name}-nonconvex").step_size(
            horizon=given.iterations, **constants, **own
        )
        assert step.bound is not None  # it has a number for everything
        found[beta] = float(step.bound.value)
    return found


def experiment(
    digits: Digits, minimum: float, compress: Compress, given: argparse.Namespace
) -> tuple[History, dict[str, Any]]:
    """Tune, compare on fresh seeds, and measure; the tuned histories and all numbers."""
    betas, gammas = [1.0, *given.betas], step_sizes()
    common: dict[str, Any] = {
        "iterations": given.iterations, "batch": given.batch, "minimum": minimum,
    }  # fmt: skip
    grid = [Configuration(gamma, beta) for beta in betas for gamma in gammas]
    tuning = train(digits, grid, compress, seeds=given.tuning_seeds, stream=TUNING, **common)
    ends = tuning.end(tuning.gap).mean(axis=-1).reshape(len(betas), -1)
    tuned = [Configuration(gammas[i], b) for b, i in zip(betas, ends.argmin(axis=1), strict=True)]
    equal = [Configuration(tuned[0].gamma * times, beta) for times in EQUAL for beta in betas]
    runs = [*tuned, *equal]
    both = train(digits, runs, compress, seeds=given.seeds, stream=FRESH, **common)
    bias, variance = error_of_estimate(
        digits, both.last[:1], compress, batch=given.batch, draws=100, stream=MEASURING
    )
    C, sigma2 = float(bias.mean()), float(variance.mean())
    bounds = predicted(digits, given, both, C, sigma2)
    numbers = report.numbers(both, runs, bounds)
    numbers |= {
        "grid": gammas,
        "seeds": given.seeds,
        "tuning": ends.tolist(),
        "C": C,
        "sigma2": sigma2,
    }
    numbers["sentences"] = report.sentences(numbers)
    return both, numbers


def main() -> None:
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    digits = load(given.workers, given.skew, given.l2)
    minimum = digits.minimum()
    kinds = {
        f"top-k, k = {given.k} of {digits.dimension}": top_k(given.k),
        f"clipping at {given.clip:g}": clip(given.clip),
    }
    histories, results = {}, {}
    for kind, compress in kinds.items():
        histories[kind], results[kind] = experiment(digits, minimum, compress, given)
        print(report.table(kind, results[kind]))
    report.draw(histories, results, given.out / "digits.png")
    settings = {name: value for name, value in vars(given).items() if name != "out"}
    document = {"settings": settings, "minimum": minimum, "kinds": results}
    text = json.dumps(document, indent=1, default=np.ndarray.tolist)
    (given.out / "digits.json").write_text(text + "\n", encoding="utf-8")
    print(f"written: {given.out / 'digits.png'}, {given.out / 'digits.json'}")


if __name__ == "__main__":
    main()
