"""Running a method many times on a problem, and what that says about its expectation."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np

from numerics.algorithms import Algorithm, checked_parameters
from numerics.backend import backend
from numerics.compressors.base import Compressor
from numerics.errors import InputError
from numerics.execution import Progress, Store, read_workers, run_jobs
from numerics.initial import first_batch
from numerics.jobs import Job, Point, block_size
from numerics.metrics import Metric
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem
from numerics.results import Result, result
from numerics.steps import takes_columns
from numerics.traits import traits
from numerics.validation import integer

# Ten years of one core: beyond this a run is a mistake.
_MOST_WORK = 1e17
_ARRAYS_PER_BLOCK = 16


def default_checkpoints(iterations: int, metric: Metric) -> tuple[int, ...]:
    """About 25 of them, geometric from 1 to ``iterations``, and 0 where the metric has a value."""
    grid = np.unique(np.rint(np.geomspace(1, iterations, 25)).astype(np.int64))
    points = sorted({*grid.tolist(), iterations})
    return tuple(points) if metric.average else (0, *points)


def estimate_memory(
    problem: Problem,
    trials: int,
    workers: int = 1,
    oracle: Oracle | None = None,
    device: str = "cpu",
) -> int:
    """Bytes that a simulation needs at its peak; it does not grow with iterations or blocks.

    ``workers`` are blocks at work at once. An ``oracle`` that works with longer rows than the
    problem counts with these.
    """
    width = problem.width if oracle is None else oracle.width(problem)
    per_worker = _ARRAYS_PER_BLOCK * 8 * min(trials, block_size(width, device)) * width
    return per_worker * workers + problem.resident_bytes()


def make_job(
    problem: Problem,
    oracle: Oracle,
    algorithm: Algorithm,
    points: Sequence[Mapping[str, float]],
    *,
    metric: Metric,
    iterations: int,
    trials: int,
    seed: int,
    discounts: Sequence[float] | None = None,
    start: str = "gradient",
    checkpoints: Sequence[int] | None = None,
    device: str = "cpu",
    compressor: Compressor | None = None,
) -> Job:
    """Return the simulation of ``trials`` runs at every one of ``points``, the parameters of the
    method.

    ``discounts`` are those of the metric at the points, by default its own at all of them. For the
    rest see :func:`simulate`. Raises InputError as there.
    """
    iterations = integer("iterations", iterations)
    trials = integer("trials", trials)
    seed = integer("seed", seed, least=0)
    backend(device)
    oracle.constants(problem)
    if traits(algorithm).passes:
        oracle.cycle_sampler(problem, 1, np.random.default_rng(0))
    elif traits(algorithm).samples:
        oracle.sample_smoothness(problem)
    first_batch(start, algorithm)
    if traits(algorithm).compresses and compressor is None:
        raise InputError(f"{algorithm.name} needs a compressor")
    weights = [metric.discount] * len(points) if discounts is None else discounts
    # Without randomness every trial is the same one.
    runs = trials if oracle.varies(problem) else 1
    checked = [checked_parameters(algorithm, parameters) for parameters in points]
    return Job(
        problem=problem,
        oracle=oracle,
        algorithm=algorithm,
        points=tuple(Point(p, float(w)) for p, w in zip(checked, weights, strict=True)),
        metric=metric,
        checkpoints=_checked_checkpoints(checkpoints, iterations, metric),
        trials=runs,
        seed=seed,
        start=start,
        device=device,
        compressor=compressor,
        shared=takes_columns(algorithm, checked),
        repeats=trials // runs,
    )


def run(
    jobs: Sequence[Job],
    *,
    workers: int | str | None = None,
    resume: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> list[list[Result]]:
    """Run jobs side by side: for each of them, the results at its points.

    Args:
        jobs: what :func:`make_job` made.
        workers: a number, "threads:N", "processes:N" or "dask://HOST:PORT" (needs
            ``boundcalc[dask]``); by default one for every core of this machine. A plain number is
            so many threads or, where these are found to wait for each other, processes or one
            thread. Results are the same to the last bit, whoever works.
        resume: a folder in which finished blocks are kept; a run that was interrupted takes up
            where it was when started again with the same folder.
        progress: called with the trial-steps done and their total, from this thread; it may raise
            to stop the run.

    Raises InputError for workers that are not there or keep dying, and for sizes that fit neither
    in memory nor in ten years.
    """
    chosen = read_workers(workers)
    work = sum(float(job.steps) * job.repeats * job.oracle.width(job.problem) for job in jobs)
    if work > _MOST_WORK:
        raise InputError(
            f"the simulation has {work:.1e} coordinate steps (iterations, times trials, times"
            f" coordinates); at most {_MOST_WORK:.0e} are accepted (about ten years)"
        )
    for job in jobs:
        # A device has one block after the other.
        at_once = min(chosen.here, job.blocks if job.device == "cpu" else 1)
        rows = max(sum(share.rows for share in job.shares(0)), 1)
        size = estimate_memory(job.problem, rows, at_once, job.oracle, job.device)
        backend(job.device).require_memory(size, "the simulation")
    store = None if resume is None else Store(resume)
    found = run_jobs(jobs, chosen.engine(jobs), store, progress)
    return [
        [result(job, point, moments[point]) for point in range(len(job.points))]
        for job, moments in zip(jobs, found, strict=True)
    ]


def simulate(
    problem: Problem,
    oracle: Oracle,
    algorithm: Algorithm,
    parameters: Mapping[str, float],
    *,
    metric: Metric,
    iterations: int,
    trials: int,
    seed: int,
    start: str = "gradient",
    checkpoints: Sequence[int] | None = None,
    workers: int | str | None = 1,
    resume: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    device: str = "cpu",
    compressor: Compressor | None = None,
) -> Result:
    """Run ``trials`` independent runs of ``iterations`` steps and measure ``metric`` along them.

    ``start`` says what an average of gradients holds before the first step: the exact "gradient",
    "zero", a "first" fresh estimate, or the mean of a batch, "first:B". ``compressor`` is for a
    method that compresses. ``checkpoints`` defaults to about 25 geometric ones. ``workers``,
    ``resume`` and ``progress`` are those of :func:`run`. ``device`` is "cpu", or "cuda" for a GPU
    (needs ``boundcalc[gpu]``), which has random numbers of its own (:mod:`numerics.backend`).

    Raises InputError for parameters, sizes or names that make no sense, and as :func:`run` does.
    """
    job = make_job(
        problem,
        oracle,
        algorithm,
        [parameters],
        metric=metric,
        iterations=iterations,
        trials=trials,
        seed=seed,
        start=start,
        checkpoints=checkpoints,
        device=device,
        compressor=compressor,
    )
    return run([job], workers=workers, resume=resume, progress=progress)[0][0]


def _checked_checkpoints(
    checkpoints: Sequence[int] | None, iterations: int, metric: Metric
) -> tuple[int, ...]:
    if checkpoints is None:
        return default_checkpoints(iterations, metric)
    least = 1 if metric.average else 0
    points = tuple(sorted({integer("checkpoint", k, least=least) for k in checkpoints}))
    if not points or points[-1] > iterations:
        raise InputError(f"checkpoints must lie in {least}..{iterations} (iterations)")
    return points
