"""One block of trials, run from the first step to the last: the unit of work.

A block is described by a job and its index alone, so it can run in any thread, process or machine
and always gives the same numbers to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from numerics.algorithms import Algorithm, owned, takes_samples
from numerics.backend import Array, backend
from numerics.compressors.base import Compressor
from numerics.metrics import Metric
from numerics.moments import Moments
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem
from numerics.starts import first_batch
from numerics.steps import Steps

# Doubles per array of a block: a handful of such arrays stays in cache.
BLOCK_DOUBLES = 1 << 15

# Beyond this a trial counts as diverged; its square still fits in a float.
DIVERGED = 1e150


@dataclass(frozen=True)
class Job:
    """A simulation, complete: everything that its numbers depend on."""

    problem: Problem
    oracle: Oracle
    algorithm: Algorithm
    parameters: dict[str, float]
    metric: Metric
    checkpoints: tuple[int, ...]
    trials: int
    seed: int
    start: str
    device: str = "cpu"
    compressor: Compressor | None = None

    @property
    def block_size(self) -> int:
        """Trials per block; problem and oracle alone decide, never the machine."""
        return max(1, BLOCK_DOUBLES // self.oracle.width(self.problem))

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return -(-self.trials // self.block_size)

    def rows(self, index: int) -> int:
        """Trials in block ``index``."""
        return min(self.block_size, self.trials - index * self.block_size)


def run_block(job: Job, index: int, pulse: Callable[[int], None]) -> Moments:
    """The moments of block ``index`` at the job's checkpoints.

    ``pulse(trials)`` is called once a step and may raise to stop the block.
    """
    with np.errstate(all="ignore"):
        return _run(job, index, pulse)


def _run(job: Job, index: int, pulse: Callable[[int], None]) -> Moments:
    arrays = backend(job.device)
    problem, oracle = arrays.place(job.problem), arrays.place(job.oracle)
    algorithm, parameters, metric = job.algorithm, job.parameters, job.metric
    rng = arrays.generator(np.random.SeedSequence(job.seed, spawn_key=(index,)))
    rows = job.rows(index)
    oracle = oracle.begin(problem, rows)
    gradient = arrays.empty((rows, problem.dimension))
    estimate = arrays.empty((rows, problem.dimension))
    x = arrays.empty((rows, problem.dimension))
    x[...] = problem.start
    problem.gradient(x, out=gradient)
    average = _first_average(job, problem, oracle, x, gradient, rng)
    state = algorithm.initial(x, average)
    steps = Steps(algorithm, parameters, problem, oracle, rng, job.compressor)

    record = _Record(job.checkpoints, rows)
    total, weight, weights = np.zeros_like(gradient[:, 0]), 1.0, 0.0
    for k in range(job.checkpoints[-1] + 1):
        x = state["x"]
        if k:
            problem.gradient(x, out=gradient)
        if record.wants(k):
            sample = total / weights if metric.average else metric.quantity(problem, x, gradient)
            record.add(arrays.to_host(sample), arrays.to_host(abs(x).max(axis=1)))
            if k == job.checkpoints[-1]:
                break
        if metric.average:
            total += weight * metric.quantity(problem, x, gradient)
            weights, weight = weights + weight, weight * metric.discount
        record.watch(oracle.watch(problem, x, gradient))
        if takes_samples(algorithm):
            state = steps.take(k, state, rows)
        else:
            oracle.draw(problem, x, gradient, rng, estimate)
            state = algorithm.update(state, estimate, parameters)
        pulse(rows)
    return Moments.of(record.samples, record.finite, record.watched)


def _first_average(
    job: Job, problem: Problem, oracle: Oracle, x: Array, gradient: Array, rng: object
) -> Array:
    """What an average of gradients holds before the first step, of every worker where it is its
    own.
    """
    batch = first_batch(job.start, job.algorithm)
    if batch is not None:
        return _first_batch(batch, job, problem, oracle, x, gradient, rng)
    if owned(job.algorithm):
        gradient = oracle.local_gradients(problem, x, gradient)
    return np.array(gradient) if job.start == "gradient" else np.zeros_like(gradient)


def _first_batch(
    batch: int,
    job: Job,
    problem: Problem,
    oracle: Oracle,
    x: Array,
    gradient: Array,
    rng: object,
) -> Array:
    """The mean of so many fresh estimates."""
    total: Array | float = 0.0
    for _ in range(batch):
        if owned(job.algorithm):
            total = total + oracle.sampler(problem, len(x), rng)(x)
        else:
            total = total + oracle.draw(problem, x, gradient, rng, gradient.copy())
    return np.asarray(total / batch)


class _Record:
    """Samples at the checkpoints, and which trials are still finite there."""

    def __init__(self, checkpoints: tuple[int, ...], rows: int) -> None:
        self._checkpoints = checkpoints
        self._next = 0
        self.samples = np.empty((len(checkpoints), rows))
        self.finite = np.empty((len(checkpoints), rows), dtype=bool)
        self.watched: float | None = None

    def wants(self, k: int) -> bool:
        """Whether k is the next checkpoint."""
        return k == self._checkpoints[self._next] if self._next < len(self._checkpoints) else False

    def add(self, sample: Array, size: Array) -> None:
        """Note the sample; a trial that left the range of floats once stays diverged."""
        at = self._next
        self.samples[at] = sample
        # Comparisons with NaN are false, so NaN counts as diverged.
        self.finite[at] = (np.abs(sample) <= DIVERGED) & (size <= DIVERGED)
        if at:
            self.finite[at] &= self.finite[at - 1]
        self._next += 1

    def watch(self, seen: Array | None) -> None:
        """Keep the largest of what is watched along the run; what is no number counts as inf."""
        if seen is not None:
            largest = float(seen.max())
            largest = largest if largest == largest else np.inf
            self.watched = largest if self.watched is None else max(self.watched, largest)
