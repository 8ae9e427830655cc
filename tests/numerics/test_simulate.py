"""The simulator: what it measures, and that nothing but the numbers of the job decides it."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
import time
import warnings
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from numerics import (
    GAP,
    SGD,
    SGDM,
    SQUARED_GRADIENT,
    Exact,
    InputError,
    MiniBatch,
    Result,
    Synthetic,
    default_checkpoints,
    estimate_memory,
    make_problem,
    simulate,
)
from numerics.backend import backend
from numerics.jobs import Share
from numerics.moments import Moments

NOISY = Synthetic("opposing", "gaussian", 0.1, 0.1, 0.2, 0.3)
STEP = {"gamma": 0.3, "beta": 0.4}


def run(**changes: Any) -> Result:
    problem = changes.pop("problem", None) or make_problem("quadratic", dimension=1000)
    oracle = changes.pop("oracle", NOISY)
    algorithm = changes.pop("algorithm", SGDM)
    parameters = changes.pop("parameters", STEP)
    options: dict[str, Any] = {"metric": GAP, "iterations": 20, "trials": 100, "seed": 5}
    return simulate(problem, oracle, algorithm, parameters, **(options | changes))


def same(one: Result, other: Result) -> bool:
    return all(
        np.asarray(getattr(one, f.name)).tobytes() == np.asarray(getattr(other, f.name)).tobytes()
        for f in fields(Result)
    )


@pytest.mark.parametrize("noise", ["gaussian", "rademacher", "multiplicative"])
@pytest.mark.parametrize("metric", [GAP, SQUARED_GRADIENT])
def test_identical_for_any_number_of_workers(noise: str, metric: Any) -> None:
    oracle = Synthetic("random", noise, 0.1, 0.1, 0.2, 0.3)
    first = run(oracle=oracle, metric=metric)
    for workers in (2, 3):
        assert same(first, run(oracle=oracle, metric=metric, workers=workers))
    assert not same(first, run(oracle=oracle, metric=metric, seed=6))


def test_identical_for_any_number_of_workers_with_matrix_products() -> None:
    problem = make_problem("glm", loss="logistic", l2=0.1, samples=400, dimension=100)
    for oracle in (NOISY, MiniBatch(2), MiniBatch(80)):
        first = run(problem=problem, oracle=oracle, trials=300)
        assert same(first, run(problem=problem, oracle=oracle, trials=300, workers=2))


def test_by_hand_without_noise() -> None:
    problem = make_problem("quadratic", spectrum=[1.0, 0.5], start=[2.0, -1.0])
    values, x = np.array([1.0, 0.5]), np.array([2.0, -1.0])
    v, gaps, squares = values * x, [], []
    for _ in range(6):
        gaps.append(0.5 * float(values @ x**2))
        squares.append(float(np.sum((values * x) ** 2)))
        v = (1 - 0.4) * v + 0.4 * (values * x)
        x = x - 0.3 * v
    options: dict[str, Any] = {"problem": problem, "oracle": Exact(), "trials": 7, "iterations": 5}
    result = run(**options, checkpoints=range(6))
    assert np.allclose(result.mean, gaps, rtol=1e-14)
    assert (result.variance == 0).all() and (result.count == 7).all() and result.trials == 7
    result = run(**options, metric=SQUARED_GRADIENT, checkpoints=[1, 2, 5])
    assert np.allclose(result.mean, [np.mean(squares[:k]) for k in (1, 2, 5)], rtol=1e-14)


def test_starts_differ_as_they_say() -> None:
    problem = make_problem("quadratic", spectrum=[1.0], start=[1.0])
    p = {"gamma": 0.5, "beta": 0.25}
    means = {
        start: run(
            problem=problem,
            oracle=Exact(),
            parameters=p,
            iterations=1,
            checkpoints=[1],
            start=start,
        ).mean[0]
        for start in ("gradient", "zero", "first")
    }
    assert means["gradient"] == means["first"] == 0.5 * 0.5**2
    assert means["zero"] == 0.5 * (1 - 0.5 * 0.25) ** 2


def test_moments_are_those_of_the_trials() -> None:
    # Checkpoint k of the same seed sees the same trials, so min <= mean <= max and the spread fits.
    result = run(trials=500)
    assert (result.minimum[1:] < result.mean[1:]).all()
    assert (result.mean[1:] < result.maximum[1:]).all()
    assert (result.variance[1:] <= (result.maximum - result.minimum)[1:] ** 2 / 4 * 500 / 499).all()
    assert result.variance[0] < 1e-20


def test_merging_is_the_moments_of_the_union() -> None:
    rng = np.random.default_rng(0)
    samples = 1e6 + rng.standard_normal((3, 1000))
    finite = rng.random((3, 1000)) > 0.1
    whole = Moments.of(samples, finite)
    parts = [
        Moments.of(samples[:, a:b], finite[:, a:b]) for a, b in ((0, 1), (1, 300), (300, 1000))
    ]
    merged = parts[0].merge(parts[1]).merge(parts[2])
    for row in range(3):
        kept = samples[row][finite[row]]
        for moments in (whole, merged):
            assert moments.count[row] == len(kept) == 1000 - moments.diverged[row]
            assert moments.mean[row] == pytest.approx(kept.mean(), rel=1e-14)
            variance = moments.deviations[row] / (len(kept) - 1)
            assert variance == pytest.approx(kept.var(ddof=1), rel=1e-9)
            assert moments.minimum[row] == kept.min() and moments.maximum[row] == kept.max()


@pytest.mark.parametrize("name", ["quadratic", "sine", "glm"])
@pytest.mark.parametrize("metric", [GAP, SQUARED_GRADIENT])
def test_divergence_is_reported_and_never_averaged(name: str, metric: Any) -> None:
    options = {"loss": "squared"} if name == "glm" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = run(
            problem=make_problem(name, **options), algorithm=SGD, parameters={"gamma": 1e4},
            metric=metric, iterations=500,
        )  # fmt: skip
    assert result.diverged[-1] == 100 and result.count[-1] == 0
    assert result.mean[-1] == result.variance[-1] == result.maximum[-1] == np.inf
    assert (np.diff(result.diverged) >= 0).all() and result.diverged[0] == 0
    assert not any(np.isnan(a).any() for a in (result.mean, result.variance, result.minimum))


def test_partial_divergence_is_sticky() -> None:
    samples = np.array([[1.0, 2.0], [1.0, np.nan], [1.0, 2.0]])
    from numerics.block import _Record

    record = _Record(backend(), (0, 1, 2), 2)
    for row in samples:
        record.add(row, np.ones(2))
    moments = record.moments((Share(0, 0, 2),))[0]
    assert moments.count.tolist() == [2, 1, 1] and moments.maximum.tolist() == [2.0, 1.0, 1.0]


def test_what_is_watched_is_the_largest_and_never_no_number() -> None:
    from numerics.block import _Record

    def watched(*seen: list[float]) -> float | None:
        record = _Record(backend(), (0,), 2)
        record.add(np.ones(2), np.ones(2))
        for row in seen:
            record.watch(np.array(row))
        return record.moments((Share(0, 0, 2),))[0].watched

    assert watched() is None
    assert watched([1.0, 2.0], [3.0, 0.0], [2.0, 2.0]) == 3.0
    assert watched([1.0, np.nan], [3.0, 0.0]) == np.inf


def test_one_random_trial_has_unknown_variance() -> None:
    assert run(trials=1).variance[1] == np.inf


def test_default_checkpoints() -> None:
    points = default_checkpoints(10_000, GAP)
    assert points[0] == 0 and points[1] == 1 and points[-1] == 10_000 and 20 <= len(points) <= 27
    assert default_checkpoints(1, SQUARED_GRADIENT) == (1,)
    assert default_checkpoints(3, GAP) == (0, 1, 2, 3)


def test_memory_does_not_grow_with_iterations_or_trials() -> None:
    import tracemalloc

    def peak(iterations: int, trials: int) -> int:
        tracemalloc.start()
        run(iterations=iterations, trials=trials)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    small = peak(10, 40)
    assert peak(200, 40) < 1.1 * small and peak(10, 800) < 1.1 * small
    assert small < estimate_memory(make_problem("quadratic", dimension=1000), 40)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"trials": 10**18}, "coordinate steps"),
        ({"iterations": 10**16}, "coordinate steps"),
        ({"iterations": 0}, "iterations must be an integer >= 1"),
        ({"trials": 2.5}, "trials must be an integer >= 1"),
        ({"seed": -1}, "seed must be an integer >= 0"),
        ({"workers": 0}, "workers must be an integer >= 1"),
        ({"start": "gradiant"}, "did you mean gradient"),
        ({"checkpoints": [21]}, "checkpoints must lie in 0..20"),
        ({"checkpoints": []}, "checkpoints must lie in"),
        ({"metric": SQUARED_GRADIENT, "checkpoints": [0]}, "checkpoint must be an integer >= 1"),
        ({"device": "gpu"}, "unknown device"),
        ({"parameters": {"gamma": 1.0}}, "needs a value for beta"),
        ({"oracle": MiniBatch()}, "finite sum"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        run(**changes)
    assert "\n" not in str(caught.value)


def test_what_does_not_fit_is_refused_with_the_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make_problem("quadratic", dimension=1000)
    monkeypatch.setattr("numerics.memory.available_memory", lambda: 10**5)
    with pytest.raises(InputError, match=r"simulation needs about [\d.]+ MB of memory, 100 KB"):
        run(problem=problem)


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_rises_to_the_total(workers: int) -> None:
    seen: list[tuple[int, int]] = []
    run(progress=lambda done, total: seen.append((done, total)), workers=workers)
    assert seen[-1] == (2000, 2000) and seen == sorted(seen)


@pytest.mark.parametrize("workers", [1, "threads:2"])
def test_interrupt_stops_promptly(workers: int | str) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    before, begun = threading.active_count(), time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(iterations=10**8, progress=interrupt, workers=workers)
    assert time.monotonic() - begun < 2 and threading.active_count() <= before


def test_an_error_in_a_thread_reaches_the_caller() -> None:
    class Broken(Exact):
        random = True

        def draw(self, *args: Any) -> Any:
            raise RuntimeError("broken oracle")

    with pytest.raises(RuntimeError, match="broken oracle"):
        run(oracle=Broken(), workers=2)


def test_jobs_travel() -> None:
    for item in (make_problem("glm", l2=2.0), make_problem("quadratic"), NOISY, SGDM, GAP):
        assert type(pickle.loads(pickle.dumps(item))) is type(item)


def test_import_is_light() -> None:
    code = "import sys, numerics; print([m for m in ('scipy', 'matplotlib', 'boundcalc') if m in sys.modules])"  # noqa: E501
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
