"""Running a method many times on a problem, and what that says about its expectation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from numerics.algorithms import Algorithm, checked_parameters, takes_samples
from numerics.backend import Array, backend
from numerics.block import BLOCK_DOUBLES, Job
from numerics.compressors.base import Compressor
from numerics.errors import InputError
from numerics.execution import Progress, run_blocks
from numerics.initial import checked_start
from numerics.memory import require_memory
from numerics.metrics import Metric
from numerics.moments import Moments
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem
from numerics.validation import integer

# Ten years of one core: beyond this a run is a mistake.
_MOST_WORK = 1e17
_ARRAYS_PER_BLOCK = 16


@dataclass(frozen=True)
class Result:
    """What the trials of a simulation say, per checkpoint; every array is (checkpoints,).

    ``count`` trials stayed finite, ``diverged`` did not. ``mean``, ``variance`` (unbiased) and
    ``maximum`` are inf from the first checkpoint at which a trial has diverged; ``minimum`` is that
    of the finite trials. With a single trial of a random run the variance is unknown and inf.
    ``watched`` is the largest value, over all trials and all points that a gradient was estimated
    at, of what the oracle assumes a bound of along the iterates (Oracle.watch); None for nothing.
    """

    checkpoints: npt.NDArray[np.int64]
    mean: Array
    variance: Array
    minimum: Array
    maximum: Array
    count: npt.NDArray[np.int64]
    diverged: npt.NDArray[np.int64]
    trials: int
    seed: int
    watched: float | None = None


def default_checkpoints(iterations: int, metric: Metric) -> tuple[int, ...]:
    """About 25 of them, geometric from 1 to ``iterations``, and 0 where the metric has a value."""
    grid = np.unique(np.rint(np.geomspace(1, iterations, 25)).astype(np.int64))
    points = sorted({*grid.tolist(), iterations})
    return tuple(points) if metric.average else (0, *points)


def estimate_memory(
    problem: Problem, trials: int, workers: int = 1, oracle: Oracle | None = None
) -> int:
    """Bytes that a simulation needs at its peak; it does not grow with iterations or blocks.

    ``workers`` are threads. An ``oracle`` that works with longer rows than the problem counts with
    these.
    """
    width = problem.width if oracle is None else oracle.width(problem)
    block = max(1, BLOCK_DOUBLES // width)
    per_worker = _ARRAYS_PER_BLOCK * 8 * min(trials, block) * width
    return per_worker * workers + problem.resident_bytes()


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
    workers: int = 1,
    progress: Progress | None = None,
    device: str = "cpu",
    compressor: Compressor | None = None,
) -> Result:
    """Run ``trials`` independent runs of ``iterations`` steps and measure ``metric`` along them.

    ``start`` says what an average of gradients holds before the first step: the exact "gradient",
    "zero", or a "first" fresh estimate. ``compressor`` is for a method that compresses.
    ``checkpoints`` defaults to about 25 geometric ones. The result is the same to the last bit for
    every ``workers`` (threads).

    Raises InputError for parameters, sizes or names that make no sense, and for sizes that cannot
    fit in memory or in ten years.
    """
    iterations = integer("iterations", iterations)
    trials = integer("trials", trials)
    workers = integer("workers", workers)
    seed = integer("seed", seed, least=0)
    backend(device)
    oracle.constants(problem)
    if getattr(algorithm, "passes", False):
        oracle.cycle_sampler(problem, 1, np.random.default_rng(0))
    elif takes_samples(algorithm):
        oracle.sample_smoothness(problem)
    checked_start(algorithm, start)
    if getattr(algorithm, "compresses", False) and compressor is None:
        raise InputError(f"{algorithm.name} needs a compressor")
    width = oracle.width(problem)
    work = float(iterations) * trials * width
    if work > _MOST_WORK:
        raise InputError(
            f"{trials:g} trials of {iterations:g} iterations in {width:g} coordinates are"
            f" {work:.1e} coordinate steps, at most {_MOST_WORK:.0e} are accepted (about ten years)"
        )
    require_memory(estimate_memory(problem, trials, workers, oracle), "the simulation")
    job = Job(
        problem=problem,
        oracle=oracle,
        algorithm=algorithm,
        parameters=checked_parameters(algorithm, parameters),
        metric=metric,
        checkpoints=_checked_checkpoints(checkpoints, iterations, metric),
        # Without randomness every trial is the same one.
        trials=trials if oracle.random else 1,
        seed=seed,
        start=start,
        device=device,
        compressor=compressor,
    )
    return _result(job, trials, run_blocks(job, workers, progress))


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


def _result(job: Job, trials: int, moments: Moments) -> Result:
    repeats = trials // job.trials
    count = moments.count * repeats
    diverged = moments.diverged * repeats
    finite = diverged == 0
    if job.oracle.random:
        known = finite & (count > 1)
        variance = np.where(known, moments.deviations / np.maximum(count - 1, 1), np.inf)
    else:
        variance = np.where(finite, 0.0, np.inf)
    return Result(
        checkpoints=np.array(job.checkpoints, dtype=np.int64),
        mean=np.where(finite, moments.mean, np.inf),
        variance=variance,
        minimum=moments.minimum,
        maximum=np.where(finite, moments.maximum, np.inf),
        count=count,
        diverged=diverged,
        trials=trials,
        seed=job.seed,
        watched=moments.watched,
    )
