"""Confidence limits of means, simultaneous over checkpoints.

At each of n checkpoints the mean of independent trials has limits, each of which fails with a
probability of at most tail = (1 - level)/(2n); by Bonferroni's inequality all of them hold together
with probability ``level``, however dependent the checkpoints are.

**The lower limit supposes nothing** but that trials are independent and not negative, which what
is measured never is. It is a bet against every smaller mean. Let m be the mean, c > 0, 0 < s < 1
(the stake) and W(c) = prod_i (1 + s (x_i/c - 1)), which falls in c. At c = m the factors have mean
1, so E W(m) = 1; likewise for the mean of W over several stakes with fixed weights w_j. For
y >= -s, log(1 + y) >= y + y^2 (log(1 - s) + s)/s^2, since (log(1 + y) - y)/y^2 rises in y (Fan,
Grama, Liu, "Exponential inequalities for martingales with applications", EJP 2015, Lemma 4.1).
So sum and sum of squares suffice:

    log W_j(c) >= s_j n (mean/c - 1) + (log(1 - s_j) + s_j) sum_i (x_i/c - 1)^2.

The limit is the largest c at which the right side reaches log(1/(tail w_j)) for some j. If it is
above m, then 1/tail <= w_j W_j(c) <= sum_j w_j W_j(m), which by Markov's inequality happens with a
probability of at most ``tail``, for every number of trials and every tail. Nothing in it depends on
the data but the sums: stakes and weights follow from the number of trials and ``tail`` alone. A
stake near 1 serves means that all trials share: no event that none of them drew is taken for
impossible (cf. Waudby-Smith, Ramdas, "Estimating means of bounded random variables by betting",
JRSS B 2024).

**The upper limit supposes a tail**, because without one there is none: what happens once in a
million trials can carry all of the mean. It is Student's, widened for skewness: gaps and squared
norms lean to the right, so that Student's own limit is too low too often (seen: 85 instead of
95 %). By Cornish and Fisher the quantile t becomes t + skewness (2 t^2 + 1)/(6 sqrt(trials))
(Johnson, "Modified t tests and confidence intervals for asymmetrical populations", JASA 1978). The
skewness of a sample is at most (maximum - mean)/deviation, since
(x - m)^3 <= (maximum - m)(x - m)^2, and that is what is put in, on the safe side. It is withheld,
infinite, where the sample itself says that it has not seen the tail:

- the largest trial carries more than ``MOST_CARRIED`` of the sum beside its own part of it: means
  like this one are made by events of which the next one may be larger;
- the rarest thing that the method can draw, where its probability is known (a compressor that sends
  an entry seldom, blown up by as much), is expected fewer than ``FEWEST_RARE`` times in all trials;
- all trials are the same to rounding, although the method draws: what it draws seldom was never
  drawn. A method whose every step is bounded has a ceiling, though, beyond which no trial can be
  (:mod:`numerics.ceilings`): with q = 1 - tail^(1/n) no event is likelier than q that none of n
  trials drew, but with probability ``tail``, so the mean is at most mean + q (ceiling - mean).

Where a mean is known exactly (:func:`numerics.exact_mean`) it decides, and no limit is needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from boundcalc.errors import UsageError
from numerics import Result
from numerics.backend import Array
from numerics.block import DIVERGED

#: Trials to ask for while too few ran to know the variance.
FIRST_TRIALS = 100
#: The part of the sum over all trials that one of them may carry, beyond an equal share.
MOST_CARRIED = 0.05
#: How often the rarest thing that a method draws must be expected in all trials.
FEWEST_RARE = 10
# By how much a limit must clear the bound for the number of trials to be enough.
_CLEARANCE = 1.2
_MOST_TRIALS = 10**12
# Trials that differ by less than this, relative to their mean, differ by rounding alone.
_SAME = 1e-9
# The largest stake; the others halve it, down to where no limit would come of them.
_LARGEST_STAKE = 0.99
# The variance, relative to the mean's square, of which the limit is the sharpest.
_TYPICAL = 0.5


def check_level(level: float) -> None:
    """Raise :class:`UsageError` for what is no probability of limits to hold."""
    if not 0 < level < 1:
        raise UsageError(f"level must be between 0 and 1, for example 0.99, not {level!r}")


def simultaneous_limits(result: Result, level: float, *, random: bool) -> tuple[Array, Array]:
    """Lower and upper limits of the means, each (checkpoints,); what they suppose is said above.

    Without ``random``, and where nothing has been drawn yet, the mean is known and the limits are
    the mean. Where trials diverged, the upper limit is infinite, and the lower one is this: a
    diverged trial is above ``DIVERGED`` (steps are proportional to an estimated gradient, so it
    leaves the range of floats together with the gradient), hence the mean is above ``DIVERGED``
    times the probability of divergence, for which there is the limit of Clopper and Pearson.
    """
    from scipy.special import betaincinv

    if not random:
        return result.mean.copy(), result.mean.copy()
    sample = _Sample.of(result)
    tail = _tail(result, level)
    lower, upper = sample.lower(result.trials, tail), sample.upper(result.trials, tail)
    share = betaincinv(np.maximum(result.diverged, 1), result.count + 1.0, tail)
    lower = np.where(result.diverged > 0, share * DIVERGED, lower)
    drawn = result.drawn
    return np.where(drawn, lower, result.mean), np.where(drawn, upper, result.mean)


def trials_needed(
    result: Result, bound: Array, undecided: npt.NDArray[np.bool_], level: float
) -> int | None:
    """Return how many trials would decide the ``undecided`` checkpoints, if the moments stay.

    None where no number would: the mean is the bound, or all trials are the same.
    """
    at = np.flatnonzero(undecided)
    if not np.isfinite(result.variance[at]).all():
        return max(FIRST_TRIALS, 2 * result.trials)
    tail = _tail(result, level)
    sample = _Sample.of(result).at(at)
    goal = result.mean[at] + (bound[at] - result.mean[at]) / _CLEARANCE
    over = result.mean[at] > bound[at]

    def decides(trials: int) -> bool:
        lower, upper = sample.lower(trials, tail), sample.upper(trials, tail)
        return bool(np.where(over, lower >= goal, upper <= goal).all())

    low = enough = result.trials
    while not decides(enough):
        low, enough = enough, 2 * enough
        if enough > _MOST_TRIALS:
            return None
    while enough - low > max(1, enough // 100):
        middle = (low + enough) // 2
        low, enough = (low, middle) if decides(middle) else (middle, enough)
    return max(enough, result.trials + 1)


@dataclass(frozen=True)
class _Sample:
    """The data of limits besides the number of trials; all (checkpoints,).

    ``reach`` is the distance from the mean to the largest trial, ``known`` whether there is a mean
    and a variance; ``rare`` is how often the rarest thing is drawn in a trial, in the mean.
    """

    mean: Array
    deviation: Array
    reach: Array
    ceiling: Array
    known: npt.NDArray[np.bool_]
    rare: Array

    @staticmethod
    def of(result: Result) -> _Sample:
        """Return the sample of a simulation."""
        known = np.isfinite(result.variance) & np.isfinite(result.mean)
        mean, variance, maximum = (
            np.where(known, a, 0.0) for a in (result.mean, result.variance, result.maximum)
        )
        reach = np.maximum(maximum - mean, 0.0)
        rare = result.rare / result.trials
        return _Sample(mean, np.sqrt(variance), reach, result.ceiling, known, rare)

    def at(self, chosen: npt.NDArray[np.intp]) -> _Sample:
        """Return the same at some of the checkpoints."""
        return _Sample(
            self.mean[chosen], self.deviation[chosen], self.reach[chosen], self.ceiling[chosen],
            self.known[chosen], self.rare[chosen],
        )  # fmt: skip

    def lower(self, trials: int, tail: float) -> Array:
        """Return the limits that so many trials with these moments give."""
        if trials < 2:
            return np.zeros_like(self.mean)
        # Exact in u = 1/c: s n (mean u - 1) - p n (d2 u^2 + (mean u - 1)^2) = log(1/(tail w)), with
        # d2 the mean squared deviation. With y = mean u - 1 and v = d2/mean^2 it is the smaller
        # root of p (v (1 + y)^2 + y^2) - s y + log(1/(tail w))/n = 0.
        v = np.zeros_like(self.mean)
        np.divide(self.deviation, self.mean, out=v, where=self.known & (self.mean > 0))
        v = v**2 * ((trials - 1) / trials)
        best = np.full_like(self.mean, np.inf)
        for stake, weight in _stakes(trials, tail):
            price = -math.log1p(-stake) - stake
            half = stake - 2 * price * v
            constant = price * v + math.log(1 / (tail * weight)) / trials
            square = half**2 - 4 * price * (1 + v) * constant
            found = (half > 0) & (square >= 0)
            root = half + np.sqrt(np.where(found, square, 0.0))
            y = np.divide(2 * constant, root, out=np.full_like(v, np.inf), where=found)
            best = np.minimum(best, y)
        limit: Array = np.where(self.known, self.mean / (1 + best), 0.0)
        return limit

    def upper(self, trials: int, tail: float) -> Array:
        """Return the limits that so many trials with these moments give."""
        from scipy.special import stdtrit

        if trials < 2:
            return np.full_like(self.mean, np.inf)
        t = float(stdtrit(trials - 1.0, 1 - tail))
        # deviation * skewness, with the bound of the skewness, is the reach.
        lean = self.reach * (2 * t * t + 1) / (6 * trials**0.5)
        limit = self.mean + (t * self.deviation + lean) / trials**0.5
        unseen = -math.expm1(math.log(tail) / trials)
        alike = self.deviation <= _SAME * self.mean
        limit = np.where(alike, self.mean + unseen * np.maximum(self.ceiling - self.mean, 0), limit)
        # As far as the trials show what is supposed of them.
        settled = self.reach <= MOST_CARRIED * trials * self.mean
        settled &= self.rare * trials >= FEWEST_RARE
        return np.where(self.known & settled, limit, np.inf)


def _stakes(trials: int, tail: float) -> list[tuple[float, float]]:
    """Stakes and their weights, of sum at most 1.

    For a relative variance v the best stake is about sqrt(2 log(1/tail)/(v trials)). The one for
    the typical v has the largest weight, and weights fall with the square of the distance from it.
    """
    need = -2 * math.log(tail) / trials
    count = 1 + max(0, math.ceil(math.log2(_LARGEST_STAKE / min(need, _LARGEST_STAKE))))
    stakes = [_LARGEST_STAKE / 2**j for j in range(count)]
    middle = min(count - 1.0, max(0.0, math.log2(_LARGEST_STAKE / math.sqrt(need / _TYPICAL))))
    weights = [1 / (1 + (j - middle) ** 2) for j in range(count)]
    whole = math.fsum(weights) * (1 + 1e-12)
    return [(stake, weight / whole) for stake, weight in zip(stakes, weights, strict=True)]


def _tail(result: Result, level: float) -> float:
    return (1 - level) / (2 * len(result.mean))
