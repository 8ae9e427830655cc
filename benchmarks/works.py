"""The same work as boundcalc does it and as a person would first write it in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.measure import Work
from numerics import (
    GAP,
    SGD,
    SGDM,
    SSVR,
    Algorithm,
    Metric,
    MiniBatch,
    Oracle,
    Problem,
    Synthetic,
    make_compressor,
    make_problem,
    simulate,
)
from numerics.oracles import WorkerOracle


@dataclass(frozen=True)
class Setting:
    """A simulation: what runs, for how many steps of how many trials.

    ``workers`` are those that a long run of it chooses by itself on two cores; runs as short as
    these do not look. Processes have started before anything is timed, as JAX has compiled.
    """

    name: str
    problem: Problem
    oracle: Oracle
    algorithm: Algorithm
    parameters: dict[str, float]
    metric: Metric
    steps: int
    trials: int
    workers: str = "threads:2"

    def simulated(self, workers: int | str | None = None) -> object:
        """The result of boundcalc, on all cores unless told otherwise."""
        return simulate(
            self.problem, self.oracle, self.algorithm, self.parameters, metric=self.metric,
            iterations=self.steps, trials=self.trials, seed=0, workers=workers or self.workers,
        )  # fmt: skip


def momentum(law: str, dimension: int = 1000, trials: int = 64, steps: int = 400) -> Setting:
    return Setting(
        f"momentum, {law} noise, d = {dimension}, {trials} trials of {steps} steps",
        make_problem("quadratic", dimension=dimension, mu=0.1, spectrum="log"),
        Synthetic(noise_law=law, sigma2=1.0),
        SGDM,
        {"gamma": 0.1, "beta": 0.5},
        GAP,
        steps,
        trials,
        "threads:2" if law == "gaussian" else "processes:2",
    )


def ssvr(components: int = 500, dimension: int = 50) -> Setting:
    return Setting(
        f"SSVR, a sum of {components} logistic losses, d = {dimension}, 256 trials of 400 steps",
        make_problem("glm", loss="logistic", l2=0.1, samples=components, dimension=dimension),
        MiniBatch(1),
        SSVR,
        {"gamma": 1e-3, "beta": 0.1},
        GAP,
        400,
        256,
        "processes:2",
    )


def top_k(workers: int = 16, dimension: int = 1000) -> Setting:
    return Setting(
        f"top-100 of {workers} workers, d = {dimension}, 8 trials of 60 steps",
        make_problem("shifted-quadratics", dimension=dimension, workers=workers),
        WorkerOracle(noise_law="gaussian", sigma0_2=1.0, compressor=make_compressor("topk", k=100)),
        SGD,
        {"gamma": 0.1},
        GAP,
        60,
        8,
    )


MOMENTUM, RADEMACHER = momentum("gaussian"), momentum("rademacher")
SSVR_WORK, TOP_K = ssvr(), top_k()


# -- one trial at a time ---------------------------------------------------------------------


def _momentum(setting: Setting, rng: np.random.Generator) -> float:
    problem, d = setting.problem, setting.problem.dimension
    spectrum = problem.spectrum  # type: ignore[attr-defined]
    gamma, beta = setting.parameters["gamma"], setting.parameters["beta"]
    x = problem.start.copy()
    v = spectrum * x
    for _ in range(setting.steps):
        g = spectrum * x + rng.standard_normal(d) / np.sqrt(d)
        v = (1 - beta) * v + beta * g
        x = x - gamma * v
    return float(np.sum(spectrum * x * x) / 2)


def _ssvr(setting: Setting, rng: np.random.Generator) -> float:
    problem = setting.problem
    rows, labels, l2 = problem.features, problem.targets, problem.l2  # type: ignore[attr-defined]
    gamma, beta = setting.parameters["gamma"], setting.parameters["beta"]

    def gradient(x: np.ndarray, i: object) -> np.ndarray:
        a, y = rows[i], labels[i]
        return -y * a / (1 + np.exp(y * (a @ x))) + l2 * x

    x = problem.start.copy()
    v = problem.gradient(x[None])[0]
    for _ in range(setting.steps):
        after, i = x - gamma * np.sign(v), rng.integers(len(rows))
        v = gradient(after, i) + (1 - beta) * (v - gradient(x, i))
        x = after
    return float(problem.value(x[None])[0])


def _top_k(setting: Setting, rng: np.random.Generator) -> float:
    problem, d = setting.problem, setting.problem.dimension
    spectrum, n = problem.spectrum, problem.workers  # type: ignore[attr-defined]
    scales, centres = problem.scales, problem.centres  # type: ignore[attr-defined]
    x = problem.start.copy()
    for _ in range(setting.steps):
        total = np.zeros(d)
        for i in range(n):
            g = scales[i] * spectrum * (x - centres[i]) + rng.standard_normal(d) / np.sqrt(d)
            kept = np.argpartition(np.abs(g), d - 100)[d - 100 :]
            total[kept] += g[kept]
        x = x - setting.parameters["gamma"] * total / n
    return float(np.sum(spectrum * x * x) / 2)


_LOOPS = {SGDM.name: _momentum, SSVR.name: _ssvr, SGD.name: _top_k}


def loop(setting: Setting) -> Work:
    """The mean over trials that run one after the other."""
    one = partial(_LOOPS[setting.algorithm.name], setting)
    return lambda: np.mean([one(np.random.default_rng(t)) for t in range(setting.trials)])
