"""All units of work of all jobs through one engine, merged in order."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from numerics.block import PointMoments, merge
from numerics.execution.store import Store
from numerics.execution.tasks import Engine, Progress, ProgressCounter, Task
from numerics.jobs import Job


class _InOrder:
    """Merges the units of a job in the order of their indices, in whatever order they come."""

    def __init__(self) -> None:
        self.found: PointMoments = {}
        self._early: dict[int, PointMoments] = {}
        self._next = 0

    def add(self, unit: int, found: PointMoments) -> None:
        self._early[unit] = found
        while self._next in self._early:
            merge(self.found, self._early.pop(self._next))
            self._next += 1


def run_jobs(
    jobs: Sequence[Job],
    engine: Engine,
    store: Store | None = None,
    progress: Progress | None = None,
) -> list[PointMoments]:
    """For every job, the moments of its points by their index.

    With ``store``, units of work that it knows are not run again, and those that end are kept.
    ``progress(done, total)``, in trial-steps, is called from the calling thread, ten times a second
    at most and once at the end. An exception raised here (Ctrl-C, or one of ``progress``) stops the
    workers: threads after the step they are in.
    """
    pulse = ProgressCounter(sum(job.steps for job in jobs), progress)
    merged = [_InOrder() for _ in jobs]
    missing: list[Task] = []
    for index, job in enumerate(jobs):
        for unit in range(job.units):
            known = store.load(job, unit) if store is not None else None
            if known is None:
                missing.append(Task(index, unit))
            else:
                merged[index].add(unit, known)
                pulse.here(job.steps_of(unit))
    with closing(engine.run(jobs, missing, pulse)) as finished:
        for piece, found in finished:
            if store is not None:
                store.save(jobs[piece.job], piece.unit, found)
            merged[piece.job].add(piece.unit, found)
    pulse.report(final=True)
    return [one.found for one in merged]
