"""How much single gradients differ from their mean, sharply for the squared loss."""

from __future__ import annotations

import math

import numpy as np

from numerics.backend import Array
from numerics.rounding import gamma, up
from numerics.spectrum import LARGEST_ORDER, gram_bounds

# Young's weight on the gradient at the polished minimiser, which is only rounding.
_TINY = 1e-6


def squared_spread(
    features: Array, l2: float, residuals: Array, slip: float, young: float
) -> tuple[float, float] | None:
    """(M, s2) for f_i = (a_i.x - b_i)^2/2 + (l2/2)||x||^2, or None where nothing is certified.

    With h = x - y, F the rows ||a_i|| a_i, H = A'A/m and K = H + l2 I: by Young's inequality with
    t = ``young``, the spread is at most (1 + t)(||F h||^2/m - ||H h||^2) + (1 + 1/t) v, where v is
    the mean of ||a_i||^2 r_i^2 over the ``residuals`` r_i >= |a_i.y - b_i|. Next ||F h||^2/m is at
    most q ||K h||^2 with q = ||F K^-1||^2/m, and ||K h|| <= ||grad f(x)|| + ``slip``, slip a bound
    of ||grad f(y)||. Without l2, H = K and 1 is taken off q.

    An approximate inverse T of K gives q <= ||F T||^2/(m (1 - e)^2) for ||K T - I|| <= e < 1.
    """
    m, d = features.shape
    if d > LARGEST_ORDER or (l2 == 0 and d > m):
        return None
    hessian = features.T @ features / m + l2 * np.eye(d)
    try:
        inverse = np.linalg.inv(hessian)
    except np.linalg.LinAlgError:
        return None
    lengths = np.sqrt(np.einsum("ij,ij->i", features, features))
    rows = features * lengths[:, None]
    size_k, size_t = float(np.linalg.norm(hessian)), float(np.linalg.norm(inverse))
    size_a, size_f = float(np.linalg.norm(features)), float(np.linalg.norm(rows))
    off = gamma(m + d + 16) * (size_k + size_a**2 / m + l2 * math.sqrt(d)) * size_t
    off += float(np.linalg.norm(hessian @ inverse - np.eye(d)))
    # The margin covers the rounding of the norms; a worse inverse is of no use anyway.
    off *= 1.01
    if not off < 0.5:
        return None
    largest = math.sqrt(up(gram_bounds(rows @ inverse)[1]))
    largest = up(largest + 1.01 * gamma(2 * d + 16) * size_f * size_t, 4)
    q = up(largest**2 / m / (1 - off) ** 2, 8)
    if l2 == 0:
        q = max(0.0, up(q - 1.0))
    base = up(float(np.mean((lengths * residuals) ** 2)), m + d + 12)
    rest = up((1 + young) * q * (1 + 1 / _TINY) * slip**2, 8)
    return up((1 + young) * (1 + _TINY) * q, 6), up((1 + 1 / young) * base + rest, 6)
