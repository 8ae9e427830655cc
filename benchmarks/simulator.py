"""The simulator: momentum with Gaussian noise on a quadratic, all trials at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Row, alternate
from numerics import GAP, SGDM, Synthetic, make_problem, simulate

__all__ = ["rows"]

TRIALS, STEPS, DIMENSION = 64, 400, 1000
STEP = {"gamma": 0.1, "beta": 0.5}


def simulated() -> object:
    problem = make_problem("quadratic", dimension=DIMENSION)
    oracle = Synthetic(noise_law="gaussian", sigma2=1.0)
    return simulate(
        problem, oracle, SGDM, STEP, metric=GAP, iterations=STEPS, trials=TRIALS, seed=0
    )


def one_trial_at_a_time() -> object:
    """What a person would write first."""
    spectrum = np.geomspace(0.1, 1, DIMENSION)
    rng, gaps = np.random.default_rng(0), np.zeros(STEPS)
    for _ in range(TRIALS):
        x = np.ones(DIMENSION)
        v = spectrum * x
        for k in range(STEPS):
            noise = rng.standard_normal(DIMENSION) / np.sqrt(DIMENSION)
            v = (1 - STEP["beta"]) * v + STEP["beta"] * (spectrum * x + noise)
            x = x - STEP["gamma"] * v
            gaps[k] += np.sum(spectrum * x * x) / 2
    return gaps / TRIALS


def drawing() -> object:
    """Only the random numbers of the simulation."""
    rng, block = np.random.default_rng(0), np.empty((TRIALS // 2, DIMENSION))
    for _ in range(2 * STEPS):
        rng.standard_normal(out=block)
    return block


def rows() -> Iterator[Row]:
    times = alternate(simulated, one_trial_at_a_time, drawing, rounds=5)
    name = f"simulation, {TRIALS} trials of {STEPS} steps, d = {DIMENSION}"
    yield Row(name, f"{times.ratio(0, 1):.2f} x one trial at a time")
    yield Row(name, f"{times.ratio(0, 2):.2f} x drawing the noise")
