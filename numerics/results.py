"""What the trials of a simulation say of the expectation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from numerics.backend import Array
from numerics.ceilings import ceilings
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
    ``drawn`` says where trials can differ at all (by default everywhere): not before the first
    step. No run can be above the ``ceiling``, by default and where none is known inf. ``rare`` is
    how often the rarest thing that a step can draw is drawn in all trials, in the mean; by default
    and where nothing is rare inf.
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
    drawn: npt.NDArray[np.bool_] = None  # type: ignore[assignment]  # set below
    ceiling: Array = None  # type: ignore[assignment]  # set below
    rare: Array = None  # type: ignore[assignment]  # set below

    def __post_init__(self) -> None:
        if self.drawn is None:
            object.__setattr__(self, "drawn", np.ones(self.mean.shape, dtype=bool))
        for name in ("ceiling", "rare"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, np.full(self.mean.shape, np.inf))


def result(job: Job, point: int, moments: Moments) -> Result:
    """Return the moments of one point of a job, by its index, as a result."""
    count = moments.count * job.repeats
    diverged = moments.diverged * job.repeats
    finite = diverged == 0
    random = job.oracle.varies(job.problem)
    # The mean over x_0 ... x_{k-1} has k - 1 steps behind it.
    steps = np.array(job.checkpoints) - int(job.metric.average)
    rare = job.oracle.rare_draws(job.problem)
    if random:
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
        drawn=random & (steps > 0),
        ceiling=ceilings(job, job.points[point]),
        rare=np.where(steps > 0, np.maximum(steps, 1) * job.trials * rare, np.inf),
    )
