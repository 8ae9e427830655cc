"""Samples whose size is bounded: constants, passes without replacement, and workers' draws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from numerics import (
    LOSSES,
    Exact,
    FiniteSum,
    InputError,
    MiniBatch,
    ShuffledComponents,
    WorkerSamples,
    make_problem,
)
from numerics.problems import GeneralisedLinear, ShardedLinear

BOUNDED = ("logistic", "logcosh", "geman-mcclure")
ROWS = np.array([[3.0, -4.0], [0.0, 1.0], [1.0, 0.0], [-2.0, 2.0]])


def by_hand(loss: str, l2: float = 0.0, workers: int = 1) -> GeneralisedLinear:
    data = (ROWS, np.ones(4), LOSSES[loss], l2, np.zeros(2))
    if workers > 1:
        return ShardedLinear(*data, workers=workers, name="by hand", title="by hand")
    return GeneralisedLinear(*data, name="by hand", title="by hand")


def singles(problem: FiniteSum, x: np.ndarray) -> np.ndarray:
    """Every grad f_i at each row, (m, trials, d)."""
    return np.array(
        [problem.sample_gradient(x, np.full((len(x), 1), i)) for i in range(problem.components)]
    )


@pytest.mark.parametrize("loss", BOUNDED)
def test_bounds_by_hand(loss: str) -> None:
    problem, slope = by_hand(loss), LOSSES[loss].slope_max
    # The largest entry is 4, the mean square length (25 + 1 + 1 + 8)/4.
    for got, exact in (
        (problem.sup_bound(), 4 * slope),
        (problem.second_moment(), slope**2 * 35 / 4),
    ):
        assert exact <= got <= exact * (1 + 1e-13)
    known = MiniBatch(2).bounds(problem)
    assert known["G"] == problem.sup_bound()
    assert problem.second_moment() <= known["G2"] ** 2 <= problem.second_moment() * (1 + 1e-13)


def test_bounds_are_attained() -> None:
    # phi' of log cosh tends to 1, that of u^2/(1 + u^2) is largest at u = 1/sqrt(3).
    logcosh, far = by_hand("logcosh"), np.array([[1000.0, 900.0]]) @ [[-1.0, 0.0], [0.0, 1.0]]
    every = singles(logcosh, far)
    assert np.abs(every).max() == pytest.approx(logcosh.sup_bound(), rel=1e-13)
    moment = (every**2).sum(axis=2).mean()
    assert moment == pytest.approx(logcosh.second_moment(), rel=1e-13)
    geman = by_hand("geman-mcclure")
    at = np.array([[0.0, -(1 + 1 / math.sqrt(3)) / 4]])
    assert np.abs(singles(geman, at)).max() == pytest.approx(geman.sup_bound(), rel=1e-12)
    assert np.abs(singles(geman, at)).max() <= geman.sup_bound()


def test_unbounded_gradients_are_refused() -> None:
    for problem, what in (
        (by_hand("squared"), "bounded slope"),
        (by_hand("logistic", l2=0.1), "l2 = 0"),
    ):
        with pytest.raises(InputError, match=what):
            problem.sup_bound()
        with pytest.raises(InputError, match=what):
            problem.second_moment()
        assert MiniBatch().bounds(problem) == {}
    quadratic = make_problem("quadratic")
    assert Exact().bounds(quadratic) == {}
    for oracle in (ShuffledComponents(), WorkerSamples()):
        with pytest.raises(InputError, match="finite sum"):
            oracle.constants(quadratic)
    with pytest.raises(InputError, match="finite sum"):
        WorkerSamples().constants(make_problem("shifted-quadratics"))
    with pytest.raises(InputError, match="bounded slope"):
        WorkerSamples().constants(by_hand("squared", workers=2))
    with pytest.raises(InputError, match="bounded slope"):
        WorkerSamples(workers=3).constants(make_problem("glm", loss="squared", samples=40))
    with pytest.raises(InputError, match="workers = 3"):
        WorkerSamples(workers=3).constants(by_hand("logcosh", workers=2))
    with pytest.raises(InputError, match="batch"):
        WorkerSamples(batch=3).constants(by_hand("logcosh", workers=2))


def test_a_pass_meets_every_component_once() -> None:
    problem, trials = by_hand("geman-mcclure"), 7
    rng = np.random.default_rng(0)
    x = rng.standard_normal((trials, 2))
    sampled = ShuffledComponents().cycle_sampler(problem, trials, rng)
    seen = np.array([sampled.at(j)(x) for j in range(4)])
    every = singles(problem, x)
    for trial in range(trials):
        apart = np.abs(seen[:, None, trial] - every[None, :, trial]).max(axis=2)
        assert (np.sort(apart.argmin(axis=1)) == np.arange(4)).all()
        assert apart.min(axis=1).max() < 1e-14
    assert np.allclose(seen.mean(axis=0), problem.gradient(x), rtol=0, atol=1e-14)
    # The component is the same at another point.
    y, order = x + 1, sampled.order
    for j in range(4):
        assert np.allclose(sampled.at(j)(y), singles(problem, y)[order[:, j], np.arange(trials)])
    assert len(np.unique(order, axis=0)) > 1


class EveryRow:
    """Integers that run through 0, ..., high - 1 in turn, instead of random ones."""

    def integers(self, low: int, high: int, size: tuple[int, int]) -> np.ndarray:
        return np.arange(math.prod(size)).reshape(size) // 2 % high


@pytest.mark.parametrize("loss", BOUNDED)
def test_workers_sample_their_own_rows_without_bias(loss: str) -> None:
    problem = by_hand(loss, workers=2)
    # Two trials, two workers: in trial t both draw their row t.
    sampler = WorkerSamples().sampler(problem, 2, EveryRow())
    for point in ([0.3, -0.2], [1.0, 2.0]):
        x = np.array([point, point])
        got, every = sampler(x), singles(problem, x)[:, 0]
        assert got.shape == (2, 2, 2)
        assert np.allclose(got, every.reshape(2, 2, 2).swapaxes(0, 1), rtol=0, atol=1e-15)
        assert np.allclose(got.mean(axis=0), problem.local_gradients(x)[0], rtol=0, atol=1e-14)


def test_worker_constants_by_hand() -> None:
    c = WorkerSamples().constants(by_hand("logcosh", workers=2))
    # Worker 0 has rows of squared length 25 and 1, worker 1 of 1 and 8.
    smooth = math.sqrt(np.linalg.norm(ROWS[:2] * [[5], [1]], 2) ** 2 / 2)
    for name, exact in (("n", 2), ("sigma2", 13), ("L_avg", smooth), ("G", 4)):
        assert exact <= c[name] * (1 + 1e-14) <= exact * (1 + 1e-12), name
    whole = WorkerSamples(batch=2).constants(by_hand("logcosh", workers=2))
    assert whole["sigma2"] == 0
    assert "G" not in WorkerSamples().constants(by_hand("logcosh", l2=0.1, workers=2))
    known = WorkerSamples().bounds(by_hand("logcosh", workers=2))
    assert known["G2"] ** 2 == pytest.approx(13, rel=1e-12)


def test_workers_with_one_function_draw_independently() -> None:
    problem = by_hand("logcosh")
    oracle = WorkerSamples(workers=3)
    assert oracle.constants(problem)["n"] == 3
    x = np.tile([[0.4, 0.1]], (4000, 1))
    got = oracle.sampler(problem, 4000, np.random.default_rng(0))(x)
    every = singles(problem, x[:1])[:, 0]
    drawn = np.abs(got[:, :, None] - every).max(axis=3).argmin(axis=2)
    counts = np.bincount(drawn @ [16, 4, 1], minlength=64)
    assert counts.min() > 0
    assert np.abs(counts - 4000 / 64).max() <= 5 * math.sqrt(4000 / 64)


CASES: list[tuple[Any, dict[str, Any]]] = [
    (WorkerSamples(), {"split": "label"}),
    (WorkerSamples(batch=4), {"split": "dirichlet"}),
    (WorkerSamples(batch=4, replace=True), {"l2": 0.1}),
    (ShuffledComponents(), {}),
]


@pytest.mark.parametrize("loss", BOUNDED)
@pytest.mark.parametrize(("oracle", "options"), CASES)
def test_constants_hold_where_they_are_audited(
    loss: str, oracle: Any, options: dict[str, Any]
) -> None:
    problem = make_problem("sharded-glm", loss=loss, samples=48, dimension=3, workers=4, **options)
    points = np.random.default_rng(1).standard_normal((6, 3)) * 3
    found = oracle.findings(problem, points, np.random.default_rng(2))
    assert all(f.ok for f in found), found


def test_an_audit_finds_a_bound_that_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = by_hand("logcosh", workers=2)
    points = np.random.default_rng(1).standard_normal((6, 2)) * 3
    monkeypatch.setattr(ShardedLinear, "sup_bound", lambda self: 2.0)
    monkeypatch.setattr(ShardedLinear, "local_spread", lambda self: 0.5)
    found = WorkerSamples().findings(problem, points, np.random.default_rng(2))
    assert {f.assumption for f in found if not f.ok} >= {"samples' noise", "bounded"}
