"""What ``--workers`` says, read."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from numerics.errors import InputError
from numerics.execution.cluster import Cluster
from numerics.execution.local import Threads
from numerics.execution.processes import Processes
from numerics.execution.serialise import parcel
from numerics.execution.tasks import Engine
from numerics.execution.timing import gain_of_threads, seconds_a_step
from numerics.jobs import Job
from numerics.validation import integer

# More threads of one process than this wait for each other.
_MOST_THREADS = 8
# Steps of blocks below which a run has ended before it pays to ask who is best at it.
_FEW = 5_000
# Of two threads, what makes others not worth a thought.
_FINE = 1.7
# Seconds until processes have started, and bytes of data that they may all have copies of.
_START, _COPIES = 0.5, 1 << 28


@dataclass(frozen=True)
class Workers:
    """Who works: ``kind`` is "threads", "processes", "dask" or "" for the better of the first two.

    ``count`` of them (None: one for every core), or those at ``address``.
    """

    kind: str = ""
    count: int | None = None
    address: str = ""

    @property
    def here(self) -> int:
        """Return how many blocks are at work on this machine at once, at most."""
        if self.kind == "dask":
            return 0
        if self.count is not None:
            return self.count
        cores = os.cpu_count() or 1
        return min(cores, _MOST_THREADS) if self.kind == "threads" else cores

    def engine(self, jobs: Sequence[Job]) -> Engine:
        """Return what runs these jobs; results do not depend on it."""
        if self.kind == "dask":
            return Cluster(self.address)
        if any(job.device != "cpu" for job in jobs):
            # The arrays of a block fill the device; one queue of work is enough.
            return Threads(1)
        if not self.kind:
            return _quickest(jobs, replace(self, kind="threads").here, self.here)
        return Processes(self.here) if self.kind == "processes" else Threads(self.here)


def _quickest(jobs: Sequence[Job], threads: int, processes: int) -> Engine:
    """Threads where they help, else processes where these are worth their start, else one thread.

    On a machine that is busy with something else the choice may be another one.
    """
    steps = sum(job.blocks * job.checkpoints[-1] for job in jobs)
    if threads == 1 or steps < _FEW or sum(job.units for job in jobs) == 1:
        return Threads(threads)
    most = max(jobs, key=lambda job: job.steps * job.oracle.width(job.problem))
    alone = seconds_a_step(most)
    if alone is None:
        return Threads(threads)
    gain = gain_of_threads(most, alone)
    if gain > _FINE:
        return Threads(threads)
    seconds = alone * steps
    worth = _START + seconds / processes < seconds / max(gain, 1)
    if worth and _can_leave(jobs, processes):
        return Processes(processes)
    return Threads(threads if gain > 1 else 1)


def _can_leave(jobs: Sequence[Job], count: int) -> bool:
    """Return whether other processes can have the jobs."""
    if count * sum(job.problem.resident_bytes() for job in jobs) > _COPIES:
        return False
    try:
        parcel(jobs)
    except InputError:
        return False
    return True


def read_workers(workers: int | str | None) -> Workers:
    """Workers from a number, "N", "threads:N", "processes:N" or "dask://HOST:PORT".

    None is one for every core of this machine. Raises InputError for anything else.
    """
    if workers is None:
        return Workers()
    if not isinstance(workers, str):
        return Workers(count=integer("workers", workers))
    text = workers.strip()
    if re.fullmatch(r"dask://[^\s/:]+:\d+", text):
        return Workers("dask", address=text.removeprefix("dask://"))
    kind, colon, count = text.rpartition(":")
    if (kind in ("threads", "processes") or not colon) and re.fullmatch(r"\d+", count):
        return Workers(kind, integer("workers", int(count)))
    raise InputError(
        f"workers are a number, threads:N, processes:N or dask://HOST:PORT, not {workers!r}"
    )
