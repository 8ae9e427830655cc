"""The simulator against exact expectations: it agrees, and the comparison can fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from numerics import (
    DISTANCE,
    GAP,
    GRADIENT_NORM,
    LEAST_SQUARED_GRADIENT,
    MEAN_GAP,
    PATTERNS,
    SGD,
    SGDM,
    SIGN_SGD,
    SQUARED_GRADIENT,
    ClippedWorkers,
    Messages,
    MiniBatch,
    Problem,
    Synthetic,
    WorkerOracle,
    exact_mean,
    make_problem,
    simulate,
)
from numerics.compressors import (
    AllOrNothing,
    Dithering,
    Natural,
    RandK,
    Scaled,
    Shrink,
    Sparsifier,
    TopK,
)
from numerics.reference import NoExactMean

PROBLEM = make_problem("quadratic", dimension=12, mu=0.05, start=1.5)
POINTS = [1, 2, 5, 12, 30, 80]


def worst_z(
    oracle: Any,
    algorithm: Any,
    run: Any,
    told: Any,
    metric: Any,
    start: str,
    problem: Problem = PROBLEM,
) -> float:
    """The largest distance of the simulated mean from the exact one, in standard errors."""
    result = simulate(
        problem, oracle, algorithm, run, metric=metric, iterations=80, trials=8000, seed=11,
        start=start, checkpoints=POINTS, workers=2,
    )  # fmt: skip
    exact = exact_mean(
        problem, oracle, algorithm, told, metric=metric, checkpoints=POINTS, start=start
    )
    # Where nothing is random yet only rounding remains.
    error = np.sqrt(result.variance / result.trials) + 1e-12 * exact
    return float(np.abs((result.mean - exact) / error).max())


ORACLES = [
    Synthetic(noise_law="gaussian", sigma2=0.5),
    Synthetic(noise_law="rademacher", sigma2=0.5),
    Synthetic("opposing", "gaussian", B=0.2, M=0.6, sigma2=0.1),
    Synthetic(noise_law="rademacher", M=1.0),
]


@pytest.mark.parametrize("oracle", ORACLES, ids=["gaussian", "rademacher", "biased", "relative"])
@pytest.mark.parametrize("metric", [GAP, SQUARED_GRADIENT], ids=lambda m: m.name)
@pytest.mark.parametrize("start", ["gradient", "zero", "first"])
def test_momentum_has_the_exact_mean(oracle: Any, metric: Any, start: str) -> None:
    p = {"gamma": 0.4, "beta": 0.3}
    assert worst_z(oracle, SGDM, p, p, metric, start) < 4.5


@pytest.mark.parametrize("oracle", ORACLES, ids=["gaussian", "rademacher", "biased", "relative"])
def test_plain_descent_has_the_exact_mean(oracle: Any) -> None:
    assert worst_z(oracle, SGD, {"gamma": 0.4}, {"gamma": 0.4}, GAP, "gradient") < 4.5


WORKERS = make_problem("shifted-quadratics", dimension=6, workers=5, start=0.3)
SENT = [None, AllOrNothing(3.0), RandK(2), Shrink(0.3)]


@pytest.mark.parametrize("compressor", SENT, ids=["none", "all-or-nothing", "randk", "shrink"])
@pytest.mark.parametrize("start", ["gradient", "first"])
def test_workers_have_the_exact_mean(compressor: Any, start: str) -> None:
    oracle = WorkerOracle(noise_law="gaussian", sigma0_2=0.2, compressor=compressor)
    p = {"gamma": 0.2, "beta": 0.4}
    assert worst_z(oracle, SGDM, p, p, SQUARED_GRADIENT, start, WORKERS) < 4.5


def test_identical_workers_have_the_exact_mean() -> None:
    oracle = WorkerOracle(compressor=AllOrNothing(3.0), workers=4)
    assert worst_z(oracle, SGD, {"gamma": 0.3}, {"gamma": 0.3}, GAP, "gradient") < 4.5


# Laws whose second moments are linear: along the gradient, biases, rotations, equal eigenvalues.
EQUAL = make_problem("quadratic", dimension=3, spectrum="equal", L=0.8)
ROTATED = make_problem("quadratic", dimension=5, mu=0.2, rotate=True, seed=3)
LAWS = {
    "relative": (PROBLEM, Synthetic(noise_law="multiplicative", M=0.5)),
    "along, equal": (EQUAL, Synthetic(noise_law="multiplicative", M=0.4, sigma2=0.3)),
    "random bias": (PROBLEM, Synthetic("random", "gaussian", B=0.2, C=0.1, M=0.1, sigma2=0.1)),
    "fixed bias": (ROTATED, Synthetic("fixed", "gaussian", C=0.1, M=0.1, sigma2=0.1)),
    "rotated": (ROTATED, Synthetic("opposing", "rademacher", B=0.1, M=0.5, sigma2=0.1)),
    "rotated, relative": (ROTATED, Synthetic(noise_law="multiplicative", M=0.5)),
    "all or nothing, rotated": (ROTATED, WorkerOracle(compressor=AllOrNothing(2.0), workers=2)),
    "workers along, equal": (
        EQUAL,
        WorkerOracle(noise_law="multiplicative", sigma0_2=0.3, compressor=RandK(2), workers=2),
    ),
    "sparsifier": (
        WORKERS,
        WorkerOracle(compressor=Sparsifier((0.2, 0.4, 0.6, 0.8, 1.0, 0.5)), workers=5),
    ),
    "scaled": (WORKERS, WorkerOracle(compressor=Scaled(RandK(2)), workers=5)),
    "dithering of one number": (
        make_problem("quadratic", dimension=1),
        WorkerOracle(compressor=Dithering(3), noise_law="gaussian", sigma0_2=0.1),
    ),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("metric", [GAP, SQUARED_GRADIENT], ids=lambda m: m.name)
@pytest.mark.parametrize("algorithm", [SGD, SGDM], ids=lambda a: a.name)
def test_other_laws_have_the_exact_mean(law: str, metric: Any, algorithm: Any) -> None:
    problem, oracle = LAWS[law]
    p = {"gamma": 0.2, "beta": 0.4} if algorithm is SGDM else {"gamma": 0.2}
    assert worst_z(oracle, algorithm, p, p, metric, "gradient", problem) < 4.5


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("aggregated", [False, True])
@pytest.mark.parametrize("metric", [DISTANCE, MEAN_GAP], ids=lambda m: m.name)
def test_late_answers_have_the_exact_mean(pattern: str, aggregated: bool, metric: Any) -> None:
    oracle = Messages(compressor=AllOrNothing(1.0), tau=3, pattern=pattern, aggregated=aggregated)
    p = {"gamma": 0.1}
    assert worst_z(oracle, SGD, p, p, metric, "gradient", WORKERS) < 4.5


def test_a_discounted_mean_is_exact() -> None:
    metric = replace(LEAST_SQUARED_GRADIENT, discount=0.9)
    p = {"gamma": 0.2}
    oracle = WorkerOracle(compressor=RandK(2))
    assert worst_z(oracle, SGD, p, p, metric, "gradient", WORKERS) < 4.5


def test_what_no_sample_shows_is_known() -> None:
    # E f falls by 1 - 2 gamma + (1 + M) gamma^2 = 5/6 in a step, the typical trial much faster.
    oracle = Synthetic(noise_law="multiplicative", M=5.0)
    found = exact_mean(EQUAL, oracle, SGD, {"gamma": 1 / 4.8}, metric=GAP, checkpoints=[0, 250])
    assert found[1] / found[0] == pytest.approx((5 / 6) ** 250, rel=1e-12)


@pytest.mark.parametrize("told", [{"gamma": 0.4, "beta": 0.33}, {"gamma": 0.42, "beta": 0.3}])
def test_a_slightly_wrong_parameter_is_noticed(told: dict[str, float]) -> None:
    run = {"gamma": 0.4, "beta": 0.3}
    assert worst_z(ORACLES[0], SGDM, run, told, SQUARED_GRADIENT, "gradient") > 6


def test_stationary_value_of_plain_descent() -> None:
    # E f settles at sum of gamma s^2 / (2 (2 - gamma l)) per coordinate, s^2 the noise variance.
    gamma, values = 0.4, PROBLEM.spectrum  # type: ignore[attr-defined]
    expected = float(np.sum(gamma * 0.5 / 12 / (2 * (2 - gamma * values))))
    found = exact_mean(PROBLEM, ORACLES[0], SGD, {"gamma": gamma}, metric=GAP, checkpoints=[5000])
    assert found[0] == pytest.approx(expected, rel=1e-10)


def test_momentum_with_beta_one_is_plain_descent() -> None:
    one, other = (
        exact_mean(PROBLEM, ORACLES[2], a, p, metric=GAP, checkpoints=POINTS)
        for a, p in ((SGD, {"gamma": 0.4}), (SGDM, {"gamma": 0.4, "beta": 1.0}))
    )
    assert np.allclose(one, other, rtol=1e-13)


@pytest.mark.parametrize(
    "oracle",
    [
        Synthetic("fixed", B=0.1, C=0.1),
        Synthetic("opposing", C=0.1),
        Synthetic(noise_law="multiplicative", M=0.1, sigma2=0.1),
        MiniBatch(),
        WorkerOracle(noise_law="multiplicative", sigma0_2=0.1),
        ClippedWorkers(clip=1.0, G2=2.0),
    ],
)
def test_refuses_what_has_no_linear_recursion(oracle: Any) -> None:
    with pytest.raises(NoExactMean, match="exact moments need"):
        exact_mean(PROBLEM, oracle, SGD, {"gamma": 0.1}, metric=GAP, checkpoints=[1])


@pytest.mark.parametrize(
    "problem, compressor", [(PROBLEM, TopK(2)), (PROBLEM, Natural()), (ROTATED, RandK(2))]
)
def test_refuses_other_compressors(problem: Problem, compressor: Any) -> None:
    with pytest.raises(NoExactMean, match="exact moments are known for no compressor"):
        oracle = WorkerOracle(compressor=compressor)
        exact_mean(problem, oracle, SGD, {"gamma": 0.1}, metric=GAP, checkpoints=[1])


def test_refuses_other_problems_methods_and_measures() -> None:
    def ask(
        problem: Problem = PROBLEM, algorithm: Any = SGD, metric: Any = GAP, K: int = 1
    ) -> None:
        oracle = Synthetic(noise_law="gaussian", sigma2=0.1)
        exact_mean(problem, oracle, algorithm, {"gamma": 0.1}, metric=metric, checkpoints=[K])

    with pytest.raises(NoExactMean, match="a quadratic"):
        ask(make_problem("sine"))
    with pytest.raises(NoExactMean, match="sgd and sgdm"):
        ask(algorithm=SIGN_SGD)
    with pytest.raises(NoExactMean, match="no mean of"):
        ask(metric=GRADIENT_NORM)
    with pytest.raises(NoExactMean, match="multiplications"):
        ask(K=10**9)
