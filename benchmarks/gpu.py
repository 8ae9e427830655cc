"""The simulator on a GPU against NumPy on all cores, where the arrays are long."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

from benchmarks.measure import Row, alternate
from numerics import GAP, SGDM, InputError, Synthetic, make_problem, simulate
from numerics.backend import backend

TRIALS, STEPS, DIMENSION = 16, 20, 10**6
STEP = {"gamma": 0.1, "beta": 0.5}


def simulated(device: str) -> object:
    problem = make_problem("quadratic", dimension=DIMENSION)
    oracle = Synthetic(noise_law="gaussian", sigma2=1.0)
    return simulate(
        problem, oracle, SGDM, STEP, metric=GAP, iterations=STEPS, trials=TRIALS, seed=0,
        workers=None, device=device,
    )  # fmt: skip


def rows() -> Iterator[Row]:
    name = f"simulation on a GPU, {TRIALS} trials of {STEPS} steps, d = {DIMENSION:.0e}"
    try:
        backend("cuda")
    except InputError as error:
        yield Row(name, "not measured: no GPU", reason=str(error))
        return
    times = alternate(*(partial(simulated, device) for device in ("cuda", "cpu")), rounds=3)
    cores = os.cpu_count() or 1
    yield Row(name, f"{times.ratio(1, 0):.1f} x as fast as NumPy on {cores} cores")
