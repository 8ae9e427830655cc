"""Estimators of several workers: exact moments, bounds met with equality, audits that can fail."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from numerics import (
    GAP,
    SGD,
    SGDM,
    ClippedWorkers,
    Exact,
    InputError,
    Oracle,
    Problem,
    Result,
    RobustWorkers,
    WorkerOracle,
    audit,
    default_checkpoints,
    estimate_memory,
    initial_error,
    make_problem,
    simulate,
)
from numerics.backend import Array
from numerics.compressors import (
    AllOrNothing,
    Compressor,
    Dithering,
    Grid,
    RandK,
    ScaledSign,
    Shorten,
    Shrink,
    TopK,
)
from numerics.problems import ShardedLinear, ShiftedQuadratics

N, D = 5, 6
SHIFTED = make_problem("shifted-quadratics", dimension=D, workers=N)
PLAIN = make_problem("quadratic", dimension=D)
SHARDS = make_problem("sharded-glm", samples=60, dimension=D, workers=N)
assert isinstance(SHIFTED, ShiftedQuadratics) and isinstance(SHARDS, ShardedLinear)


def local(problem: Problem, x: Array) -> Array:
    own: Array = WorkerOracle(workers=N).local_gradients(problem, x, problem.gradient(x))
    return own


def draw(oracle: Oracle, problem: Problem, x: Array, rng: Any = None) -> Array:
    out, before = np.empty_like(x), x.copy()
    gradient = problem.gradient(x)
    known = gradient.copy()
    found = oracle.draw(problem, x, gradient, rng or np.random.default_rng(1), out)
    assert found is out and np.array_equal(x, before) and np.array_equal(gradient, known)
    return out


def squares(rows: Array) -> Array:
    return np.einsum("...j,...j->...", rows, rows)


def points(count: int = 12) -> Array:
    return np.random.default_rng(4).standard_normal((count, D)) * np.logspace(-2, 2, count)[:, None]


class Given:
    """A generator whose uniform numbers are laid down."""

    def __init__(self, uniforms: Array) -> None:
        self.uniforms = uniforms

    def random(self, shape: tuple[int, ...]) -> Array:
        return self.uniforms.reshape(shape).copy()


# Moments.


@pytest.mark.parametrize("problem", [SHIFTED, PLAIN, SHARDS], ids=lambda p: p.name)
def test_moments_of_unbiased_messages_over_all_coins(problem: Problem) -> None:
    omega = 1.0  # a fair coin for each worker
    oracle = WorkerOracle(compressor=AllOrNothing(omega), workers=N)
    coins = np.array(list(itertools.product([0.0, 0.75], repeat=N)))
    for point in points(5):
        x = np.repeat(point[None], len(coins), axis=0)
        out = draw(oracle, problem, x, Given(coins))
        gradient = problem.gradient(x)
        assert np.allclose(out.mean(axis=0), gradient[0], rtol=1e-12, atol=1e-13)
        wanted = omega / N * squares(local(problem, x[:1])[0]).mean()
        assert squares(out - gradient).mean() == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("law", ["gaussian", "rademacher", "multiplicative"])
def test_variance_of_compressed_noisy_gradients(law: str) -> None:
    omega, sigma0_2, trials = 2.0, 0.7, 40_000
    oracle = WorkerOracle(noise_law=law, sigma0_2=sigma0_2, compressor=AllOrNothing(omega))
    x = np.repeat(points(3)[1:2], trials, axis=0)
    error = draw(oracle, SHIFTED, x) - SHIFTED.gradient(x)
    size = squares(local(SHIFTED, x[:1])[0]).mean()
    wanted = omega / N * (size + sigma0_2) + sigma0_2 / N
    sizes = squares(error)
    assert abs(sizes.mean() - wanted) < 4.5 * sizes.std() / trials**0.5
    assert np.linalg.norm(error.mean(axis=0)) < 4.5 * (wanted / trials) ** 0.5
    # Those of two workers are independent: without compression the variance is sigma0_2/n.
    plain = draw(WorkerOracle(noise_law=law, sigma0_2=sigma0_2), SHIFTED, x) - SHIFTED.gradient(x)
    sizes = squares(plain)
    assert abs(sizes.mean() - sigma0_2 / N) < 4.5 * sizes.std() / trials**0.5
    # On shifted quadratics the oracle's own bound is that very number.
    own = oracle.error_bound(SHIFTED, float(squares(SHIFTED.gradient(x[:1]))[0]))
    assert wanted <= own <= wanted * (1 + 1e-10)


def test_unbiased_bound_is_met_with_equality_at_every_point() -> None:
    oracle = WorkerOracle(compressor=RandK(2))
    for point in points():
        gradient = float(squares(SHIFTED.gradient(point[None]))[0])
        mean = squares(local(SHIFTED, point[None])[0]).mean()
        assert oracle.error_bound(SHIFTED, gradient) == pytest.approx(2 / N * mean, rel=1e-10)


@pytest.mark.parametrize("problem", [SHIFTED, PLAIN], ids=lambda p: p.name)
def test_shrunk_gradients_have_the_error_of_their_class(problem: Problem) -> None:
    x = points()
    out = draw(WorkerOracle(compressor=Shrink(0.3), workers=N), problem, x)
    gradient = problem.gradient(x)
    assert np.allclose(gradient - out, 0.7**0.5 * gradient, rtol=1e-10)
    oracle = WorkerOracle(compressor=Shrink(0.3), workers=3)
    bound = oracle.error_bound(PLAIN, 2.0)
    assert 1.4 <= bound == pytest.approx(1.4)


def test_shortened_gradients_are_off_by_c_where_workers_agree() -> None:
    x = points()
    oracle = WorkerOracle(compressor=Shorten(0.2), workers=3)
    error = draw(oracle, PLAIN, x) - PLAIN.gradient(x)
    assert np.allclose(np.linalg.norm(error, axis=1), 0.2, rtol=1e-10)
    assert oracle.constants(PLAIN)["abs_error"] == 0.2
    assert 0.04 <= oracle.error_bound(PLAIN, 1.0) == pytest.approx(0.04)


def test_each_message_is_compressed_by_itself() -> None:
    x = points()
    out = draw(WorkerOracle(compressor=TopK(2)), SHARDS, x)
    wanted = TopK(2).compress(local(SHARDS, x), None).mean(axis=1)
    assert np.allclose(out, wanted, rtol=1e-13, atol=1e-16)


# Clipping.


@pytest.mark.parametrize("problem", [SHIFTED, PLAIN, SHARDS], ids=lambda p: p.name)
def test_clipping_is_the_projection_of_every_message(problem: Problem) -> None:
    x = points()
    g, level = local(problem, x), 0.05
    wanted = np.zeros_like(g)
    for index in np.ndindex(g.shape[:2]):
        norm = np.linalg.norm(g[index])
        wanted[index] = g[index] if norm <= level else level / norm * g[index]
    out = draw(ClippedWorkers(clip=level, G2=1e9, workers=N), problem, x)
    assert np.allclose(out, wanted.mean(axis=1), rtol=1e-12, atol=1e-16)
    same = draw(ClippedWorkers(clip=1e9, G2=1e9, workers=N), problem, x)
    assert np.allclose(same, problem.gradient(x), rtol=1e-12, atol=1e-14)


def test_clipped_error_is_within_the_oracle_s_bound_and_meets_it() -> None:
    G2, level = 3.0, 1.0
    x = np.zeros((1, D))
    x[0, -1] = G2  # L = 1: the gradient has norm G2, all of it along one axis
    oracle = ClippedWorkers(clip=level, G2=G2)
    error = float(squares(draw(oracle, PLAIN, x) - PLAIN.gradient(x))[0])
    assert error <= oracle.error_bound(PLAIN, G2**2) == pytest.approx((G2 - level) ** 2)
    # Elsewhere the relative form is the sharper one, and no point exceeds it.
    for point in points():
        square = float(squares(PLAIN.gradient(point[None]))[0])
        if square <= G2**2:
            error = float(
                squares(draw(oracle, PLAIN, point[None]) - PLAIN.gradient(point[None]))[0]
            )
            bound = oracle.error_bound(PLAIN, square)
            assert error <= bound and bound == pytest.approx((1 - level / G2) ** 2 * square)
    noisy = ClippedWorkers(clip=level, G2=G2, noise_law="rademacher", sigma0_2=0.25)
    assert noisy.error_bound(PLAIN, 1.0) == pytest.approx(2.5**2)
    assert ClippedWorkers(clip=5.0, G2=G2).error_bound(PLAIN, 1.0) == 0


# Constants.

FOUR = {"n", "B_h", "delta2", "sigma0_2"}


def test_constants_are_those_of_workers_and_of_what_they_send() -> None:
    c = WorkerOracle(noise_law="gaussian", sigma0_2=0.3).constants(SHIFTED)
    assert set(c) == FOUR and c["n"] == N and c["sigma0_2"] == 0.3
    assert (c["B_h"], c["delta2"]) == SHIFTED.dissimilarity()  # type: ignore[attr-defined]
    c = WorkerOracle(compressor=TopK(2), workers=3).constants(PLAIN)
    assert {name: c.pop(name) for name in ("alpha", "k", "d")} == {"alpha": 1 / 3, "k": 2, "d": 6}
    assert c == {"n": 3, "B_h": 0, "delta2": 0, "sigma0_2": 0}
    assert WorkerOracle().constants(PLAIN)["n"] == 1
    c = ClippedWorkers(clip=0.1).constants(SHARDS)
    assert set(c) == {*FOUR, "clip", "G2"} and c["G2"] == SHARDS.gradient_bound  # type: ignore[attr-defined]
    assert ClippedWorkers(clip=0.1, G2=2).constants(PLAIN)["G2"] == 2
    c = RobustWorkers(faulty=2).constants(SHIFTED)
    assert set(c) == {*FOUR, "kappa"} and c["n"] == N
    # The middle of 7, less 2 faulty: the 2 largest of 5.
    assert c["kappa"] == 1.5


def test_young_weight_is_that_of_the_dissimilarity() -> None:
    squared = make_problem("sharded-glm", loss="squared", workers=4, samples=80, dimension=5)
    a, b = (WorkerOracle(young=t).constants(squared) for t in (0.01, 1.0))
    assert a["B_h"] < b["B_h"] and a["delta2"] > b["delta2"]


def test_rows_of_all_workers_set_the_size_of_blocks_and_memory() -> None:
    oracle = WorkerOracle(workers=40)
    assert oracle.width(PLAIN) == 240 and Exact().width(PLAIN) == 6
    assert WorkerOracle().width(SHARDS) == 60 and WorkerOracle().width(SHIFTED) == N * D
    assert RobustWorkers(faulty=2).width(SHIFTED) == (N + 2) * D
    one, all_workers = estimate_memory(PLAIN, 10), estimate_memory(PLAIN, 10, oracle=oracle)
    assert all_workers > 30 * one - 30 * PLAIN.resident_bytes()


def test_only_what_is_random_says_so() -> None:
    assert not WorkerOracle().random and not WorkerOracle(compressor=TopK(1)).random
    assert not WorkerOracle(noise_law="gaussian").random
    assert WorkerOracle(noise_law="gaussian", sigma0_2=0.1).random
    assert WorkerOracle(compressor=RandK(1)).random
    assert not RobustWorkers().random and not ClippedWorkers(clip=1).random


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: WorkerOracle(sigma0_2=0.1), "sigma0_2 > 0 needs a noise law"),
        (lambda: WorkerOracle(noise_law="gauss"), "did you mean gaussian"),
        (lambda: WorkerOracle(workers=0), "workers must be an integer >= 1"),
        (lambda: WorkerOracle(young=0), "young must be > 0"),
        (lambda: WorkerOracle(compressor="topk"), "compressor must be a compressor or None"),
        (lambda: WorkerOracle(workers=4).constants(SHIFTED), "problem 'shifted-quadratics' has 5"),
        (lambda: WorkerOracle(compressor=TopK(9)).constants(PLAIN), "k must be <= d = 6"),
        (lambda: ClippedWorkers(clip=0), "clip must be > 0"),
        (lambda: ClippedWorkers(clip=1, G2=-1), "G2 must be > 0"),
        (lambda: ClippedWorkers(clip=1).constants(SHIFTED), "not known to be bounded .*give G2"),
        (lambda: ClippedWorkers(clip=1).constants(PLAIN), "give G2"),
        (lambda: RobustWorkers(aggregator="krum"), "known: median, trimmed-mean"),
        (lambda: RobustWorkers(attack="sign_flip"), "did you mean sign-flip"),
        (lambda: RobustWorkers(faulty=-1), "faulty must be an integer >= 0"),
        (lambda: RobustWorkers(faulty=5).constants(SHIFTED), "got 5 honest and 5 faulty"),
        (lambda: RobustWorkers().constants(PLAIN), "got 1 honest and 1 faulty"),
    ],
)
def test_wrong_input(make: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        make()


# In the simulator.

SIMULATED: list[Oracle] = [
    WorkerOracle(noise_law="gaussian", sigma0_2=0.1, compressor=Dithering(2)),
    WorkerOracle(noise_law="multiplicative", sigma0_2=0.1, compressor=RandK(2)),
    ClippedWorkers(clip=0.5, G2=100.0, noise_law="rademacher", sigma0_2=0.1),
    RobustWorkers(attack="alie", noise_law="gaussian", sigma0_2=0.1),
]


def run(oracle: Oracle, problem: Problem = SHIFTED, **changes: Any) -> Result:
    options: dict[str, Any] = {"metric": GAP, "iterations": 8, "trials": 5000, "seed": 3}
    p = {"gamma": 0.3, "beta": 0.5}
    return simulate(problem, oracle, SGDM, p, start="first", **(options | changes))


@pytest.mark.parametrize("oracle", SIMULATED, ids=lambda o: o.name)
def test_identical_for_any_number_of_threads(oracle: Oracle) -> None:
    one = run(oracle)
    for threads in (2, 3):
        other = run(oracle, workers=threads)
        assert np.array_equal(one.mean, other.mean) and one.watched == other.watched
        assert np.array_equal(one.variance, other.variance)
    assert not np.array_equal(one.mean, run(oracle, seed=4).mean)


def test_what_is_watched_is_the_largest_gradient_of_a_worker_along_the_run() -> None:
    oracle = ClippedWorkers(clip=0.5, G2=3.0)
    result = simulate(
        SHIFTED, oracle, SGD, {"gamma": 0.7}, metric=GAP, iterations=6, trials=1, seed=0
    )
    x, largest = SHIFTED.start[None].copy(), 0.0
    for _ in range(6):
        largest = max(largest, np.linalg.norm(local(SHIFTED, x), axis=2).max())
        x = x - 0.7 * draw(oracle, SHIFTED, x)
    assert result.watched == pytest.approx(largest, rel=1e-12)


def test_only_an_assumption_along_the_run_is_watched() -> None:
    assert run(SIMULATED[0]).watched is None and run(Exact()).watched is None
    assert run(ClippedWorkers(clip=0.1), SHARDS).watched is None
    below = ClippedWorkers(clip=0.1, G2=0.5 * SHARDS.gradient_bound)  # type: ignore[attr-defined, operator]
    seen = run(below, SHARDS).watched
    assert seen is not None and 0 < seen <= SHARDS.gradient_bound  # type: ignore[attr-defined]


def test_a_diverging_run_is_seen() -> None:
    blown = simulate(
        SHIFTED, RobustWorkers(), SGD, {"gamma": 1e3}, metric=GAP, iterations=200, trials=1, seed=0
    )
    assert blown.diverged[-1] == 1
    oracle = ClippedWorkers(clip=1e200, G2=1.0)
    watched = simulate(
        SHIFTED, oracle, SGD, {"gamma": 1e3}, metric=GAP, iterations=200, trials=1, seed=0
    ).watched
    assert watched == np.inf


@pytest.mark.parametrize(
    "oracle",
    [
        *SIMULATED,
        WorkerOracle(noise_law="gaussian", sigma0_2=0.3, compressor=TopK(1)),
        WorkerOracle(noise_law="gaussian", sigma0_2=0.3, compressor=ScaledSign()),
        WorkerOracle(noise_law="gaussian", sigma0_2=0.3, compressor=Grid(0.5)),
        RobustWorkers(aggregator="trimmed-mean", attack="large"),
    ],
    ids=lambda o: o.title,
)
@pytest.mark.parametrize("problem", [SHIFTED, SHARDS], ids=lambda p: p.name)
def test_first_error_bounds_that_of_the_first_estimate(oracle: Oracle, problem: Problem) -> None:
    x = np.repeat(problem.start[None], 4000, axis=0)
    sizes = squares(draw(oracle, problem, x) - problem.gradient(x))
    bound = initial_error(problem, oracle, SGDM, "first")
    assert sizes.mean() <= bound + 4.5 * sizes.std() / len(sizes) ** 0.5
    assert initial_error(problem, oracle, SGD, "first") == 0


def test_an_oracle_without_a_bound_of_its_error_says_so() -> None:
    with pytest.raises(InputError, match="no bound of the first estimate's error is known"):
        Oracle.error_bound(Exact(), PLAIN, 1.0)


# Audits.

TRUE = [
    *SIMULATED,
    WorkerOracle(noise_law="rademacher", sigma0_2=0.1),
    WorkerOracle(compressor=AllOrNothing(99.0)),
    WorkerOracle(compressor=AllOrNothing(1999.0)),
    WorkerOracle(compressor=Shrink(0.2)),
    WorkerOracle(compressor=Shorten(0.2)),
    WorkerOracle(compressor=ScaledSign()),
    RobustWorkers(aggregator="trimmed-mean", attack="large", faulty=2),
]


def failing(problem: Problem, oracle: Any, seed: int = 0) -> set[str]:
    findings = audit(problem, oracle, np.random.default_rng(seed))
    assert all(f.worst > 1 for f in findings if not f.ok)
    return {f.assumption for f in findings if not f.ok}


@pytest.mark.parametrize("oracle", TRUE, ids=lambda o: o.title)
@pytest.mark.parametrize("problem", [SHIFTED, SHARDS], ids=lambda p: p.name)
def test_audit_accepts_what_is_true(oracle: Any, problem: Problem) -> None:
    for seed in range(3):
        assert failing(problem, oracle, seed) == set()


def test_audit_says_what_it_looked_at() -> None:
    def named(oracle: Any) -> list[str]:
        found = [f.assumption for f in audit(SHARDS, oracle, np.random.default_rng(0))]
        assert found[:3] == ["smooth", "gradient", "bounded below"]
        return found[found.index("dissimilarity") : found.index("workers")]

    noisy: dict[str, Any] = {"noise_law": "gaussian", "sigma0_2": 0.1}
    assert named(WorkerOracle()) == ["dissimilarity", "noise"]
    sent = ["dissimilarity", "noise", "zero mean", "compressor", "unbiased"]
    assert named(WorkerOracle(compressor=RandK(1), **noisy)) == sent
    assert named(WorkerOracle(compressor=TopK(1))) == ["dissimilarity", "noise", "compressor"]
    assert named(ClippedWorkers(clip=1)) == ["dissimilarity", "noise", "bounded"]
    assert named(RobustWorkers()) == ["dissimilarity", "noise", "aggregator"]


@dataclass(frozen=True, kw_only=True)
class Drifting(WorkerOracle):
    """Its noise is not centred, and larger than it says."""

    shift: float = 0.0
    factor: float = 1.0

    def drawn(self, local: Array, rng: Any) -> Array:
        return local + self.factor * (super().drawn(local, rng) - local) + self.shift


class Lying(AllOrNothing):
    """Only half as often as would be right."""

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        super()._fill(v, rng, out)
        out *= rng.random((*v.shape[:-1], 1)) < 0.5


class Halved(Shrink):
    """Shrinks too much."""

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        super()._fill(v, rng, out)
        out *= 0.9


def test_audit_catches_what_is_false() -> None:
    noisy: dict[str, Any] = {"noise_law": "gaussian", "sigma0_2": 0.1}
    over_time = {"estimates over time"}
    assert failing(SHIFTED, Drifting(factor=1.1, **noisy)) == {"noise"} | over_time
    assert "zero mean" in failing(SHIFTED, Drifting(shift=0.02, **noisy))
    assert "unbiased" in failing(SHIFTED, WorkerOracle(compressor=Lying(1.0)))
    assert failing(SHIFTED, WorkerOracle(compressor=Halved(0.3))) == {"compressor"}
    clipped = ClippedWorkers(clip=1.0, G2=0.1)
    assert failing(SHIFTED, clipped) == {"bounded"}
    apart = make_problem("shifted-quadratics", dimension=D, workers=N)
    apart.dissimilarity = lambda young=1.0: (0.1, 0.1)  # type: ignore[attr-defined]
    assert failing(apart, WorkerOracle()) == {"dissimilarity"}


def test_audit_catches_a_wrong_kappa() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Fragile(RobustWorkers):
        """The mean, in spite of the faulty ones."""

        def _aggregate(self, honest: Array) -> Array:
            return (honest.sum(axis=1) - 1000 * honest.mean(axis=1)) / (honest.shape[1] + 1)

    assert failing(SHARDS, Fragile()) == {"aggregator", "estimates over time"}


def test_identical_workers_need_no_distributed_problem() -> None:
    oracle = WorkerOracle(compressor=AllOrNothing(1.0), workers=4)
    result = run(oracle, PLAIN, checkpoints=default_checkpoints(8, GAP))
    assert (result.diverged == 0).all() and failing(PLAIN, oracle) == set()
    assert isinstance(oracle.compressor, Compressor)
