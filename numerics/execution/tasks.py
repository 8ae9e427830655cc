"""Pieces of work, what an engine does with them, and how far it has got."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from numerics.block import PointMoments
from numerics.jobs import Job

Progress = Callable[[int, int], None]

#: Seconds between two reports of progress, at least.
PERIOD = 0.1


@dataclass(frozen=True)
class Task:
    """A unit of work of one of the jobs, both by their index."""

    job: int
    unit: int


class Engine(Protocol):
    """Something that runs pieces of work."""

    def run(
        self, jobs: Sequence[Job], pieces: Sequence[Task], pulse: ProgressCounter
    ) -> Generator[tuple[Task, PointMoments], None, None]:
        """Return what each of the pieces found, in any order; an error of a piece is raised."""


def as_they_end(
    submit: Callable[[Task], Future[PointMoments]],
    pieces: Sequence[Task],
    workers: int,
    pulse: ProgressCounter,
) -> Iterator[tuple[Task, PointMoments]]:
    """Yield what each of the pieces found, by the workers of a pool; progress is reported
    meanwhile.
    """
    following, under_way = iter(pieces), dict[Future[PointMoments], Task]()
    while True:
        # A short queue: memory stays flat, an early failure wastes little, and nothing waits for a
        # place in the one of loky, which is noisy about that when it is shut down.
        for piece in islice(following, 2 * workers - len(under_way)):
            under_way[submit(piece)] = piece
        if not under_way:
            return
        ended = wait(under_way, PERIOD, FIRST_COMPLETED).done
        # What was finished before a worker died counts.
        for call in sorted(ended, key=lambda call: call.exception() is not None):
            yield under_way.pop(call), call.result()
        pulse.report()


class _Stopped(Exception):
    """Another thread asked this one to stop."""


class ProgressCounter:
    """Counts trial-steps, reports them, and carries the wish to stop into the threads."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.stop = threading.Event()
        self._total, self._progress = total, progress
        self._done, self._lock, self._last = 0, threading.Lock(), 0.0

    def from_thread(self, steps: int) -> None:
        """Count steps, from a thread that ends where it was asked to."""
        if self.stop.is_set():
            raise _Stopped
        with self._lock:
            self._done += steps

    def here(self, steps: int) -> None:
        """Count steps and report them, from the thread that the progress is for."""
        self._done += steps
        self.report()

    def report(self, *, final: bool = False) -> None:
        """Tell the progress, which may raise to stop everything."""
        if self._progress is None:
            return
        now = time.monotonic()
        if final or now - self._last >= PERIOD:
            self._last = now
            self._progress(self._done, self._total)
