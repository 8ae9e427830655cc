"""Delays of asynchronous workers: patterns, and the iterates that are still in use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from numerics.backend import Array
from numerics.device_ops import on_device
from numerics.validation import choice

Lags = npt.NDArray[np.int64]

#: How many iterations old what a worker answers is, at most tau:
#:
#: - ``constant``: the same for a worker at all times, spread evenly over the workers up to tau;
#: - ``cyclic``: one worker after the other answers anew (incremental aggregated gradient, where
#:   tau = n - 1);
#: - ``uniform``: drawn from 0..tau;
#: - ``heavy-tailed``: P(delay >= j) = 1/(1 + j), cut off at tau;
#: - ``adversarial``: always the oldest.
PATTERNS = ("constant", "cyclic", "uniform", "heavy-tailed", "adversarial")
RANDOM_PATTERNS = ("uniform", "heavy-tailed")


def delays(pattern: str, step: int, trials: int, workers: int, tau: int, rng: Any) -> Lags:
    """Return the delays in one step, (trials or 1, workers): 1 where all trials have the same.

    Raises InputError for an unknown ``pattern``.
    """
    choice("delays", pattern, PATTERNS)
    every = np.arange(workers)
    if pattern == "constant":
        # One worker alone is the slowest.
        shares = every / (workers - 1) if workers > 1 else np.ones(1)
        return np.rint(tau * shares).astype(np.int64)[None]
    if pattern == "cyclic":
        return ((step - every) % (tau + 1))[None]
    if pattern == "adversarial":
        return np.full((1, workers), tau)
    drawn = rng.random((trials, workers))
    if pattern == "uniform":
        return np.minimum((drawn * (tau + 1)).astype(np.int64), tau)
    # P(1/u - 1 >= j) = 1/(1 + j) for u uniform; u = 0 is as old as it can be.
    return np.minimum(1 / np.maximum(drawn, 1e-9) - 1, tau).astype(np.int64)


class Window:
    """The last tau + 1 iterates of every trial; before the start all are the first one."""

    def __init__(self, tau: int) -> None:
        self._tau = tau
        self._kept: Array | None = None
        self._sent: dict[bytes, Any] = {}
        self.step = -1

    def push(self, x: Array) -> None:
        """Take in the present iterates (trials, d), and forget the oldest."""
        self.step += 1
        if self._kept is None:
            self._kept = np.empty_like(x, shape=(self._tau + 1, *x.shape))
            self._kept[...] = x
        self._kept[self.step % (self._tau + 1)] = x

    def past(self, lag: int) -> Array:
        """Return the iterates of so many steps ago, (trials, d)."""
        assert self._kept is not None
        result: Array = self._kept[(self.step - lag) % (self._tau + 1)]
        return result

    def each(self, lags: Lags) -> Iterator[tuple[Array, npt.NDArray[np.bool_]]]:
        """Yield the iterates of every lag that occurs, and where in ``lags`` it does.

        Of lags on a device any can occur.
        """
        known = range(self._tau + 1) if on_device(lags) else np.unique(lags).tolist()
        for lag in known:
            yield self.past(lag), self._beside_iterates(lags == lag)

    def _beside_iterates(self, where: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """On the device of the iterates; the few patterns that there are go there once."""
        if on_device(where) or not on_device(self._kept):
            return where
        key = where.tobytes()
        if key not in self._sent:
            self._sent[key] = np.asarray(where, like=self._kept)
        sent: npt.NDArray[np.bool_] = self._sent[key]
        return sent
