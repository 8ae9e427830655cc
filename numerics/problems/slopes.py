"""Size and smoothness of the single gradients of a generalised linear sum, from its rows."""

from __future__ import annotations

import math

import numpy as np

from numerics.errors import InputError
from numerics.matrices import Matrix, scaled_rows, squared_lengths
from numerics.problems.losses import LOSSES, Loss
from numerics.rounding import up
from numerics.spectrum import gram_bounds


def slope_bound(loss: Loss, l2: float = 0.0) -> float:
    """max |phi'|; InputError where it, or the gradient of the l2 term, is not bounded."""
    if not math.isfinite(loss.slope_max):
        bounded = ", ".join(name for name, phi in LOSSES.items() if math.isfinite(phi.slope_max))
        raise InputError(
            f"the gradients of the {loss.name} loss are not bounded: take a loss with bounded"
            f" slope ({bounded})"
        )
    if l2:
        raise InputError(f"the gradient of the l2 term is not bounded: take l2 = 0, got {l2:g}")
    return loss.slope_max


def sup_bound(features: Matrix, slope: float) -> float:
    """slope max |a_ij| >= ||phi' a_i||_inf for every row a_i, rounded up."""
    return up(slope * float(abs(features).max()))


def second_moment(features: Matrix, slope: float) -> float:
    """slope^2 mean ||a_i||^2 >= mean ||phi'_i a_i||^2 over the rows (m, d), rounded up."""
    mean = float(squared_lengths(features).mean())
    return up(slope**2 * mean, sum(features.shape) + 8)


def smoothness(
    features: Matrix, high: float, curvature: float, l2: float
) -> tuple[float, float, float]:
    """(L, L_avg, L_max) of the rows (m, d), rounded up, where |phi''| <= ``curvature``.

    ``high`` is an upper bound of ||A||^2/m.
    """
    m, d = features.shape
    lengths = np.sqrt(squared_lengths(features))
    _, fourth = gram_bounds(scaled_rows(features, lengths))
    single = up(up(curvature * float(lengths.max()) ** 2, 2 * d + 8) + l2)
    mean_square = up(up(curvature * math.sqrt(up(fourth, 2 * d + 12) / m), 6) + l2)
    smooth = min(up(up(curvature * high) + l2), single)
    return smooth, max(smooth, min(mean_square, single)), single
