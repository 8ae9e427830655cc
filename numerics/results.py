"""What the trials of a simulation say of the expectation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from numerics.backend import Array
from numerics.jobs import Job
from numerics.moments import Moments


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


def result(job: Job, moments: Moments) -> Result:
    """The moments of one point of a job, as a result."""
    count = moments.count * job.repeats
    diverged = moments.diverged * job.repeats
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
        trials=job.trials * job.repeats,
        seed=job.seed,
        watched=moments.watched,
    )
