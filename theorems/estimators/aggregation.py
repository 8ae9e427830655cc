"""Aggregation that a few faulty workers cannot spoil.

Source: Allouah, Farhadkhani, Guerraoui, Gupta, Pinot, Stephan, "Fixing by mixing: a recipe for
optimal Byzantine ML under heterogeneity", AISTATS 2023 (arXiv:2302.01772), for the definition; the
constants of the two aggregators are derived here and are smaller than those there. ``n`` is the
number of honest workers, so that n + faulty send something.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from boundcalc.kernel import Certificate, Square, Vector, exceeds
from boundcalc.kernel.coordinates import OrderStatistics
from boundcalc.kernel.estimation import Robust
from boundcalc.model.estimator import Estimator
from numerics.compressors import Identity
from theorems.estimators import simulations
from theorems.estimators.parameters import ALL_WORKERS, FAULTY, KAPPA, YOUNG
from theorems.estimators.workers import B_h, delta2, n, sigma0_2, t, worker_names, workers

kappa, faulty = KAPPA.symbol, FAULTY.symbol
aggregating = Robust(workers, kappa)


def aggregated(x: Vector) -> Certificate:
    """Young's inequality for the aggregate's error and the noise of the honest mean."""
    noise = workers.noise(x)
    off, sampled = aggregating.error(x), workers.mean(noise)
    through = (1 + t) * kappa
    return Certificate(
        using=[
            (1 + t, aggregating.aggregation(x)),
            (through, workers.dissimilarity(x)),
            (through, workers.averaging(noise)),
            (1 + 1 / t, workers.independence(noise)),
            (through * (1 - 1 / n) + (1 + 1 / t) / n, workers.variance(x)),
        ],
        squares=[Square(1 / t, t * off - sampled)],
    )


robust = Estimator(
    "robust",
    "with robust aggregation",
    parameters=[KAPPA, *ALL_WORKERS, YOUNG],
    assumes=[workers, aggregating],
    unbiased=False,
    relative=(1 + t) * kappa * B_h,
    origins={
        "heterogeneity": (1 + t) * kappa * delta2,
        "aggregation": (1 + t) * kappa * (1 - 1 / n) * sigma0_2,
        "sampling": (1 + 1 / t) * sigma0_2 / n,
    },
    certificate=aggregated,
    names=worker_names,
    compressor=lambda values: Identity(),
    trial=simulations.aggregated("median"),
)

MINORITY = exceeds(n, faulty, "the honest workers are more than the faulty ones")


def aggregator(name: str, title: str, kept: sp.Expr) -> Estimator:
    """Return a named aggregator: no further off than the mean of so many extreme honest values."""
    return replace(
        robust,
        name=name,
        title=title,
        parameters=[FAULTY, *(p for p in robust.parameters if p is not KAPPA)],
        implied={kappa: sp.factor((n - kept) / kept)},
        given=[MINORITY],
        of=robust,
        lemma=OrderStatistics(kept, n),
        trial=simulations.aggregated(name),
    )


trimmed_mean = aggregator(
    "trimmed-mean", "with the coordinate-wise trimmed mean of the workers", n - faulty
)
# Of n + faulty values the upper half, without the faulty ones, rounded down to n - faulty odd.
median = aggregator(
    "median", "with the coordinate-wise median of the workers", (n - faulty + 1) / 2
)
