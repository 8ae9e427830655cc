"""Aggregators that a few faulty workers cannot lead far astray, and what faulty workers send.

An aggregator is (f, kappa)-robust if, for any N vectors and any N - f of them with mean m,
||Agg - m||^2 <= kappa times the mean of ||g_i - m||^2 over those N - f.

Source: Allouah, Farhadkhani, Guerraoui, Gupta, Pinot, Stephan, "Fixing by mixing: a recipe for
optimal Byzantine ML under heterogeneity", AISTATS 2023, arXiv:2302.01772.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

import numpy as np

from numerics.backend import Array


@dataclass(frozen=True)
class Aggregator:
    """``apply(vectors, faulty)`` maps (trials, N, d) to (trials, d); ``kappa(N, faulty)`` is its
    constant exactly, for N > 2 faulty.
    """

    name: str
    title: str
    apply: Callable[[Array, int], Array]
    kappa: Callable[[int, int], Fraction]


def _median(vectors: Array, faulty: int) -> Array:
    middle: Array = np.median(vectors, axis=1)
    return middle


def _median_kappa(total: int, faulty: int) -> Fraction:
    """A median y of each coordinate minimises the sum of distances. With h honest numbers and mean
    m, (h - f) |y - m| <= 2 sum |g_i - m| follows from the triangle inequality, and Jensen's gives
    kappa = (2h/(h - f))^2 = 4 (1 + f/(N - 2f))^2.
    """
    return 4 * (1 + Fraction(faulty, total - 2 * faulty)) ** 2


def _trimmed(vectors: Array, faulty: int) -> Array:
    if faulty:
        vectors = np.sort(vectors, axis=1)[:, faulty : vectors.shape[1] - faulty]
    mean: Array = vectors.mean(axis=1)
    return mean


def _trimmed_kappa(total: int, faulty: int) -> Fraction:
    part = Fraction(faulty, total - 2 * faulty)
    return 6 * part * (1 + part)


AGGREGATORS: dict[str, Aggregator] = {
    a.name: a
    for a in (
        Aggregator("median", "coordinate-wise median", _median, _median_kappa),
        Aggregator("trimmed-mean", "coordinate-wise trimmed mean", _trimmed, _trimmed_kappa),
    )
}

Attack = Callable[[Array, int], Array]

_LARGE = 1e3


def _sign_flip(honest: Array, faulty: int) -> Array:
    """The mean of the honest, reversed."""
    return -honest.mean(axis=1)


def _large(honest: Array, faulty: int) -> Array:
    """Far away on the other side of 0: a thousand times the reversed mean, and at least a thousand
    in every coordinate where that is 0.
    """
    mean = honest.mean(axis=1)
    far: Array = -_LARGE * np.where(mean == 0, 1.0, mean)
    return far


def _alie(honest: Array, faulty: int) -> Array:
    """A little is enough: so many standard deviations off the mean that a majority of the workers
    is on the faulty side, in the normal case; at least one.

    Source: Baruch, Baruch, Goldberg, "A little is enough: circumventing defenses for distributed
    learning", arXiv:1902.06156.
    """
    n = honest.shape[1]
    supporters = (n + faulty) // 2 + 1 - faulty
    part = min(max((n - supporters) / n, 0.5), 1 - 1 / (n + 1))
    steps = max(1.0, NormalDist().inv_cdf(part))
    away: Array = honest.mean(axis=1) - steps * honest.std(axis=1)
    return away


#: What every faulty worker sends (trials, d), knowing all that the honest ones do (trials, n, d).
ATTACKS: dict[str, Attack] = {"sign-flip": _sign_flip, "large": _large, "alie": _alie}
