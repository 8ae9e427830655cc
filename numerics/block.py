"""Blocks of trials, run from the first step to the last.

A block is described by a job and its index alone, so it can run in any thread, process or machine
and always gives the same numbers to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numerics.backend import Array, Backend, backend
from numerics.initial import first_batch
from numerics.jobs import Job, Share
from numerics.moments import Moments
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem
from numerics.steps import stepping
from numerics.traits import traits

# Beyond this a trial counts as diverged; its square still fits in a float.
DIVERGED = 1e150


# The moments of every point that a piece of work has to do with.
PointMoments = dict[int, Moments]


def run_unit(job: Job, unit: int, pulse: Callable[[int], None]) -> PointMoments:
    """Return the moments of a unit of work, by the index of the point, at the job's checkpoints.

    ``pulse(trials)`` is called once a step and may raise to stop the unit.
    """
    found: PointMoments = {}
    with np.errstate(all="ignore"):
        for block in job.blocks_of(unit):
            merge(found, _run(job, block, pulse))
    return found


def merge(found: PointMoments, more: PointMoments) -> None:
    """Add what a later piece of work found to what the earlier ones did."""
    for point, moments in more.items():
        found[point] = found[point].merge(moments) if point in found else moments


def _run(job: Job, block: int, pulse: Callable[[int], None]) -> PointMoments:
    arrays = backend(job.device)
    # Together, so that what they share stays shared.
    problem, oracle, compressor, metric = arrays.place(
        (job.problem, job.oracle, job.compressor, job.metric)
    )
    shares = job.shares(block)
    rng = arrays.generator(job.seed, block)
    rows = sum(share.rows for share in shares)
    oracle = oracle.begin(problem, rows)
    gradient = arrays.empty((rows, problem.dimension))
    x = arrays.empty((rows, problem.dimension))
    x[...] = problem.start
    problem.gradient(x, out=gradient)
    average = _first_average(job, problem, oracle, x, gradient, rng)
    points = [job.points[share.point] for share in shares]
    parameters = arrays.place(_of_rows([point.parameters for point in points], shares))
    steps = stepping(
        job.algorithm,
        parameters,
        job.algorithm.initial(x, average),
        problem,
        oracle,
        rng,
        compressor,
    )
    discount = _of_rows([{"": point.discount} for point in points], shares)[""]
    if np.ndim(discount):
        discount = arrays.place(discount[:, 0])

    record = _Record(arrays, job.checkpoints, rows)
    needed = _always_needed(job)
    total, weight, weights = np.zeros_like(gradient[:, 0]), 1.0, 0.0
    for k in range(job.checkpoints[-1] + 1):
        x = steps.state["x"]
        if k and (needed or (metric.of_gradient and record.wants(k))):
            problem.gradient(x, out=gradient)
        if record.wants(k):
            sample = total / weights if metric.average else metric.quantity(problem, x, gradient)
            record.add(sample, abs(x).max(axis=1))
            if k == job.checkpoints[-1]:
                break
        if metric.average:
            total += weight * metric.quantity(problem, x, gradient)
            weights, weight = weights + weight, weight * discount
        if oracle.watches:
            record.watch(oracle.watch(problem, x, gradient))
        steps.take(k, gradient)
        pulse(rows)
    return record.moments(shares)


def _always_needed(job: Job) -> bool:
    """Return whether something looks at the true gradient in every step: it may cost more than
    that.
    """
    estimated = not traits(job.algorithm).samples and job.oracle.uses_gradient
    measured = job.metric.average and job.metric.of_gradient
    return estimated or measured or job.oracle.watches


def _of_rows(values: list[dict[str, float]], shares: tuple[Share, ...]) -> dict[str, Any]:
    """Return each value as a number where all points of the block share it, else as (rows, 1)."""
    rows = [share.rows for share in shares]
    return {
        name: first
        if all(one[name] == first for one in values)
        else np.repeat([one[name] for one in values], rows)[:, None]
        for name, first in values[0].items()
    }


def _first_average(
    job: Job, problem: Problem, oracle: Oracle, x: Array, gradient: Array, rng: object
) -> Array:
    """Return what an average of gradients holds before the first step, of every worker where it is
    its own.
    """
    batch = first_batch(job.start, job.algorithm)
    if batch is not None:
        return _first_batch(batch, job, problem, oracle, x, gradient, rng)
    if traits(job.algorithm).owned:
        gradient = oracle.local_gradients(problem, x, gradient)
    # In the order of memory that it has: results depend on it in their last bits.
    return gradient.copy(order="K") if job.start == "gradient" else np.zeros_like(gradient)


def _first_batch(
    batch: int,
    job: Job,
    problem: Problem,
    oracle: Oracle,
    x: Array,
    gradient: Array,
    rng: object,
) -> Array:
    """Return the mean of so many fresh estimates."""
    total: Array | float = 0.0
    for _ in range(batch):
        if traits(job.algorithm).owned:
            total = total + oracle.sampler(problem, len(x), rng)(x)
        else:
            total = total + oracle.draw(problem, x, gradient, rng, gradient.copy())
    return total / batch  # type: ignore[return-value]  # there is one at least


class _Record:
    """Samples at the checkpoints, and which trials are still finite there.

    All of it stays on the device until the run has ended: to look at it would be to wait.
    """

    def __init__(self, arrays: Backend, checkpoints: tuple[int, ...], rows: int) -> None:
        self._arrays = arrays
        self._checkpoints = checkpoints
        self._next = 0
        self._samples = arrays.empty((len(checkpoints), rows))
        self._finite = arrays.empty((len(checkpoints), rows), bool)
        self._watched: Array | None = None

    def wants(self, k: int) -> bool:
        """Return whether k is the next checkpoint."""
        return k == self._checkpoints[self._next] if self._next < len(self._checkpoints) else False

    def add(self, sample: Array, size: Array) -> None:
        """Note the sample; a trial that left the range of floats once stays diverged."""
        at = self._next
        self._samples[at] = sample
        # Comparisons with NaN are false, so NaN counts as diverged.
        self._finite[at] = (np.abs(sample) <= DIVERGED) & (size <= DIVERGED)
        if at:
            self._finite[at] &= self._finite[at - 1]
        self._next += 1

    def watch(self, seen: Array | None) -> None:
        """Keep the largest of what is watched along each run, where the arrays are."""
        if seen is not None:
            # What is no number stays so.
            self._watched = (
                seen.copy() if self._watched is None else np.maximum(self._watched, seen)
            )

    def moments(self, shares: tuple[Share, ...]) -> PointMoments:
        """Return those of every point; of what was watched the largest, and inf for what is no
        number.
        """
        samples, finite = map(self._arrays.to_host, (self._samples, self._finite))
        watched = None if self._watched is None else self._arrays.to_host(self._watched)
        found: PointMoments = {}
        first = 0
        for share in shares:
            rows = slice(first, first + share.rows)
            largest = None if watched is None else float(watched[rows].max())
            found[share.point] = Moments.of(
                samples[:, rows], finite[:, rows], np.inf if largest != largest else largest
            )
            first += share.rows
        return found
