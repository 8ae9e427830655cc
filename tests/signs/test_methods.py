"""The sign-based methods against plain loops, and what a step of theirs draws."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from numerics import (
    GRADIENT_1NORM,
    MiniBatch,
    Oracle,
    Problem,
    ShuffledComponents,
    WorkerSamples,
    make_compressor,
    make_problem,
    simulate,
)
from numerics.draws import ArrayDraws
from numerics.sign_methods import (
    EF_SIGNSGD,
    SIGN_RVM,
    SIGN_RVR,
    SIGN_SVRG,
    SSDM,
    SSVR_FINITE_SUM,
)
from numerics.steps import Steps, stepping
from numerics.traits import traits
from numerics.vote_methods import (
    MV_SIGNSGD_MOMENTUM,
    SSVR_MAJORITY,
    SSVR_MAJORITY_RANDOMISED,
    STO_SIGNSGD,
    STO_SIGNSGD_RANDOMISED,
)

TRIALS, STEPS, m, d, n = 3, 17, 6, 4, 3
STEP, RATE, RADIUS, EVERY = 0.05, 0.3, 2.0, 4
SCALED = make_compressor("scaled-sign")

single = make_problem("glm", samples=m, dimension=d, seed=1)
shared = make_problem(
    "sharded-glm", loss="geman-mcclure", samples=m * n, dimension=d, workers=n, seed=1
)


def gradient(problem: Any, x: np.ndarray, i: int) -> np.ndarray:
    """Of one component at one point."""
    return problem.sample_gradient(x[None], np.array([[i]]))[0]


def whole(problem: Any, x: np.ndarray) -> np.ndarray:
    return np.mean([gradient(problem, x, i) for i in range(problem.components)], axis=0)


Loop = Callable[[np.ndarray, Any, int], list[np.ndarray]]


# Each loop gets the start, the numbers of its run (component or coins, step after step), and which
# trial it is; it returns every point.


def sign_svrg(x: np.ndarray, rng: Any, trial: int) -> list[np.ndarray]:
    points = [x]
    for k in range(STEPS):
        if k % m == 0:
            y, full = x, whole(single, x)
        i = rng.integers(0, m, size=(TRIALS, 1))[trial, 0]
        x = x - STEP * np.sign(gradient(single, x, i) - gradient(single, y, i) + full)
        points.append(x)
    return points


def reshuffled(x: np.ndarray, rng: Any, trial: int, rate: float) -> list[np.ndarray]:
    points, v = [x], whole(single, x)
    for k in range(STEPS):
        if k % m == 0:
            y, full = x, whole(single, x)
            order = np.argsort(rng.random((TRIALS, m))[trial])
        i = order[k % m]
        new = gradient(single, x, i) - gradient(single, y, i) + full
        v = (1 - rate) * v + rate * new
        x = x - STEP * np.sign(v)
        points.append(x)
    return points


def ssvr_finite_sum(x: np.ndarray, rng: Any, trial: int) -> list[np.ndarray]:
    points, before = [x], x
    for k in range(STEPS):
        i = rng.integers(0, m, size=(TRIALS, 1))[trial, 0]
        if k % EVERY == 0:
            y, full = x, whole(single, x)
        if k == 0:
            v = full
        else:
            v = (
                gradient(single, x, i)
                - RATE * (gradient(single, y, i) - full)
                + (1 - RATE) * (v - gradient(single, before, i))
            )
        before, x = x, x - STEP * np.sign(v)
        points.append(x)
    return points


def ef_signsgd(x: np.ndarray, rng: Any, trial: int) -> list[np.ndarray]:
    points, e = [x], np.zeros(d)
    for _ in range(STEPS):
        i = rng.integers(0, m, size=(TRIALS, 1))[trial, 0]
        p = STEP * gradient(single, x, i) + e
        sent = np.abs(p).sum() / d * np.sign(p)
        x, e = x - sent, p - sent
        points.append(x)
    return points


def ssdm(x: np.ndarray, rng: Any, trial: int) -> list[np.ndarray]:
    points, v = [x], whole(single, x)
    for _ in range(STEPS):
        i = rng.integers(0, m, size=(TRIALS, 1))[trial, 0]
        v = (1 - RATE) * v + RATE * gradient(single, x, i)
        up = rng.random((TRIALS, d))[trial] < (1 + v / np.linalg.norm(v)) / 2
        x = x - STEP * np.where(up, 1, -1)
        points.append(x)
    return points


def voting(
    x: np.ndarray, rng: Any, trial: int, estimate: str, randomised: bool
) -> list[np.ndarray]:
    """All votes: what differs is the estimate of a worker, and how the server decides."""
    points, before = [x], x
    own = [np.mean([gradient(shared, x, m * j + i) for i in range(m)], axis=0) for j in range(n)]
    for _ in range(STEPS):
        drawn = rng.integers(0, m, size=(TRIALS * n, 1)).reshape(TRIALS, n)[trial]
        for j in range(n):
            new, old = (gradient(shared, at, m * j + drawn[j]) for at in (x, before))
            if estimate == "momentum":
                own[j] = (1 - RATE) * own[j] + RATE * new
            elif estimate == "reduced":
                own[j] = new + (1 - RATE) * (own[j] - old)
                if randomised:
                    own[j] = np.minimum(np.maximum(own[j], -RADIUS), RADIUS)
            else:
                own[j] = new
        coins = rng.random((TRIALS, n, d))[trial]
        sent = [np.where(coins[j] < 0.5 + own[j] / (2 * RADIUS), 1, -1) for j in range(n)]
        vote = np.sum(sent, axis=0) / n
        if randomised:
            served = np.where(rng.random((TRIALS, d))[trial] < (1 + vote) / 2, 1, -1)
        else:
            served = np.sign(vote)
        before, x = x, x - STEP * served
        points.append(x)
    return points


def votes_of(estimate: str, randomised: bool = False) -> Loop:
    return lambda x, rng, trial: voting(x, rng, trial, estimate, randomised)


METHODS: dict[str, tuple[Any, Problem, Oracle, Loop]] = {
    "sign-svrg": (SIGN_SVRG, single, MiniBatch(1), sign_svrg),
    "sign-rvr": (
        SIGN_RVR, single, ShuffledComponents(), lambda x, rng, t: reshuffled(x, rng, t, 1.0)
    ),
    "sign-rvm": (
        SIGN_RVM, single, ShuffledComponents(), lambda x, rng, t: reshuffled(x, rng, t, RATE)
    ),
    "ssvr-finite-sum": (SSVR_FINITE_SUM, single, MiniBatch(1), ssvr_finite_sum),
    "ef-signsgd": (EF_SIGNSGD, single, MiniBatch(1), ef_signsgd),
    "ssdm": (SSDM, single, MiniBatch(1), ssdm),
    "sto-signsgd": (STO_SIGNSGD, shared, WorkerSamples(), votes_of("none")),
    "sto-signsgd-randomised": (
        STO_SIGNSGD_RANDOMISED, shared, WorkerSamples(), votes_of("none", randomised=True)
    ),
    "mv-signsgd-momentum": (
        MV_SIGNSGD_MOMENTUM, shared, WorkerSamples(), votes_of("momentum")
    ),
    "ssvr-majority": (SSVR_MAJORITY, shared, WorkerSamples(), votes_of("reduced")),
    "ssvr-majority-randomised": (
        SSVR_MAJORITY_RANDOMISED, shared, WorkerSamples(), votes_of("reduced", randomised=True)
    ),
}  # fmt: skip
PARAMETERS = {"gamma": STEP, "beta": RATE, "R": RADIUS, "m": float(m), "I": float(EVERY)}


def begun(method: Any, problem: Any) -> dict[str, Any]:
    """The first state at the start of the problem, from exact gradients."""
    x = np.tile(problem.start, (TRIALS, 1))
    average = problem.gradient(x)
    return method.initial(x, problem.local_gradients(x) if traits(method).owned else average)


def steps(method: Any, problem: Problem, oracle: Oracle, rng: Any) -> Steps:
    return stepping(method, PARAMETERS, begun(method, problem), problem, oracle, rng, SCALED)


def step(taken: Steps, k: int, problem: Problem) -> None:
    taken.take(k, problem.gradient(taken.state["x"]))


@pytest.mark.parametrize("name", METHODS)
def test_against_a_plain_loop(name: str) -> None:
    """The same points to the last bit: only signs of the estimates move them."""
    method, problem, oracle, loop = METHODS[name]
    taken = steps(method, problem, oracle, np.random.default_rng(7))
    points = [taken.state["x"].copy()]
    for k in range(STEPS):
        step(taken, k, problem)
        points.append(taken.state["x"].copy())
    assert len(np.unique(points[-1], axis=0)) > 1
    for trial in range(TRIALS):
        expected = loop(problem.start, np.random.default_rng(7), trial)
        got = [x[trial] for x in points]
        if name == "ef-signsgd":
            # Here the length of a step is a number, too.
            assert np.allclose(got, expected, rtol=0, atol=1e-15)
        else:
            assert np.array_equal(got, expected)


@pytest.mark.parametrize("name", METHODS)
def test_the_same_for_any_number_of_threads(name: str) -> None:
    method, problem, oracle, _ = METHODS[name]
    known = {p: PARAMETERS[p] for p in method.parameters} | {"gamma": 1.0}
    period = getattr(method, "period", None)
    known |= {period: PARAMETERS[period]} if period else {}
    compressor = SCALED if name == "ef-signsgd" else None
    big = {"metric": GRADIENT_1NORM, "iterations": 8, "trials": 20_000, "seed": 3}
    runs = [
        simulate(problem, oracle, method, known, workers=w, compressor=compressor, **big)
        for w in (1, 2)
    ]
    assert np.array_equal(runs[0].mean, runs[1].mean)
    assert np.array_equal(runs[0].variance, runs[1].variance)
    assert runs[0].variance[-1] > 0


# -- snapshots and passes --------------------------------------------------------------------


class Noted(ShuffledComponents):
    """Notes which component was asked for where."""

    def cycle_sampler(self, problem: Problem, trials: int, rng: Any) -> Any:
        made = super().cycle_sampler(problem, trials, rng)
        orders.append(made.order)
        return made


orders: list[np.ndarray] = []


@pytest.mark.parametrize("method", [SIGN_SVRG, SIGN_RVR, SIGN_RVM, SSVR_FINITE_SUM])
def test_snapshots_are_taken_at_the_start_of_every_cycle(method: Any) -> None:
    orders.clear()
    oracle = Noted() if getattr(method, "passes", False) else MiniBatch(1)
    taken = steps(method, single, oracle, np.random.default_rng(0))
    state = taken.state
    every = m if method.period == "m" else EVERY
    restarted = method.restart(state)
    assert np.array_equal(restarted["x"], state["x"])
    seen: list[np.ndarray] = []
    for k in range(2 * every + 1):
        x, y = taken.state["x"], taken.state["y"]
        step(taken, k, single)
        state = taken.state
        assert np.array_equal(state["y"], x if k % every == 0 else y)
        # A new snapshot moves nothing: the step is one of gamma.
        assert np.abs(state["x"] - x).max() == pytest.approx(STEP)
        seen.append(state["y"])
    assert len({s.tobytes() for s in seen}) == 3
    if orders:
        assert len(orders) == 3
        assert all((np.sort(order, axis=1) == np.arange(m)).all() for order in orders)


@pytest.mark.parametrize("method", [SIGN_SVRG, SIGN_RVR, SIGN_RVM, SSVR_FINITE_SUM])
def test_the_step_of_a_snapshot_is_along_the_gradient_itself(method: Any) -> None:
    oracle = ShuffledComponents() if getattr(method, "passes", False) else MiniBatch(1)
    taken = steps(method, single, oracle, np.random.default_rng(0))
    x = taken.state["x"]
    step(taken, 0, single)
    assert np.array_equal(taken.state["x"], x - STEP * np.sign(single.gradient(x)))


# -- stochastic signs ----------------------------------------------------------------------


class Grid:
    """All midpoints of a grid on [0, 1) in turn: the uniform law, enumerated."""

    def __init__(self, parts: int) -> None:
        self.parts = parts

    def random(self, shape: tuple[int, ...]) -> np.ndarray:
        along = (np.arange(self.parts) + 0.5) / self.parts
        return np.broadcast_to(along.reshape(-1, *[1] * (len(shape) - 1)), shape).copy()


def drawing(rng: Any, problem: Any = single) -> ArrayDraws:
    return ArrayDraws(problem.gradient, lambda x: x, rng)


def test_the_mean_of_stochastic_signs_by_enumeration() -> None:
    parts = 40
    values = np.array([-2.0, -1.5, -0.3, 0.0, 0.7, 2.0])
    signs = drawing(Grid(parts)).stochastic_signs(np.tile(values, (parts, 1)), 2.0)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert signs.mean(axis=0) == pytest.approx(values / 2, abs=1e-12)
    # Surely at the ends, for the smallest and the largest numbers that are drawn.
    ends = np.array([[-2.0, 2.0]])
    for u in (0.0, 1 - 2**-53):
        rng = type("One", (), {"random": lambda self, shape, u=u: np.full(shape, u)})()
        assert np.array_equal(drawing(rng).stochastic_signs(ends, 2.0), [[-1.0, 1.0]])


def bernstein(variance: float, draws: int) -> float:
    """What the mean of so many numbers in [-2, 2] exceeds with probability 1e-9 at most."""
    log = math.log(2e9)
    return math.sqrt(2 * variance * log / draws) + 2 * 2 * log / (3 * draws)


def test_stochastic_signs_are_independent_of_each_other() -> None:
    draws, values = 200_000, np.array([0.5, -0.2, 0.0])
    signs = drawing(np.random.default_rng(4)).stochastic_signs(np.tile(values, (draws, 1)), 1.0)
    for i, j in itertools.combinations(range(3), 2):
        product = signs[:, i] * signs[:, j]
        exact = values[i] * values[j]
        assert abs(product.mean() - exact) <= bernstein(1 - exact**2, draws)
    for i in range(3):
        assert abs(signs[:, i].mean() - values[i]) <= bernstein(1 - values[i] ** 2, draws)


def test_stochastic_directions() -> None:
    parts = 50
    values = np.array([3.0, -4.0, 0.0])
    signs = drawing(Grid(parts)).stochastic_directions(np.tile(values, (parts, 1)))
    assert signs.mean(axis=0) == pytest.approx([0.6, -0.8, 0.0], abs=1e-12)
    # Fair coins where there is no direction; workers' vectors each have their own.
    still = drawing(Grid(parts)).stochastic_directions(np.zeros((parts, 3)))
    assert np.array_equal(still.mean(axis=0), np.zeros(3)) and np.all(np.abs(still) == 1)
    pair = np.tile(np.array([[[1.0, 0.0], [0.0, -2.0]]]), (parts, 1, 1))
    signs = drawing(Grid(parts)).stochastic_directions(pair)
    assert signs.mean(axis=0) == pytest.approx(np.array([[1.0, 0.0], [0.0, -1.0]]), abs=1e-12)


def test_a_vote_in_two_stages_is_right_in_the_mean() -> None:
    """E S_1(mean of S_R(v_i)) = mean of v_i / R, over all outcomes of the workers' coins."""
    v, R = np.array([1.0, -0.4, 0.2]), 1.6
    total = 0.0
    for signs in itertools.product((-1.0, 1.0), repeat=3):
        chance = math.prod((1 + s * c / R) / 2 for s, c in zip(signs, v, strict=True))
        vote = np.full((1, 3, 1), np.reshape(signs, (1, 3, 1)))
        mean = drawing(None).mean(vote)
        assert np.array_equal(mean, [[sum(signs) / 3]])
        served = drawing(Grid(3000)).stochastic_signs(np.tile(mean, (3000, 1)), 1)
        total += chance * served.mean()
    assert total == pytest.approx(v.mean() / R, abs=1e-12)


@pytest.mark.parametrize("method", [STO_SIGNSGD, MV_SIGNSGD_MOMENTUM, SSVR_MAJORITY])
def test_a_tie_moves_nothing(method: Any) -> None:
    """Two workers that surely disagree in one coordinate and agree in the other."""
    x = np.zeros((1, 2))
    v = np.array([[[RADIUS, RADIUS], [-RADIUS, RADIUS]]])

    class Fixed(ArrayDraws):
        def __call__(self, point: Any) -> Any:
            return v

    draws = Fixed(single, lambda x: x, np.random.default_rng(0))
    state = {"x": x, "x_prev": x, "v": v}
    after = method.update(state, draws, PARAMETERS)
    assert np.array_equal(after["x"], [[0.0, -STEP]])


def test_no_sign_of_nothing() -> None:
    zeros = np.zeros((2, d))
    draws = ArrayDraws(single.gradient, lambda x: zeros, np.random.default_rng(0), SCALED)
    kept = EF_SIGNSGD.update({"x": zeros, "e": zeros}, draws, PARAMETERS)
    assert not kept["x"].any() and not kept["e"].any()


def test_estimates_are_cut_to_the_cube() -> None:
    """Only where the vote is randomised; the average of all workers stays with them."""
    far = np.full((1, n, d), 5.0) * np.array([1.0, -1.0, 0.1])[:, None]
    draws = ArrayDraws(shared.gradient, lambda x: far, np.random.default_rng(0))
    x = np.zeros((1, d))
    for method, expected in (
        (SSVR_MAJORITY_RANDOMISED, np.clip(far, -RADIUS, RADIUS)),
        (SSVR_MAJORITY, far),
    ):
        after = method.update({"x": x, "x_prev": x, "v": far}, draws, PARAMETERS)
        assert np.allclose(after["v"], expected, rtol=0, atol=1e-15)
    assert np.array_equal(draws.project(far, 0.25)[0, 2], np.full(d, 0.25))


@pytest.mark.parametrize("start", ["gradient", "zero", "first"])
def test_what_workers_begin_with(start: str) -> None:
    """beta = 0 keeps it: the first vote of surely known signs shows it."""
    seen = []

    class Spy(type(MV_SIGNSGD_MOMENTUM)):  # type: ignore[misc]
        def initial(self, x: Any, average: Any) -> dict[str, Any]:
            seen.append((x, average))
            return super().initial(x, average)

    simulate(
        shared, WorkerSamples(), Spy(), {"gamma": STEP, "beta": 0.0, "R": RADIUS},
        metric=GRADIENT_1NORM, iterations=1, trials=5, seed=0, start=start,
    )  # fmt: skip
    ((x, average),) = seen
    local = shared.local_gradients(x)
    assert average.shape == (5, n, d) == local.shape
    if start == "gradient":
        assert np.array_equal(average, local)
    elif start == "zero":
        assert not average.any()
    else:
        every = np.array([gradient(shared, x[0], i) for i in range(m * n)]).reshape(n, m, d)
        apart = np.abs(average[:, :, None] - every[None]).max(axis=3).min(axis=2)
        assert apart.max() < 1e-14
        assert len(np.unique(average.reshape(5, -1), axis=0)) > 1
