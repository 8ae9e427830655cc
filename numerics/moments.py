"""Streaming moments at checkpoints: what a simulation keeps of its trials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from numerics.backend import Array


@dataclass(frozen=True)
class Moments:
    """Per checkpoint: how many trials are finite and how many diverged; of the finite ones the
    mean, the sum of squared deviations and the extremes. All arrays have shape (checkpoints,).
    ``watched`` is the largest value over all trials and steps of what the oracle watches, if any.
    """

    count: npt.NDArray[np.int64]
    diverged: npt.NDArray[np.int64]
    mean: Array
    deviations: Array
    minimum: Array
    maximum: Array
    watched: float | None = None

    @staticmethod
    def of(samples: Array, finite: npt.NDArray[np.bool_], watched: float | None = None) -> Moments:
        """Return the moments of ``samples`` (checkpoints, trials), where ``finite`` marks the
        usable.
        """
        count = finite.sum(axis=1)
        safe = np.maximum(count, 1)
        kept = np.where(finite, samples, 0.0)
        mean = kept.sum(axis=1) / safe
        offsets = np.where(finite, samples - mean[:, None], 0.0)
        # A second pass on the offsets removes what the first mean lost to rounding.
        correction = offsets.sum(axis=1)
        deviations = (offsets**2).sum(axis=1) - correction**2 / safe
        return Moments(
            count=count.astype(np.int64),
            diverged=(finite.shape[1] - count).astype(np.int64),
            mean=mean,
            deviations=np.maximum(deviations, 0.0),
            minimum=np.where(finite, samples, np.inf).min(axis=1),
            maximum=np.where(finite, samples, -np.inf).max(axis=1),
            watched=watched,
        )

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both sets of trials together.

        Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing
        sample variances", 1979. Exact in real arithmetic; merged in a fixed order it is the same
        to the last bit however the work was shared.
        """
        count = self.count + other.count
        safe = np.maximum(count, 1)
        step = other.mean - self.mean
        watched = [w for w in (self.watched, other.watched) if w is not None]
        return Moments(
            count=count,
            diverged=self.diverged + other.diverged,
            mean=self.mean + step * (other.count / safe),
            deviations=self.deviations
            + other.deviations
            + step**2 * (self.count * (other.count / safe)),
            minimum=np.minimum(self.minimum, other.minimum),
            maximum=np.maximum(self.maximum, other.maximum),
            watched=max(watched, default=None),
        )
