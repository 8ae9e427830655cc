"""Running the blocks of a job, in this thread or in several, and merging them in order."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for

from numerics.backend import single_threaded_blas
from numerics.block import Job, run_block
from numerics.moments import Moments

Progress = Callable[[int, int], None]

_PERIOD = 0.1


class _Stopped(Exception):
    """Another thread asked this one to stop."""


class _Pulse:
    """Counts trial-steps, reports them, and carries the wish to stop into the threads."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.stop = threading.Event()
        self._total, self._progress = total, progress
        self._done, self._lock, self._last = 0, threading.Lock(), 0.0

    def from_thread(self, steps: int) -> None:
        if self.stop.is_set():
            raise _Stopped
        with self._lock:
            self._done += steps

    def inline(self, steps: int) -> None:
        self._done += steps
        self.report()

    def report(self, *, final: bool = False) -> None:
        if self._progress is None:
            return
        now = time.monotonic()
        if final or now - self._last >= _PERIOD:
            self._last = now
            self._progress(self._done, self._total)


def run_blocks(job: Job, workers: int, progress: Progress | None) -> Moments:
    """All blocks of the job merged in the order of their indices, whatever the number of workers.

    ``progress(done, total)``, in trial-steps, is called from the calling thread, ten times a second
    at most and once at the end. An exception raised here (Ctrl-C, or one of ``progress``) stops the
    other threads after the step they are in.
    """
    pulse = _Pulse(job.trials * job.checkpoints[-1], progress)
    workers = min(workers, job.blocks)
    with single_threaded_blas():
        moments = _inline(job, pulse) if workers == 1 else _threaded(job, workers, pulse)
    pulse.report(final=True)
    return moments


def _inline(job: Job, pulse: _Pulse) -> Moments:
    moments = run_block(job, 0, pulse.inline)
    for index in range(1, job.blocks):
        moments = moments.merge(run_block(job, index, pulse.inline))
    return moments


def _threaded(job: Job, workers: int, pulse: _Pulse) -> Moments:
    moments: Moments | None = None
    waiting: deque[Future[Moments]] = deque()
    following = 0
    with ThreadPoolExecutor(workers) as pool:
        try:
            while following < job.blocks or waiting:
                # A short queue: memory stays flat, and an early failure wastes little.
                while following < job.blocks and len(waiting) < 4 * workers:
                    waiting.append(pool.submit(run_block, job, following, pulse.from_thread))
                    following += 1
                wait_for([waiting[0]], timeout=_PERIOD)
                while waiting and waiting[0].done():
                    block = waiting.popleft().result()
                    moments = block if moments is None else moments.merge(block)
                pulse.report()
        except BaseException:
            pulse.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    assert moments is not None
    return moments
