"""Scalar losses phi with their first two derivatives and the ranges of these.

All are non-negative, so phi'(u)^2 <= 2 (max phi'') phi(u) (a smooth function cannot fall below 0).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from numerics.backend import Array
from numerics.rounding import up


@dataclass(frozen=True)
class Loss:
    """phi(u) with phi' in [-slope_max, slope_max], phi'' in [curvature_min, curvature_max].

    ``labels``: u is y a.x for a label y = +-1 instead of the residual a.x - b. The three functions
    are accurate to 8 units in the last place of 1 + |u| + the result.
    """

    name: str
    title: str
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    curvature: Callable[[Array], Array]
    slope_max: float
    curvature_min: float
    curvature_max: float
    labels: bool = False

    @property
    def convex(self) -> bool:
        """Return whether phi'' >= 0."""
        return self.curvature_min >= 0


def _half_square(u: Array) -> Array:
    return 0.5 * u * u


def _same(u: Array) -> Array:
    return u


def _log1p_exp(u: Array) -> Array:
    positive: Array = np.log1p(np.exp(-np.abs(u)))
    positive += np.maximum(-u, 0.0)
    return positive


def _logistic_slope(u: Array) -> Array:
    # exp overflows to inf for large u, and the slope to its limit 0.
    with np.errstate(over="ignore"):
        slope: Array = -1.0 / (1.0 + np.exp(u))
    return slope


def _logistic_curvature(u: Array) -> Array:
    s = _logistic_slope(u)
    return -s * (1.0 + s)


def _logcosh(u: Array) -> Array:
    size = np.abs(u)
    value: Array = size + np.log1p(np.exp(-2 * size)) - math.log(2)
    return np.maximum(value, 0.0)


def _tanh_slope(u: Array) -> Array:
    slope: Array = np.tanh(u)
    return slope


def _tanh_curvature(u: Array) -> Array:
    t = np.tanh(u)
    curvature: Array = (1 - t) * (1 + t)
    return curvature


def _geman(u: Array) -> Array:
    square = u * u
    return square / (1 + square)


def _geman_slope(u: Array) -> Array:
    return 2 * u / (1 + u * u) ** 2


def _geman_curvature(u: Array) -> Array:
    square = u * u
    return (2 - 6 * square) / (1 + square) ** 3


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss("squared", "u^2/2", _half_square, _same, np.ones_like, math.inf, 1.0, 1.0),
        Loss(
            "logistic", "log(1 + e^-u)", _log1p_exp, _logistic_slope, _logistic_curvature,
            1.0, 0.0, 0.25, labels=True,
        ),
        Loss("logcosh", "log cosh u", _logcosh, _tanh_slope, _tanh_curvature, 1.0, 0.0, 1.0),
        Loss(
            "geman-mcclure", "u^2/(1 + u^2)", _geman, _geman_slope, _geman_curvature,
            up(9 / (8 * math.sqrt(3))), -0.5, 2.0,
        ),
    )
}  # fmt: skip
