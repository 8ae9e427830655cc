"""How long the steps of a simulation take, alone and side by side: found by taking some."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

from numerics.backend import single_threaded_blas
from numerics.block import run_unit
from numerics.jobs import Job

# Seconds of measuring. Side by side they are many of those after which the interpreter hands its
# lock on.
_ALONE, _TOGETHER = 0.02, 0.08


def seconds_a_step(job: Job) -> float | None:
    """Of one block on this machine; None where a run ends before there is anything to measure."""
    with single_threaded_blas():
        return _mean(job, _ALONE)


def gain_of_threads(job: Job, alone: float) -> float:
    """Return how many times the steps of one thread two of them take, where one step takes
    ``alone``.

    Two at best. Threads wait for each other at the interpreter's lock: where steps are many short
    operations on arrays, two take fewer of them than one.
    """
    with single_threaded_blas(), ThreadPoolExecutor(2) as pool:
        both = pool.map(_mean, (job, job), (_TOGETHER, _TOGETHER))
        return sum(alone / step for step in both if step)


def _mean(job: Job, seconds: float) -> float | None:
    """Seconds a step, without the first, which has what is done only once before it."""
    watch = _Watch(seconds)
    with contextlib.suppress(_Enough):
        run_unit(job, 0, watch.tick)
    return watch.seconds / watch.steps if watch.steps > 0 else None


class _Enough(Exception):
    """There have been steps enough."""


class _Watch:
    def __init__(self, most: float) -> None:
        self.steps, self.seconds = -1, 0.0
        self._most, self._begun = most, 0.0

    def tick(self, _: int) -> None:
        now = time.perf_counter()
        self.steps += 1
        if self.steps == 0:
            self._begun = now
        self.seconds = now - self._begun
        if self.seconds > self._most:
            raise _Enough
