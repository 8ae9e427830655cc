"""Confidence limits of means, simultaneous over checkpoints.

At each of n checkpoints the mean of independent trials has limits at 1 - (1 - level)/n, so by
Bonferroni's inequality all of them hold together with probability ``level``, however dependent the
checkpoints are. At one checkpoint they are Student's, widened for skewness: gaps and squared norms
lean to the right, so that Student's upper limit alone is too low too often (seen: 85 instead of
95 %). By Cornish and Fisher the quantile t becomes t + skewness (2 t^2 + 1)/(6 sqrt(trials))
(Johnson, "Modified t tests and confidence intervals for asymmetrical populations", JASA 1978). The
skewness of a sample is at most (maximum - mean)/deviation, since
(x - m)^3 <= (maximum - m)(x - m)^2, and that is what is put in, on the safe side; likewise with the
minimum for the lower limit. Tails that a few dozen trials do not show remain out of sight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from boundcalc.errors import UsageError
from numerics import Result
from numerics.backend import Array
from numerics.block import DIVERGED

__all__ = ["FIRST_TRIALS", "check_level", "simultaneous_limits", "trials_needed"]

#: Trials to ask for while too few ran to know the variance.
FIRST_TRIALS = 100
# By how much a limit must clear the bound for the number of trials to be enough.
_CLEARANCE = 1.2
_MOST_TRIALS = 10**12


def check_level(level: float) -> None:
    """Raise :class:`UsageError` for what is no probability of limits to hold."""
    if not 0 < level < 1:
        raise UsageError(f"level must be between 0 and 1, for example 0.99, not {level!r}")


@dataclass(frozen=True)
class _Spread:
    """What the widths of the limits depend on besides the number of trials, per checkpoint.

    ``reach`` is the distance from the mean to the most extreme trial on the side of the limit.
    """

    deviation: Array
    reach: Array

    def width(self, trials: int, tail: float) -> Array:
        """The distance of a limit with probability ``tail`` beyond it from the mean."""
        from scipy.special import stdtrit

        if trials < 2:
            return np.where(self.deviation > 0, np.inf, 0.0)
        t = float(stdtrit(trials - 1.0, 1 - tail))
        # deviation * skewness, with the bound of the skewness, is the reach.
        lean = self.reach * (2 * t * t + 1) / (6 * trials**0.5)
        width: Array = (t * self.deviation + lean) / trials**0.5
        return width

    def at(self, chosen: npt.NDArray[np.intp]) -> _Spread:
        """The same at some of the checkpoints."""
        return _Spread(self.deviation[chosen], self.reach[chosen])


def simultaneous_limits(result: Result, level: float, *, random: bool) -> tuple[Array, Array]:
    """Lower and upper limits of the means, each (checkpoints,).

    Without ``random`` the mean is known and the limits are the mean. The quantities measured are
    not negative, so no lower limit is. Where trials diverged, the upper limit is infinite, and the
    lower one needs no distribution: a diverged trial is above ``DIVERGED`` (steps are proportional
    to an estimated gradient, so it leaves the range of floats together with the gradient), hence
    the mean is above ``DIVERGED`` times the probability of divergence, for which there is the limit
    of Clopper and Pearson.
    """
    from scipy.special import betaincinv

    if not random:
        return result.mean.copy(), result.mean.copy()
    tail = _tail(result, level)
    below, above = _spreads(result)
    known = np.isfinite(result.variance)
    mean = np.where(known, result.mean, 0.0)
    lower = np.maximum(mean - np.where(known, below.width(result.trials, tail), np.inf), 0.0)
    upper = np.where(known, mean + above.width(result.trials, tail), np.inf)
    share = betaincinv(np.maximum(result.diverged, 1), result.count + 1.0, tail)
    return np.where(result.diverged > 0, share * DIVERGED, lower), upper


def trials_needed(
    result: Result, bound: Array, undecided: npt.NDArray[np.bool_], level: float
) -> int | None:
    """How many trials would decide the ``undecided`` checkpoints, if the moments stay.

    None where no number would: the mean is the bound.
    """
    at = np.flatnonzero(undecided)
    if not np.isfinite(result.variance[at]).all():
        return max(FIRST_TRIALS, 2 * result.trials)
    tail = _tail(result, level)
    below, above = (spread.at(at) for spread in _spreads(result))
    distance = np.abs(bound[at] - result.mean[at]) / _CLEARANCE
    over = result.mean[at] > bound[at]

    def decides(trials: int) -> bool:
        widths = np.where(over, below.width(trials, tail), above.width(trials, tail))
        return bool((widths <= distance).all())

    low = enough = result.trials
    while not decides(enough):
        low, enough = enough, 2 * enough
        if enough > _MOST_TRIALS:
            return None
    while enough - low > max(1, enough // 100):
        middle = (low + enough) // 2
        low, enough = (low, middle) if decides(middle) else (middle, enough)
    return max(enough, result.trials + 1)


def _spreads(result: Result) -> tuple[_Spread, _Spread]:
    """For the lower and for the upper limits; zero where the variance is not known."""
    known = np.isfinite(result.variance)
    deviation = np.sqrt(np.where(known, result.variance, 0.0))
    below, above = (
        np.where(known, np.subtract(a, b, out=np.zeros_like(deviation), where=known), 0.0)
        for a, b in ((result.mean, result.minimum), (result.maximum, result.mean))
    )
    return _Spread(deviation, np.maximum(below, 0.0)), _Spread(deviation, np.maximum(above, 0.0))


def _tail(result: Result, level: float) -> float:
    return (1 - level) / (2 * len(result.mean))
