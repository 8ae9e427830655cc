"""Aggregators that a few faulty workers cannot lead far astray, and what faulty workers send.

An aggregator is (f, kappa)-robust if, for any N vectors and any n = N - f of them with mean m,
||Agg - m||^2 <= kappa times the mean of ||g_i - m||^2 over those n.

The two here are made of the sorted values of each coordinate and never fall when a value rises, so
they are largest where the f faulty values are. They are then at most the mean of the k largest
honest values, which exceeds m by at most sqrt((n - k)/k) standard deviations (with p the mean of
these and q of the others, the variance is at least k/n (p - m)^2 + (n - k)/n (m - q)^2, and
k (p - m) = (n - k)(m - q)). So kappa = (n - k)/k, attained where the k largest are equal and the
others too.

Source: Allouah, Farhadkhani, Guerraoui, Gupta, Pinot, Stephan, "Fixing by mixing: a recipe for
optimal Byzantine ML under heterogeneity", AISTATS 2023, arXiv:2302.01772, for the definition. The
constants there are larger, 4 (1 + f/(N - 2f))^2 for the median and 6 f/(N - 2f) (1 + f/(N - 2f))
for the trimmed mean; for this one f/(N - 2f), derived here, is what no aggregator can do without.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

import numpy as np

from numerics.backend import Array
from numerics.registry import Registry


@dataclass(frozen=True)
class Aggregator:
    """``apply(vectors, faulty)`` maps (trials, N, d) to (trials, d); in every coordinate it is at
    most the mean of the ``largest(N, faulty)`` largest honest values, for N > 2 faulty.
    """

    name: str
    title: str
    apply: Callable[[Array, int], Array]
    largest: Callable[[int, int], int]

    def kappa(self, total: int, faulty: int) -> Fraction:
        """Return its constant for ``total`` > 2 ``faulty`` vectors, exactly."""
        k = self.largest(total, faulty)
        return Fraction(total - faulty - k, k)


def _median(vectors: Array, faulty: int) -> Array:
    middle: Array = np.median(vectors, axis=1)
    return middle


def _upper_half(total: int, faulty: int) -> int:
    """Return the values from the middle up (for even N, from the lower of the two), less the
    faulty.
    """
    return total // 2 + 1 - faulty


def _trimmed(vectors: Array, faulty: int) -> Array:
    if faulty:
        vectors = np.sort(vectors, axis=1)[:, faulty : vectors.shape[1] - faulty]
    mean: Array = vectors.mean(axis=1)
    return mean


def _kept(total: int, faulty: int) -> int:
    """Return the faulty go at one end, as many honest at the other."""
    return total - 2 * faulty


#: Every aggregator by name.
AGGREGATORS: Registry[Aggregator] = Registry("aggregator")
AGGREGATORS.add("median")(Aggregator("median", "coordinate-wise median", _median, _upper_half))
AGGREGATORS.add("trimmed-mean")(
    Aggregator("trimmed-mean", "coordinate-wise trimmed mean", _trimmed, _kept)
)

Attack = Callable[[Array, int], Array]

#: What every faulty worker sends (trials, d), knowing all that the honest ones do (trials, n, d).
ATTACKS: Registry[Attack] = Registry("attack")

_LARGE = 1e3


@ATTACKS.add("sign-flip")
def _sign_flip(honest: Array, faulty: int) -> Array:
    """Return the mean of the honest, reversed."""
    return -honest.mean(axis=1)


@ATTACKS.add("large")
def _large(honest: Array, faulty: int) -> Array:
    """Far away on the other side of 0: a thousand times the reversed mean, and at least a thousand
    in every coordinate where that is 0.
    """
    mean = honest.mean(axis=1)
    far: Array = -_LARGE * np.where(mean == 0, 1.0, mean)
    return far


@ATTACKS.add("alie")
def _alie(honest: Array, faulty: int) -> Array:
    """Return a little is enough: so many standard deviations off the mean that a majority of the
    workers is on the faulty side, in the normal case; at least one.

    Source: Baruch, Baruch, Goldberg, "A little is enough: circumventing defenses for distributed
    learning", arXiv:1902.06156.
    """
    n = honest.shape[1]
    supporters = (n + faulty) // 2 + 1 - faulty
    part = min(max((n - supporters) / n, 0.5), 1 - 1 / (n + 1))
    steps = max(1.0, NormalDist().inv_cdf(part))
    away: Array = honest.mean(axis=1) - steps * honest.std(axis=1)
    return away
