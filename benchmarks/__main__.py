"""Print a table of ratios; the parts of a ratio are timed in turns, and medians are compared."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np

import boundcalc
from boundcalc.choice import programs
from boundcalc.inputs import read_values
from numerics import GAP, SGDM, Synthetic, make_problem, simulate

ROUNDS = 5
Work = Callable[[], object]


def ratio(work: Work, reference: Work, rounds: int = ROUNDS) -> tuple[float, float, float]:
    """Median seconds of both, and the median of their ratios, timed one after the other."""
    ours, theirs = [], []
    for _ in range(rounds):
        for job, times in ((work, ours), (reference, theirs)):
            begun = time.perf_counter()
            job()
            times.append(time.perf_counter() - begun)
    return (
        median(ours),
        median(theirs),
        median(a / b for a, b in zip(ours, theirs, strict=True)),
    )


def process(*arguments: str) -> Work:
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


IMPORT_SYMPY = process("-c", "import sympy")
STEPSIZE = ["stepsize", "--theorem", "sgd-pl", "-p", "L=1", "-p", "B=0", "-p", "M=0"]
SYMPY = "python -c 'import sympy'"


# -- simulation: momentum with Gaussian noise on a quadratic ------------------------------

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


# -- bounds at fixed proof parameters -----------------------------------------------------

POINTS = 10**6


def many_bounds() -> Work:
    theorem = boundcalc.theorem("sgdm-nonconvex")
    fixed = {"L": 1, "beta": 0.5, "B": 0.1, "C": 0.1, "M": 0, "sigma2": 1, "Delta": 1}
    given = {name: float(v) for name, v in read_values(theorem, {**fixed, "gamma": 0.1}).items()}
    readable = programs(theorem, {}, ["readable"])[0]
    gamma = np.linspace(0.01, 0.3, POINTS)
    return lambda: readable.bound({**given, "theta": 0.6, "gamma": gamma}, 1000)


def exponentials() -> object:
    return np.exp(np.linspace(0.01, 0.3, POINTS))


def main() -> None:
    theorems = list(boundcalc.catalogue().values())
    rows: list[tuple[str, str, tuple[float, float, float]]] = [
        ("boundcalc --help", SYMPY, ratio(process("-m", "boundcalc", "--help"), IMPORT_SYMPY)),
        (
            "stepsize with numbers",
            SYMPY,
            ratio(
                process(
                    *[
                        "-m",
                        "boundcalc",
                        "stepsize",
                        "--theorem",
                        "sgd-pl",
                        "-p",
                        "L=1",
                        "-p",
                        "B=0",
                        "-p",
                        "M=0",
                    ]
                ),
                IMPORT_SYMPY,
            ),
        ),
        ("prove --all", SYMPY, ratio(lambda: [t.prove() for t in theorems], IMPORT_SYMPY, 3)),
        (f"{POINTS:.0e} bounds", f"{POINTS:.0e} exponentials", ratio(many_bounds(), exponentials)),
        ("simulation", "one trial at a time", ratio(simulated, one_trial_at_a_time, 3)),
        ("simulation", "drawing the noise", ratio(simulated, drawing, 3)),
    ]
    print(f"{'work':<24}{'seconds':>9}   {'reference':<26}{'seconds':>9}{'ratio':>9}")
    for work, reference, (ours, theirs, quotient) in rows:
        print(f"{work:<24}{ours:>9.3f}   {reference:<26}{theirs:>9.3f}{quotient:>9.2f}")


if __name__ == "__main__":
    main()
