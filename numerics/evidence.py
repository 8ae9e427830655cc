"""What draws say against a stated moment, at a level that holds for every law.

A bet on the next draw that is fair, or worse, if the statement is true cannot be expected to grow:
with stake l, 1 + l (X - 1) for X >= 0 with E X <= 1, and 1 + l X + l^2 X^2/2 over 1 + l^2/2 for
E X = 0 and E X^2 <= 1 (Catoni, "Challenging the empirical mean and empirical variance", 2012). By
Ville's inequality a capital that starts at 1 ever reaches 1/LEVEL with probability at most LEVEL,
however heavy the tails, whatever the dependence on the past, and whenever one stops to look
(Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 2024).
So one may draw on as long as something looks suspicious, and a rare large value is no breach by
itself: it is one where it comes back too often.

The capital is spread evenly over several stakes, and over bets on all draws together and on every
group of them alone (a point, a worker, a direction).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numerics.backend import Array

#: The probability with which one sampled finding refuses what is true.
LEVEL = 1e-5
_LOG = -math.log(LEVEL)
# With so much on the logarithm of the capital it is worth while to draw on.
_SUSPICIOUS = 1.0
# A mean this far above what is allowed, without a decision, is not passed over in silence.
_CEILING = 2.0
# The room for rounding, relative.
_ROUNDING = 1e-9
_STAKES = np.array([0.9, 0.5, 0.25, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4])
_SLOPES = np.array([1.0, 0.3, 0.1, 0.03, 0.01])
_TINIEST = 1e-300


class _Capital:
    """The logarithm of what the bets have come to."""

    def __init__(self, stakes: int) -> None:
        self._together = np.zeros(stakes)
        self._alone: dict[Any, Array] = {}

    def _add(self, key: Any, logs: Array) -> None:
        self._alone[key] = self._alone.get(key, 0.0) + logs

    @property
    def log(self) -> float:
        """The logarithm of the capital, now."""
        pooled = _log_mean(self._together)
        if not self._alone:
            return pooled
        every = np.array([_log_mean(logs) for logs in self._alone.values()])
        return float(np.logaddexp(pooled, _log_mean(every)) - math.log(2))

    @property
    def refuted(self) -> bool:
        """Return whether the statement is given up, at LEVEL."""
        return self.log >= _LOG

    @property
    def suspicious(self) -> bool:
        """Return whether more draws could decide."""
        return _SUSPICIOUS < self.log < _LOG


class Excess(_Capital):
    """Against E X <= 1, for samples X >= 0 of quotients measured/allowed."""

    def __init__(self) -> None:
        super().__init__(len(_STAKES))
        self._sums: dict[Any, tuple[float, int]] = {}

    def add(self, samples: Array, point: Any = 0) -> None:
        """Of one ``point``: (count,), or (count, groups) of which the columns may depend on each
        other. What is no number counts as infinite.
        """
        table = np.where(np.isnan(samples), np.inf, samples)
        table = table.reshape(len(table), -1) * (1 - _ROUNDING)
        self._together = self._together + _growth(table.mean(axis=1))
        for j, column in enumerate(table.T):
            self._add((point, j), _growth(column))
            total, count = self._sums.get((point, j), (0.0, 0))
            self._sums[point, j] = total + float(column.sum()), count + len(column)

    @property
    def mean(self) -> float:
        """Of all samples."""
        return sum(s for s, _ in self._sums.values()) / max(1, self.count)

    @property
    def count(self) -> int:
        """Return how many samples there were."""
        return sum(n for _, n in self._sums.values())

    @property
    def worst(self) -> float:
        """The mean, of the group that is most out of line where the statement is refuted."""
        if not self.refuted or _log_mean(self._together) >= _LOG:
            return self.mean
        worst = max(self._alone, key=lambda key: _log_mean(self._alone[key]))
        total, count = self._sums[worst]
        return total / count

    @property
    def undecided(self) -> bool:
        """Return whether so much was measured that nothing can be said for the statement."""
        return not self.refuted and self.mean > _CEILING


class Drift(_Capital):
    """Against E X = 0, for samples X with E X^2 <= 1: parts of an error along directions that are
    known before it is drawn, over the root of its stated variance.
    """

    def __init__(self) -> None:
        super().__init__(2 * len(_SLOPES))

    def add(self, samples: Array, point: Any = 0) -> None:
        """Of one ``point`` along several directions, (count, directions)."""
        logs = np.stack([_catoni(column) for column in samples.T])
        # A direction has its own capital over all points; together they are no martingale, but
        # their mean is.
        for j, row in enumerate(logs):
            self._add(("all", j), row)
            self._add((point, j), row)

    @property
    def log(self) -> float:
        """The logarithm of the capital, now: half of it on all points, half on each alone."""
        whole = [_log_mean(v) for (p, _), v in self._alone.items() if p == "all"]
        parts = [_log_mean(v) for (p, _), v in self._alone.items() if p != "all"]
        if not whole:
            return 0.0
        both = np.logaddexp(_log_mean(np.array(whole)), _log_mean(np.array(parts)))
        return float(both - math.log(2))

    @property
    def worst(self) -> float:
        """The evidence, as a part of what refutes."""
        return max(0.0, self.log) / _LOG


def _growth(samples: Array) -> Array:
    with np.errstate(over="ignore"):
        logs: Array = np.log1p(_STAKES[:, None] * (samples - 1)).sum(axis=1)
    return logs


def _catoni(samples: Array) -> Array:
    slopes = np.concatenate([_SLOPES, -_SLOPES])[:, None]
    x = np.nan_to_num(samples, nan=np.inf) * slopes
    with np.errstate(over="ignore", invalid="ignore"):
        factor = np.where(np.isfinite(x), 1 + x + x * x / 2, np.inf)
    logs: Array = (np.log(np.maximum(factor, _TINIEST)) - np.log1p(slopes**2 / 2)).sum(axis=1)
    return logs


def _log_mean(logs: Array) -> float:
    """log(mean(exp(logs)))."""
    largest = float(np.max(logs))
    if not math.isfinite(largest):
        return largest
    return largest + math.log(float(np.mean(np.exp(logs - largest))))
