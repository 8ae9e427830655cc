"""The confidence limits cover what they say, and say how many trials would settle the rest."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from boundcalc.verify.confidence import simultaneous_limits, trials_needed
from numerics import (
    GAP,
    SGDM,
    SQUARED_GRADIENT,
    Exact,
    Result,
    Synthetic,
    exact_mean,
    make_problem,
    simulate,
)

PROBLEM = make_problem("quadratic", dimension=4, mu=0.2)
POINTS = (1, 2, 4, 8, 16, 32)
RUN = {"gamma": 0.4, "beta": 0.5}


def simulated(oracle: Any, metric: Any, trials: int, seed: int, gamma: float = 0.4) -> Result:
    return simulate(
        PROBLEM, oracle, SGDM, {"gamma": gamma, "beta": 0.5}, metric=metric,
        iterations=POINTS[-1], trials=trials, seed=seed, checkpoints=POINTS,
    )  # fmt: skip


ADDITIVE = Synthetic(noise_law="gaussian", sigma2=0.5)
MIXED = Synthetic("opposing", "gaussian", B=0.04, M=0.1, sigma2=0.1)
RELATIVE = Synthetic(noise_law="rademacher", M=1.0)


@pytest.mark.parametrize("oracle", [ADDITIVE, MIXED, RELATIVE], ids=["add", "mixed", "relative"])
@pytest.mark.parametrize("metric", [GAP, SQUARED_GRADIENT], ids=lambda m: m.name)
def test_simultaneous_coverage(oracle: Any, metric: Any) -> None:
    exact = exact_mean(PROBLEM, oracle, SGDM, RUN, metric=metric, checkpoints=POINTS)
    seeds, covered = 200, 0
    for seed in range(seeds):
        lower, upper = simultaneous_limits(simulated(oracle, metric, 60, seed), 0.95, random=True)
        covered += bool(((lower <= exact * (1 + 1e-12)) & (exact * (1 - 1e-12) <= upper)).all())
    assert covered >= 0.95 * seeds


def test_the_limits_are_not_absurdly_wide() -> None:
    exact = exact_mean(PROBLEM, ADDITIVE, SGDM, RUN, metric=GAP, checkpoints=POINTS)
    lower, upper = simultaneous_limits(simulated(ADDITIVE, GAP, 2000, 0), 0.99, random=True)
    assert ((upper - lower) < 0.25 * exact).all()


def test_without_randomness_the_limits_are_the_mean() -> None:
    result = simulated(Exact(), GAP, 1, 0)
    lower, upper = simultaneous_limits(result, 0.99, random=False)
    assert (lower == result.mean).all() and (upper == result.mean).all()


def test_one_trial_says_nothing() -> None:
    result = simulated(ADDITIVE, GAP, 1, 0)
    lower, upper = simultaneous_limits(result, 0.99, random=True)
    assert (lower == 0).all() and (upper == np.inf).all()
    undecided = np.ones(len(POINTS), dtype=bool)
    needed = trials_needed(result, np.ones(len(POINTS)), undecided, 0.99)
    assert needed is not None and needed >= 100


def test_diverged_trials_have_an_enormous_mean() -> None:
    result = simulate(
        PROBLEM, ADDITIVE, SGDM, {"gamma": 60.0, "beta": 1.0}, metric=GAP, iterations=400,
        trials=50, seed=0, checkpoints=(1, 400),
    )  # fmt: skip
    assert result.diverged[-1] == 50
    lower, upper = simultaneous_limits(result, 0.99, random=True)
    assert lower[-1] > 1e140 and upper[-1] == np.inf
    assert np.isfinite(upper[0])


@pytest.mark.parametrize("side", [0.93, 1.07])
def test_the_trials_asked_for_decide_if_the_moments_stay(side: float) -> None:
    few = simulated(ADDITIVE, GAP, 100, 3)
    bound = side * few.mean

    def decided(trials: int) -> bool:
        more = replace(few, trials=trials, count=np.full(len(POINTS), trials))
        lower, upper = simultaneous_limits(more, 0.99, random=True)
        return bool(((upper <= bound) if side > 1 else (lower > bound)).all())

    assert not decided(100)
    needed = trials_needed(few, bound, np.ones(len(POINTS), dtype=bool), 0.99)
    assert needed is not None and 100 < needed < 10**6
    assert decided(needed) and not decided(needed // 3)


def test_a_mean_on_the_bound_is_never_decided() -> None:
    result = simulated(ADDITIVE, GAP, 100, 0)
    undecided = np.ones(len(POINTS), dtype=bool)
    assert trials_needed(result, result.mean.copy(), undecided, 0.99) is None
