"""A pass in random order as one step: what it computes, and how far it is from the gradient."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from numerics import (
    LOSSES,
    SGD,
    SQUARED_GRADIENT,
    FiniteSum,
    InputError,
    MiniBatch,
    ShuffledPass,
    audit,
    make_problem,
    simulate,
)
from numerics.problems import GeneralisedLinear


class EveryOrder:
    """Keys whose ranks are each permutation once, instead of random ones."""

    def random(self, shape: tuple[int, int]) -> np.ndarray:
        orders = np.array(list(itertools.permutations(range(shape[1]))), dtype=float)
        return np.tile(orders, (shape[0] // len(orders), 1))


def finite_sum(loss: str, m: int, d: int, seed: int = 0, **options: Any) -> FiniteSum:
    problem = make_problem("glm", loss=loss, samples=m, dimension=d, seed=seed, **options)
    assert isinstance(problem, FiniteSum)
    return problem


def passes(oracle: ShuffledPass, problem: FiniteSum, x: np.ndarray, rng: Any) -> np.ndarray:
    out = np.empty_like(x)
    assert oracle.draw(problem, x, problem.gradient(x), rng, out) is out
    return out


def component(problem: FiniteSum, x: np.ndarray, i: int) -> np.ndarray:
    return problem.sample_gradient(x, np.full((len(x), 1), i))


@pytest.mark.parametrize("m", [3, 10])
def test_against_a_plain_loop(m: int) -> None:
    problem, gamma = finite_sum("geman-mcclure", m, 4, l2=0.1), 0.7
    x = np.random.default_rng(0).standard_normal((6, 4))
    before = x.copy()
    estimate = passes(ShuffledPass(gamma), problem, x, np.random.default_rng(5))
    assert np.array_equal(x, before)
    keys = np.random.default_rng(5).random((6, m))
    for row, order in enumerate(np.argsort(keys, axis=1)):
        y = x[row : row + 1].copy()
        for i in order:
            y = y - gamma / m * component(problem, y, i)
        assert np.allclose(x[row] - gamma * estimate[row], y[0], rtol=0, atol=1e-14)


def test_every_order_is_equally_likely_and_trials_differ() -> None:
    problem = finite_sum("squared", 3, 2)
    trials = 12_000
    x = np.ones((trials, 2))
    every = passes(ShuffledPass(0.5), problem, np.ones((6, 2)), EveryOrder())
    drawn = passes(ShuffledPass(0.5), problem, x, np.random.default_rng(0))
    near = np.linalg.norm(drawn[:, None] - every, axis=2)
    assert (near.min(axis=1) < 1e-12).all()
    counts = np.bincount(near.argmin(axis=1), minlength=6)
    assert np.abs(counts - trials / 6).max() <= 5 * (trials * 5 / 36) ** 0.5


def test_tiny_steps_give_the_gradient_to_all_digits() -> None:
    problem = finite_sum("logistic", 5, 3)
    x = np.random.default_rng(1).standard_normal((4, 3))
    estimate = passes(ShuffledPass(1e-14), problem, x, np.random.default_rng(0))
    assert np.allclose(estimate, problem.gradient(x), rtol=0, atol=1e-13)


def kappa(q: float) -> float:
    """The table's kappa_t at its best t."""
    t = np.geomspace(1e-3, 1e3, 4001)
    t = t[(1 + 1 / t) * q < 2]
    return float(np.min((1 + t) * q / (1 - (1 + 1 / t) * q / 2)))


@pytest.mark.parametrize("loss", ["squared", "logcosh", "geman-mcclure", "logistic"])
@pytest.mark.parametrize("m", [2, 5])
def test_bias_is_within_the_bound_over_all_orders(loss: str, m: int) -> None:
    for seed, size in itertools.product(range(4), (0.05, 0.4, 1.0)):
        problem = finite_sum(loss, m, 2 if seed % 2 else 1, seed, l2=0.2 if seed == 3 else 0.0)
        c = ShuffledPass(size / problem.constants["L_max"]).constants(problem)
        q = (c["L_max"] * c["gamma"]) ** 2
        orders = math.factorial(m)
        for scale in (0.1, 1.0, 10.0):
            point = scale * np.random.default_rng(seed).standard_normal((1, problem.dimension))
            x = np.repeat(point, orders, axis=0)
            gradient = problem.gradient(point)
            error = passes(ShuffledPass(c["gamma"]), problem, x, EveryOrder()) - gradient
            bias = float(np.mean(np.sum(error**2, axis=1)))
            square = float(np.sum(gradient**2))
            apart = [component(problem, point, i) - gradient for i in range(m)]
            spread = float(np.mean([np.sum(v**2) for v in apart]))
            assert spread <= (c["B_h"] * square + c["delta2"]) * (1 + 1e-12)
            # With the exact sums over i, and then as the table rounds them.
            exact = (m - 1) * (2 * m - 1) / (6 * m**2) * square + (m + 1) / (6 * m**2) * spread
            table = square / 3 + (m + 1) / (6 * m**2) * (c["B_h"] * square + c["delta2"])
            assert bias <= kappa(q) * exact * (1 + 1e-12) <= kappa(q) * table * (1 + 1e-9)


def test_the_bound_of_the_bias_is_near_for_equal_curvatures() -> None:
    # All Hessians L: the bias is -(L gamma/m^2) sum_i sum_{j < i} of the gradients drawn before.
    for m in (2, 4):
        targets = np.arange(float(m))
        problem = GeneralisedLinear(
            np.ones((m, 1)), targets, LOSSES["squared"], 0.0, np.zeros(1), name="t", title="t"
        )
        x = np.full((math.factorial(m), 1), (m - 1) / 2)
        assert problem.gradient(x[:1]) == 0
        error = passes(ShuffledPass(0.01), problem, x, EveryOrder())
        orders = np.array(list(itertools.permutations(x[0, 0] - targets)))
        sums = np.cumsum(orders, axis=1)[:, :-1].sum(axis=1)
        assert np.allclose(np.sort(error[:, 0]), np.sort(-0.01 / m**2 * sums), rtol=0.02, atol=1e-5)
        part = np.mean(error**2) / (kappa(1e-4) * (m + 1) / (6 * m**2) * targets.var())
        assert 0.4 < part <= 1


def test_audit_measures_the_components() -> None:
    problem = finite_sum("squared", 10, 3)
    findings = audit(problem, ShuffledPass(0.1), np.random.default_rng(0))
    assert all(f.ok for f in findings), findings
    found = {f.assumption: f for f in findings}
    assert found["dissimilarity"].worst > 0.1 and found["components smooth"].worst > 0.3
    problem.constants["L_max"] /= 2
    problem.spread = lambda young=1.0: (0.0, 1e-3)  # type: ignore[method-assign]
    wrong = audit(problem, ShuffledPass(0.1), np.random.default_rng(0))
    broken = {"components smooth", "components' spread", "dissimilarity", "estimates over time"}
    assert {f.assumption for f in wrong if not f.ok} == broken


def test_error_bound_is_the_table_with_its_best_weight() -> None:
    problem = finite_sum("squared", 10, 3)
    oracle = ShuffledPass(0.5 / problem.constants["L_max"])
    c = oracle.constants(problem)
    apart = 11 / 600 * (c["B_h"] * 2.0 + c["delta2"])
    bound = oracle.error_bound(problem, 2.0)
    assert bound == pytest.approx(kappa(0.25) * (9 * 19 / 600 * 2.0 + apart), rel=1e-5)
    with pytest.raises(InputError, match="must be < sqrt"):
        ShuffledPass(1.5 / problem.constants["L_max"]).error_bound(problem, 2.0)


def test_a_step_of_the_method_is_the_pass() -> None:
    problem, gamma = finite_sum("squared", 4, 2), 0.3
    x = np.tile(problem.start, (24, 1)) + 1.0
    estimate = passes(ShuffledPass(gamma), problem, x, EveryOrder())
    after = SGD.update({"x": x}, estimate, {"gamma": gamma})["x"]
    order = next(iter(itertools.permutations(range(4))))
    y = x[:1]
    for i in np.argsort(order):
        y = y - gamma / 4 * component(problem, y, int(i))
    assert np.allclose(after[0], y[0], atol=1e-14)


def test_constants_and_calls() -> None:
    problem = finite_sum("squared", 10, 3)
    c = ShuffledPass(0.2, young=0.1).constants(problem)
    relative, absolute = problem.spread(0.1)
    assert c == {"gamma": 0.2, "m": 10.0, "L_max": problem.constants["L_max"],
                 "B_h": relative, "delta2": absolute}  # fmt: skip
    assert ShuffledPass(0.2).calls(problem) == 10 and MiniBatch(3).calls(problem) == 3


def test_small_sums_for_it_exist() -> None:
    convex = make_problem("least-squares", dimension=5, rank=5)
    bent = make_problem("glm", loss="geman-mcclure", samples=10, dimension=5)
    for problem in (convex, bent):
        assert ShuffledPass(0.1).constants(problem)["m"] == 10
    assert convex.constants["mu"] > 0.09 and "mu" not in bent.constants


def test_runs_are_reproducible_whatever_the_workers() -> None:
    problem = finite_sum("geman-mcclure", 10, 200)
    results = [
        simulate(problem, ShuffledPass(0.2), SGD, {"gamma": 0.2}, metric=SQUARED_GRADIENT,
                 iterations=4, trials=400, seed=3, workers=workers)
        for workers in (1, 2, 1)
    ]  # fmt: skip
    assert all(np.array_equal(results[0].mean, r.mean) for r in results)
    assert results[0].variance[-1] > 0


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: ShuffledPass(0.0), "gamma must be > 0"),
        (lambda: ShuffledPass(0.1, young=0.0), "young must be > 0"),
        (lambda: ShuffledPass(float("nan")), "gamma must be finite"),
        (lambda: ShuffledPass(0.1).constants(make_problem("sine")), "needs a finite sum"),
    ],
)
def test_wrong_input(make: Any, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        make()
    assert "\n" not in str(caught.value)
