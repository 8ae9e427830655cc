"""Constants of finite sums where they are least: certified, and near to what they bound."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

import boundcalc
from boundcalc import UsageError
from numerics import Overlap, make_compressor, make_problem
from numerics.optimum import optimum
from numerics.oracles import Messages
from numerics.problems.losses import LOSSES
from numerics.problems.sharded import ShardedLinear


def sharded(**options: object) -> ShardedLinear:
    given = {"loss": "logistic", "samples": 60, "dimension": 4, "workers": 6, "l2": 0.1, **options}
    problem = make_problem("sharded-glm", **given)
    assert isinstance(problem, ShardedLinear)
    return problem


@pytest.mark.parametrize("loss", ["logistic", "squared", "logcosh"])
def test_they_bound_what_an_optimiser_finds(loss: str) -> None:
    problem = sharded(loss=loss)
    found = minimize(
        lambda x: problem.value(x[None])[0], problem.start, tol=1e-14,
        jac=lambda x: problem.gradient(x[None])[0],
    ).x  # fmt: skip
    known, local = optimum(problem), problem.local_gradients(found[None])[0]
    D0 = float(np.sum((found - problem.start) ** 2))
    spread = float(np.mean(np.sum(local**2, axis=1)))
    assert known["D0"] == pytest.approx(D0, rel=1e-4) and known["mu"] == problem.constants["mu"]
    assert known["sigma_star2"] == pytest.approx(spread, rel=1e-4)
    assert np.linalg.norm(found - problem.best) <= 1e-5 and problem.minimiser_error <= 1e-9


def test_gradients_are_enclosed() -> None:
    problem = sharded()
    x = np.linspace(-1, 1, 4)
    norms = np.linalg.norm(problem.local_gradients(x[None])[0], axis=1)
    bounds = problem.local_gradient_norms(x)
    assert (bounds >= norms).all() and np.allclose(bounds, norms, rtol=1e-10)


def test_equal_workers_agree_where_f_is_least() -> None:
    known = optimum(make_problem("glm", loss="logistic", l2=0.1))
    assert known["sigma_star2"] == known["D_inf"] == 0


def test_without_a_single_minimiser_only_what_needs_none_is_known() -> None:
    assert set(optimum(sharded(l2=0.0, loss="geman-mcclure"))) == {"L_max", "D_inf"}
    wide = sharded(loss="squared", l2=0.0, samples=6, dimension=12)
    assert "mu" in wide.constants and "mu" not in optimum(wide)
    with pytest.raises(UsageError, match="convex loss with an l2 term"):
        boundcalc.theorem("dcgd-convex").verify(problem=sharded(l2=0.0), iterations=5, trials=2)


@pytest.mark.parametrize("name", ["dcgd-strongly-convex", "delayed-dcgd-strongly-convex"])
def test_the_bounds_hold_on_data(name: str) -> None:
    found = boundcalc.theorem(name).verify(problem=sharded(), iterations=200, trials=400, seed=2)
    assert found.verdict == "holds"


def test_workers_share_what_their_rows_touch() -> None:
    """Blocks of two coordinates for each worker, and one coordinate that two workers share."""
    rows = np.zeros((4, 9))
    for i in range(4):
        rows[i, 2 * i : 2 * i + 2] = 1.0
    rows[:2, 8] = 1.0

    def of(l2: float) -> ShardedLinear:
        return ShardedLinear(
            rows, np.array([1.0, -1, 1, -1]), LOSSES["logistic"], l2, np.zeros(9),
            workers=4, name="blocks", title="blocks",
        )  # fmt: skip

    assert of(0.0).sharing() == Overlap(2, 2.0, 4) and of(0.1).sharing() == Overlap(4, 4.0, 4)
    oracle = Messages(compressor=make_compressor("identity"), tau=3)
    assert oracle.constants(of(0.0))["s"] == 2
    rng, x = np.random.default_rng(0), np.zeros((1, 9))
    local = of(0.0).local_gradients(x + rng.standard_normal((1, 9)))[0]
    assert np.sum(local.sum(axis=0) ** 2) <= 2 * np.sum(local**2) * (1 + 1e-12)
