"""Estimators meet their constants, and with equality where they promise it."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from numerics import (
    BIAS_LAWS,
    NOISE_LAWS,
    SGD,
    SGDM,
    Exact,
    InputError,
    MiniBatch,
    Problem,
    Synthetic,
    audit,
    initial_error,
    make_problem,
)
from numerics.problems import GeneralisedLinear

PROBLEM = make_problem("quadratic", dimension=70)


def at(trials: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(seed).standard_normal((trials, PROBLEM.dimension))
    return x, PROBLEM.gradient(x)


def draw(oracle: Any, x: np.ndarray, gradient: np.ndarray, seed: int = 1) -> np.ndarray:
    out = np.empty_like(x)
    assert oracle.draw(PROBLEM, x, gradient, np.random.default_rng(seed), out) is out
    return out


@pytest.mark.parametrize("law", BIAS_LAWS)
def test_bias_meets_its_bound_with_equality(law: str) -> None:
    x, g = at(50)
    g[7] = 0.0
    b = draw(Synthetic(law, B=0.3, C=0.2), x, g) - g
    assert np.allclose(np.sum(b**2, axis=1), 0.3 * np.sum(g**2, axis=1) + 0.2, rtol=1e-12)


def test_opposing_bias_opposes() -> None:
    x, g = at(10)
    b = draw(Synthetic("opposing", B=0.3, C=0.2), x, g) - g
    cosine = np.sum(b * g, axis=1) / np.linalg.norm(b, axis=1) / np.linalg.norm(g, axis=1)
    assert np.allclose(cosine, -1)


def test_fixed_bias_is_not_spoilt_by_a_diverged_trial() -> None:
    x, g = at(3)
    g[0] = np.inf
    with np.errstate(invalid="ignore"):
        out = draw(Synthetic("fixed", C=0.2), x, g)
    assert np.isfinite(out[1:]).all()


@pytest.mark.parametrize("law", ["rademacher", "multiplicative"])
def test_coin_noise_meets_its_bound_surely(law: str) -> None:
    x, g = at(50)
    z = draw(Synthetic(noise_law=law, M=0.5, sigma2=2.0), x, g) - g
    assert np.allclose(np.sum(z**2, axis=1), 0.5 * np.sum(g**2, axis=1) + 2.0, rtol=1e-12)


@pytest.mark.parametrize("law", NOISE_LAWS)
def test_noise_has_mean_zero_and_the_stated_variance(law: str) -> None:
    n = 20_000
    x, g = at(1)
    x, g = np.repeat(x, n, axis=0), np.repeat(g, n, axis=0)
    z = draw(Synthetic(noise_law=law, M=0.5, sigma2=2.0), x, g) - g
    level = 0.5 * float(g[0] @ g[0]) + 2.0
    sizes = np.sum(z**2, axis=1)
    error = sizes.std() / n**0.5 + 1e-9
    assert abs(sizes.mean() - level) <= 4.5 * error
    assert np.linalg.norm(z.mean(axis=0)) <= 4.5 * np.sqrt(level / n)
    if law != "multiplicative":
        covariance = z.T @ z / n
        assert np.abs(covariance - level / 70 * np.eye(70)).max() < 6 * level / 70 * (2 / n) ** 0.5


def test_rademacher_bits_are_all_used_and_independent_of_the_row() -> None:
    x, g = at(1000)
    z = draw(Synthetic(noise_law="rademacher", sigma2=70.0), x, g) - g
    signs = np.rint(z)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert np.abs(signs.mean(axis=0)).max() < 5 / 1000**0.5
    assert len(np.unique(signs, axis=0)) == 1000


def test_only_what_is_random_says_so() -> None:
    assert not Exact().random and not Synthetic("opposing", B=0.2).random
    assert Synthetic("random", B=0.2).random and not Synthetic("random").random
    assert Synthetic(noise_law="gaussian", sigma2=1).random and MiniBatch().random


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"B": 0.1}, "B or C > 0 needs a bias law"),
        ({"sigma2": 0.1}, "M or sigma2 > 0 needs a noise law"),
        ({"bias_law": "oposing"}, "did you mean opposing"),
        ({"noise_law": "gauss"}, "did you mean gaussian"),
        ({"noise_law": "gaussian", "sigma2": -1.0}, "sigma2 must be >= 0"),
        ({"bias_law": "fixed", "C": float("nan")}, "C must be finite"),
    ],
)
def test_wrong_laws_and_constants(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        Synthetic(**options)


SUMS = {
    "squared": {"loss": "squared", "samples": 12, "dimension": 3},
    "squared-l2": {"loss": "squared", "samples": 12, "dimension": 20, "l2": 0.1},
    "logistic": {"loss": "logistic", "samples": 12, "dimension": 3},
    "geman-mcclure": {"loss": "geman-mcclure", "samples": 12, "dimension": 3, "l2": 0.3},
}


@pytest.mark.parametrize("case", SUMS)
@pytest.mark.parametrize(("batch", "replace"), [(1, False), (3, False), (12, False), (2, True)])
def test_minibatch_variance_exactly_over_all_batches(case: str, batch: int, replace: bool) -> None:
    problem = make_problem("glm", **SUMS[case])
    assert isinstance(problem, GeneralisedLinear)
    m, c = problem.components, MiniBatch(batch, replace).constants(problem)
    rng = np.random.default_rng(3)
    x = np.vstack([s * rng.standard_normal((5, problem.dimension)) for s in (0.1, 1, 10)])
    gradient = problem.gradient(x)
    subsets = list(itertools.combinations(range(m), batch))
    if replace:
        subsets = list(itertools.product(range(m), repeat=batch))
    total, mean = np.zeros(len(x)), np.zeros_like(x)
    for subset in subsets:
        one = problem.sample_gradient(x, np.tile(np.array(subset, dtype=np.intp), (len(x), 1)))
        total += np.sum((one - gradient) ** 2, axis=1) / len(subsets)
        mean += one / len(subsets)
    assert np.allclose(mean, gradient, atol=1e-10)
    allowed = c["M"] * np.sum(gradient**2, axis=1) + c["sigma2"]
    assert (total <= allowed * (1 + 1e-12) + 1e-24).all()
    if case != "squared-l2" and batch < m:
        # Not vacuous: somewhere a good part of the allowance is used.
        assert (total / allowed).max() > 0.1


@pytest.mark.parametrize("batch", [1, 3, 40])
def test_batches_are_uniform_subsets(batch: int) -> None:
    m, trials = 50, 20_000
    drawn = MiniBatch(batch).indices(m, trials, np.random.default_rng(0))
    assert drawn.shape == (trials, batch) and drawn.min() >= 0 and drawn.max() < m
    ordered = np.sort(drawn, axis=1)
    assert (np.diff(ordered, axis=1) > 0).all()
    p = batch / m
    frequency = np.bincount(drawn.ravel(), minlength=m) / trials
    assert np.abs(frequency - p).max() < 5 * (p * (1 - p) / trials) ** 0.5
    if batch > 1:
        both = (drawn == 0).any(axis=1) & (drawn == m - 1).any(axis=1)
        q = p * (batch - 1) / (m - 1)
        assert abs(both.mean() - q) < 5 * (q * (1 - q) / trials) ** 0.5


def test_both_ways_to_a_sample_gradient_agree() -> None:
    problem = make_problem("glm", loss="logcosh", samples=64, dimension=5, l2=0.1)
    assert isinstance(problem, GeneralisedLinear)
    rng = np.random.default_rng(0)
    x, indices = rng.standard_normal((6, 5)), rng.integers(0, 64, (6, 30))
    dense = problem.sample_gradient(x, indices)
    single = np.mean([problem.sample_gradient(x, indices[:, [j]]) for j in range(30)], axis=0)
    assert np.allclose(dense, single)


def test_squared_loss_has_nearly_the_best_relative_variance() -> None:
    problem = make_problem("glm", loss="squared", samples=60, dimension=6, noise=0.0)
    assert isinstance(problem, GeneralisedLinear)
    A = problem.features
    hessian = A.T @ A / 60
    fourth = (A * np.sum(A**2, axis=1)[:, None]).T @ A / 60
    inverse = np.linalg.inv(hessian)
    best = float(np.linalg.eigvalsh(inverse @ fourth @ inverse)[-1]) - 1
    c = MiniBatch(young=1e-3).constants(problem)
    assert best <= c["M"] <= 1.01 * best and c["sigma2"] < 1e-20
    assert MiniBatch(young=1.0).constants(problem)["M"] == pytest.approx(2 * best, rel=1e-5)


def test_minibatch_refusals() -> None:
    with pytest.raises(InputError, match="finite sum"):
        MiniBatch().constants(PROBLEM)
    with pytest.raises(InputError, match="batch must be <= m = 12"):
        MiniBatch(13).constants(make_problem("glm", samples=12))
    with pytest.raises(InputError, match="batch must be an integer >= 1"):
        MiniBatch(0)


ORACLES = [
    Exact(),
    Synthetic("opposing", "rademacher", 0.2, 0.1, 0.3, 0.4),
    Synthetic("random", "gaussian", 0.2, 0.1, 0.3, 0.4),
    Synthetic("fixed", "multiplicative", 0.2, 0.1, 0.3, 0.4),
]


@pytest.mark.parametrize("oracle", ORACLES, ids=lambda o: o.title)
@pytest.mark.parametrize("name", ["quadratic", "least-squares", "sine", "glm"])
def test_audit_accepts_what_is_true(name: str, oracle: Any) -> None:
    findings = audit(make_problem(name), oracle, np.random.default_rng(0))
    assert all(f.ok for f in findings), findings


class Overconfident(Synthetic):
    """States a quarter of what it does."""

    def constants(self, problem: Problem) -> dict[str, float]:
        return {name: value / 4 for name, value in super().constants(problem).items()}


def failing(problem: Problem, oracle: Any) -> set[str]:
    findings = audit(problem, oracle, np.random.default_rng(0))
    assert all(f.worst > 1 for f in findings if not f.ok)
    return {f.assumption for f in findings if not f.ok}


def test_audit_catches_what_is_false() -> None:
    problem = make_problem("quadratic", mu=0.1, L=1.0, rotate=True)
    problem.constants = {"L": 0.5, "mu": 0.1}
    assert failing(problem, Exact()) == {"smooth"}
    problem.constants = {"L": 1.0, "mu": 0.3}
    assert failing(problem, Exact()) == {"PL", "convex"}
    problem.constants, problem.f_inf = {"L": 1.0, "mu": 0.1}, 1.0
    assert "bounded below" in failing(problem, Exact())
    liar = Overconfident("opposing", "gaussian", 0.2, 0.1, 0.3, 0.4)
    assert failing(make_problem("quadratic"), liar) == {"bias", "noise", "estimates over time"}


def test_initial_error() -> None:
    square = float(np.sum(PROBLEM.gradient(PROBLEM.start[None]) ** 2))
    oracle = Synthetic("opposing", "gaussian", 0.2, 0.1, 0.3, 0.4)
    assert initial_error(PROBLEM, oracle, SGDM, "gradient") == 0
    assert initial_error(PROBLEM, oracle, SGD, "zero") == 0
    zero = initial_error(PROBLEM, oracle, SGDM, "zero")
    assert square <= zero * (1 + 1e-15) and zero == pytest.approx(square)
    first = initial_error(PROBLEM, oracle, SGDM, "first")
    assert first == pytest.approx(0.5 * square + 0.5) and first >= 0.5 * square + 0.5
    with pytest.raises(InputError, match="did you mean first"):
        initial_error(PROBLEM, oracle, SGDM, "frist")
