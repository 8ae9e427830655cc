"""Asynchrony: patterns of delays, the memory of past iterates, messages, overlap of workers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from numerics import (
    DISTANCE,
    MEAN_GAP,
    PATTERNS,
    SGD,
    InputError,
    Messages,
    audit,
    make_problem,
    optimum,
    overlap,
    simulate,
)
from numerics.compressors import Identity, RandK, TopK
from numerics.delays import Window, delays
from numerics.metrics import LEAST_SQUARED_GRADIENT

WORKERS = make_problem("shifted-quadratics", dimension=6, mu=0.2, workers=4, shift=0.3, spread=0.2)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("tau", [0, 1, 5])
def test_delays_are_whole_and_within_tau(pattern: str, tau: int) -> None:
    seen = np.concatenate(
        [delays(pattern, step, 50, 3, tau, rng()).ravel() for step in range(2 * tau + 2)]
    )
    assert seen.dtype == np.int64
    assert seen.min() >= 0
    assert seen.max() == tau


def test_each_pattern_is_what_its_name_says() -> None:
    assert delays("constant", 9, 5, 3, 4, rng()).tolist() == [[0, 2, 4]]
    assert delays("constant", 9, 5, 1, 4, rng()).tolist() == [[4]]
    assert delays("adversarial", 9, 5, 2, 4, rng()).tolist() == [[4, 4]]
    # In turn: at every step one of tau + 1 workers is fresh, and the others have aged by one.
    rows = [delays("cyclic", step, 5, 3, 2, rng())[0].tolist() for step in range(4)]
    assert rows == [[0, 2, 1], [1, 0, 2], [2, 1, 0], [0, 2, 1]]
    drawn = delays("uniform", 0, 20_000, 2, 3, rng())
    assert np.bincount(drawn.ravel()) / drawn.size == pytest.approx([0.25] * 4, abs=0.01)
    drawn = delays("heavy-tailed", 0, 20_000, 2, 3, rng())
    shares = np.bincount(drawn.ravel()) / drawn.size
    assert shares == pytest.approx([1 / 2, 1 / 6, 1 / 12, 1 / 4], abs=0.01)
    with pytest.raises(InputError, match="heavy-tailed"):
        delays("heavy", 0, 1, 1, 1, rng())


def test_the_window_holds_tau_plus_one_iterates_and_starts_at_the_first() -> None:
    window = Window(2)
    for step in range(6):
        window.push(np.full((3, 2), float(step)))
        for lag in range(3):
            assert (window.past(lag) == max(0, step - lag)).all()
    kept: Any = window._kept
    assert kept.shape == (3, 3, 2)


def run(**options: Any) -> Any:
    oracle = Messages(**{"compressor": Identity(), **options})
    return simulate(
        WORKERS, oracle, SGD, {"gamma": 0.3}, metric=DISTANCE, iterations=12, trials=8, seed=3,
        checkpoints=range(13),
    )  # fmt: skip


def by_hand(lags: Any, steps: int = 12) -> list[float]:
    """Distances of x' = x - gamma mean grad f_i(x_{k - lag(k, i)}), step by step."""
    past = [WORKERS.start[None]]
    for k in range(steps):
        total = sum(WORKERS.local_gradients(past[max(0, k - lags(k, i))])[:, i] for i in range(4))
        past.append(past[-1] - 0.3 * total / 4)
    return [float((x**2).sum()) for x in past]


@pytest.mark.parametrize(
    ("pattern", "lags"),
    [
        ("adversarial", lambda k, i: 3),
        ("constant", lambda k, i: i),
        ("cyclic", lambda k, i: (k - i) % 4),
    ],
)
def test_a_run_is_the_recursion(pattern: str, lags: Any) -> None:
    assert run(tau=3, pattern=pattern).mean == pytest.approx(by_hand(lags), rel=1e-12)


def test_without_delay_and_compression_it_is_gradient_descent() -> None:
    plain = by_hand(lambda k, i: 0)
    for options in ({}, {"tau": 0}, {"tau": 0, "pattern": "uniform"}, {"aggregated": True}):
        assert run(**options).mean == pytest.approx(plain, rel=1e-12)


def test_the_server_takes_one_delay_for_all() -> None:
    assert run(tau=3, aggregated=True).mean == pytest.approx(by_hand(lambda k, i: 3), rel=1e-12)


def test_trials_share_nothing_but_the_problem() -> None:
    """Whatever the number of threads, the same bits; random delays differ between trials."""
    options = {"tau": 3, "pattern": "uniform", "compressor": RandK(2)}
    oracle = Messages(**options)  # type: ignore[arg-type]
    one, two = (
        simulate(
            WORKERS, oracle, SGD, {"gamma": 0.2}, metric=MEAN_GAP, iterations=9, trials=4000,
            seed=5, workers=workers,
        )
        for workers in (1, 2)
    )  # fmt: skip
    assert (one.mean == two.mean).all()
    assert one.variance[-1] > 0


def test_messages_are_unbiased_and_need_an_unbiased_compressor() -> None:
    points = WORKERS.start[None].repeat(20_000, axis=0)
    gradient = WORKERS.gradient(points)
    oracle = Messages(compressor=RandK(3))
    mean = oracle.draw(WORKERS, points, gradient, rng(), np.empty_like(gradient)).mean(axis=0)
    assert mean == pytest.approx(gradient[0], abs=0.02)
    with pytest.raises(InputError, match="not unbiased"):
        Messages(compressor=TopK(3))
    assert all(finding.ok for finding in audit(WORKERS, oracle, rng()))


def test_constants_at_the_minimiser_are_exact() -> None:
    known = optimum(WORKERS)
    at = WORKERS.local_gradients(np.zeros((1, 6)))[0]
    assert known["sigma_star2"] == pytest.approx(float((at**2).sum(axis=1).mean()), rel=1e-12)
    assert known["D0"] == pytest.approx(6.0)
    assert known["L_max"] == pytest.approx(1.2)
    assert known["mu"] == pytest.approx(0.2)
    # Every f_i is least at its centre with value 0, so D_inf is the least value of f.
    assert known["D_inf"] == pytest.approx(WORKERS.f_star)
    flat = optimum(make_problem("quadratic", spectrum=[0.0, 1.0]))
    assert "mu" not in flat and flat["sigma_star2"] == 0
    with pytest.raises(InputError, match="not known to be convex"):
        optimum(make_problem("sine"))


def test_a_discounted_mean_weighs_early_steps_more() -> None:
    from dataclasses import replace

    metric = replace(LEAST_SQUARED_GRADIENT, discount=0.5)
    oracle = Messages(compressor=Identity())
    result = simulate(
        WORKERS, oracle, SGD, {"gamma": 0.3}, metric=metric, iterations=3, trials=1, seed=0,
        checkpoints=[3],
    )  # fmt: skip
    x, squares = WORKERS.start[None], []
    for _ in range(3):
        g = WORKERS.gradient(x)
        squares.append(float((g**2).sum()))
        x = x - 0.3 * g
    weights = [1, 0.5, 0.25]
    expected = sum(w * q for w, q in zip(weights, squares, strict=True)) / 1.75
    assert result.mean[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_overlap_bounds_sums_and_never_exceeds_the_conflict_graph(seed: int) -> None:
    chance = np.random.default_rng(seed)
    data = sparse.random(30, 40, density=0.08, random_state=seed, format="csr")
    owner = chance.integers(0, 6, 30)
    found = overlap(data, owner)
    assert found.s <= found.conflicts + 1e-9 and found.s <= found.workers == owner.max() + 1
    dense = data.toarray() != 0
    touched = np.array([dense[owner == i].any(axis=0) for i in range(found.workers)])
    assert found.s == touched.sum(axis=0).max()
    parts = touched * chance.standard_normal(touched.shape)
    total = float((parts.sum(axis=0) ** 2).sum())
    assert total <= found.s * float((parts**2).sum()) + 1e-12


def test_overlap_of_dense_and_disjoint_data() -> None:
    assert overlap(np.ones((5, 3))).s == 5
    apart = overlap(np.eye(4))
    assert apart.s == 1 and apart.conflicts == 1
    chain = overlap(np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]))
    assert chain.s == 2
    assert chain.conflicts == pytest.approx(min(math.sqrt(3 * (1 + 4 / 3)), 3))
    with pytest.raises(InputError, match="no entry but zero"):
        overlap(np.zeros((2, 2)))
    with pytest.raises(InputError, match="owner"):
        overlap(np.eye(3), [0, 1])
