"""What ``--workers`` says, read."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from numerics.errors import InputError
from numerics.execution.cluster import Cluster
from numerics.execution.local import Threads
from numerics.execution.processes import Processes
from numerics.execution.work import Engine
from numerics.jobs import Job
from numerics.validation import integer

# More threads of one process than this wait for each other.
_MOST_THREADS = 8
# Numbers per array below which the interpreter's lock is held most of the time.
_SHORT = 1 << 11
# Steps of blocks, of about 50 microseconds in the interpreter, that are worth starting processes.
_MANY = 100_000


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
        """How many blocks are at work on this machine at once, at most."""
        if self.kind == "dask":
            return 0
        if self.count is not None:
            return self.count
        cores = os.cpu_count() or 1
        return cores if self.kind == "processes" else min(cores, _MOST_THREADS)

    def engine(self, jobs: Sequence[Job]) -> Engine:
        """What runs these jobs; results do not depend on it."""
        if self.kind == "dask":
            return Cluster(self.address)
        if any(job.device != "cpu" for job in jobs):
            # The arrays of a block fill the device; one queue of work is enough.
            return Threads(1)
        kind = self.kind or ("processes" if self.here > 1 and _lock_bound(jobs) else "threads")
        return Processes(self.here) if kind == "processes" else Threads(self.here)


def _lock_bound(jobs: Sequence[Job]) -> bool:
    """Whether the lock would keep threads from working side by side, for longer than a moment."""
    steps = numbers = 0.0
    for job in jobs:
        blocks = job.blocks * job.checkpoints[-1]
        steps += blocks
        numbers += job.steps * job.oracle.width(job.problem)
    several = sum(job.units for job in jobs) > 1
    return several and steps > _MANY and numbers < _SHORT * steps


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
