"""How often verdicts are false: bounds that are true by nothing to spare, and bounds that are not.

The bound is the exact mean, at every checkpoint, so that the theorem is true and there is nothing
to spare; a verdict of *violated* is then false. With the bound 10 % below, a verdict of *holds* is.
The limits alone give the verdict here, as they do where the mean is not known exactly; where it is
known, it decides and there is nothing to measure.

``python -m benchmarks verdicts`` makes 10,000 runs, some minutes of one core; with
``VERDICTS=quick`` in the environment it makes 500.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.measure import Row
from boundcalc.verify.evidence import evidence
from numerics import (
    DISTANCE,
    GAP,
    SGD,
    SGDM,
    SQUARED_GRADIENT,
    Messages,
    Metric,
    Oracle,
    Problem,
    Synthetic,
    WorkerOracle,
    exact_mean,
    make_problem,
    simulate,
)
from numerics.compressors import AllOrNothing, RandK, Sparsifier

LEVEL = 0.99
RUNS, QUICK = 10_000, 500
# What the bound that is too low is of the exact mean.
TOO_LOW = 0.9
# The part of the runs whose verdict may be false.
ALLOWED = 0.01

PLAIN = make_problem("quadratic", dimension=4, mu=0.2)
EQUAL = make_problem("quadratic", dimension=4, spectrum="equal")
SINGLE = make_problem("quadratic", dimension=1)
WORKERS = make_problem("shifted-quadratics", dimension=4, workers=3, shift=0.3, spread=0.0)


@dataclass(frozen=True)
class Law:
    """A method with its randomness, and where it is looked at."""

    problem: Problem
    oracle: Oracle
    gamma: float
    checkpoints: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    metric: Metric = GAP
    trials: int = 200
    beta: float | None = None

    @property
    def algorithm(self) -> Any:
        return SGD if self.beta is None else SGDM

    @property
    def parameters(self) -> dict[str, float]:
        return {"gamma": self.gamma} | ({} if self.beta is None else {"beta": self.beta})

    def exact(self) -> Any:
        return exact_mean(
            self.problem, self.oracle, self.algorithm, self.parameters, metric=self.metric,
            checkpoints=self.checkpoints,
        )  # fmt: skip

    def verdicts(self, exact: Any, seed: int) -> tuple[str, str]:
        """Those on the exact mean, and on the bound that is too low, by the limits alone."""
        found = simulate(
            self.problem, self.oracle, self.algorithm, self.parameters, metric=self.metric,
            iterations=self.checkpoints[-1], trials=self.trials, seed=seed,
            checkpoints=self.checkpoints,
        )  # fmt: skip
        known = evidence(found, np.full(len(exact), np.nan), LEVEL, random=True)
        return known.verdict(exact, 1e-9 * exact), known.verdict(TOO_LOW * exact, 1e-9 * exact)


def _along(M: float) -> Synthetic:
    return Synthetic(noise_law="multiplicative", M=M)


def _rare(omega: float, **more: Any) -> WorkerOracle:
    return WorkerOracle(compressor=AllOrNothing(omega), **more)


LAWS = {
    "gaussian": Law(PLAIN, Synthetic(noise_law="gaussian", sigma2=0.5), 0.4),
    "gaussian, few trials": Law(PLAIN, Synthetic(noise_law="gaussian", M=1.0), 0.4, trials=30),
    "gaussian, one step": Law(
        SINGLE, Synthetic(noise_law="gaussian", sigma2=9.0), 0.9, checkpoints=(1,), trials=60
    ),
    "gaussian, momentum": Law(
        PLAIN,
        Synthetic(noise_law="gaussian", M=0.5, sigma2=0.2),
        0.4,
        metric=SQUARED_GRADIENT,
        checkpoints=(2, 4, 8, 16, 32),
        beta=0.5,
    ),
    "rademacher": Law(SINGLE, Synthetic(noise_law="rademacher", sigma2=0.5), 0.4),
    "rademacher, relative": Law(PLAIN, Synthetic(noise_law="rademacher", M=2.0), 0.3),
    "relative": Law(EQUAL, _along(1.0), 0.45),
    "relative, long": Law(EQUAL, _along(5.0), 0.2, checkpoints=(10, 40, 160)),
    "relative, momentum": Law(EQUAL, _along(2.0), 0.3, beta=0.5),
    "relative and absolute": Law(
        SINGLE, Synthetic(noise_law="multiplicative", M=1.5, sigma2=0.2), 0.7, trials=400
    ),
    "rare, downwards": Law(EQUAL, _rare(1e4), 1e-4, checkpoints=(1, 10, 100)),
    "rare, upwards": Law(EQUAL, _rare(100.0), 0.05, checkpoints=(1, 4, 16), trials=300),
    "rare, upwards, one step": Law(EQUAL, _rare(200.0), 0.1, checkpoints=(1,), trials=500),
    "rare, with noise": Law(
        PLAIN,
        _rare(100.0, noise_law="gaussian", sigma0_2=0.1),
        0.05,
        checkpoints=(1, 4),
        trials=300,
    ),
    "all or nothing": Law(WORKERS, _rare(4.0), 0.2, metric=DISTANCE),
    "all or nothing, late": Law(
        WORKERS, Messages(compressor=AllOrNothing(1.0), tau=3), 0.1, metric=DISTANCE
    ),
    "rand-k": Law(WORKERS, WorkerOracle(compressor=RandK(1)), 0.2),
    "sparsifier, rare": Law(
        WORKERS, WorkerOracle(compressor=Sparsifier((0.02, 0.5, 1.0, 0.5))), 0.04, trials=500
    ),
}


def rows() -> Iterator[Row]:
    """For every law the part of false verdicts of both kinds; then all of them together."""
    runs = QUICK if os.environ.get("VERDICTS") == "quick" else RUNS
    each = -(-runs // len(LAWS))
    every = np.zeros(2, dtype=int)
    for name, law in LAWS.items():
        false = count(law, each)
        every += false
        yield _row(name, false, each)
    yield _row("all laws", every, each * len(LAWS))


def count(law: Law, runs: int) -> Any:
    """How many of the runs say *violated* of the exact mean, and *holds* of the bound below it."""
    exact = law.exact()
    false = np.zeros(2, dtype=int)
    for seed in range(runs):
        true, too_low = law.verdicts(exact, seed)
        false += (true == "violated", too_low == "holds")
    return false


def _row(name: str, false: Any, runs: int) -> Row:
    violated, holds = (100 * int(number) / runs for number in false)
    return Row(
        f"false verdicts, {name}",
        f"violated {violated:.2f} %, holds {holds:.2f} % of {runs} runs",
        f"each at most {100 * ALLOWED:g} %",
        bool((false <= ALLOWED * runs).all()),
    )
