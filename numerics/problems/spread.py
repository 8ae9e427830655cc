"""How much single gradients, or those of workers, differ from their mean: the squared loss."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from numerics.backend import Array
from numerics.matrices import Matrix, frobenius, gram, scaled_rows, squared_lengths
from numerics.rounding import gamma, up
from numerics.spectrum import LARGEST_ORDER, eigenvalue_bounds, gram_bounds

# Rows whose product with an inverse is held at a time.
_BLOCK = 1024
# Young's weight on the gradient at the polished minimiser, which is only rounding.
TINY = 1e-6


def squared_spread(
    features: Matrix, l2: float, residuals: Array, slip: float, young: float
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
    found = certified_inverse(features, l2)
    if found is None:
        return None
    inverse, off = found
    lengths = np.sqrt(squared_lengths(features))
    rows = scaled_rows(features, lengths)
    size_t, size_f = float(np.linalg.norm(inverse)), frobenius(rows)
    largest = math.sqrt(up(_squared_norm(rows, inverse)))
    largest = up(largest + 1.01 * gamma(2 * d + 16) * size_f * size_t, 4)
    q = up(largest**2 / m / (1 - off) ** 2, 8)
    if l2 == 0:
        q = max(0.0, up(q - 1.0))
    base = up(float(np.mean((lengths * residuals) ** 2)), m + d + 12)
    rest = up((1 + young) * q * (1 + 1 / TINY) * slip**2, 8)
    return up((1 + young) * (1 + TINY) * q, 6), up((1 + 1 / young) * base + rest, 6)


def _squared_norm(rows: Matrix, inverse: Array) -> float:
    """Return an upper bound of ||P||^2 for the computed product P = ``rows`` @ ``inverse``."""
    order, total = inverse.shape[1], 0.0
    if rows.shape[0] <= order:
        return gram_bounds(rows @ inverse)[1]
    gathered = np.zeros((order, order))
    for low in range(0, rows.shape[0], _BLOCK):
        part = rows[low : low + _BLOCK] @ inverse
        gathered += part.T @ part
        total += float(np.linalg.norm(part)) ** 2
    # Symmetric to the last bit; the margin covers the rounding of the norms.
    gathered = (gathered + gathered.T) / 2
    slack = 1.01 * gamma(rows.shape[0] + 8) * total
    return max(0.0, eigenvalue_bounds(gathered, slack)[1])


def shard_spread(features: Matrix, shards: Sequence[Matrix], l2: float) -> float | None:
    """q with (1/n) sum_i ||(A_i - A) h||^2 <= q ||K h||^2 for every h, or None where nothing is
    certified; A_i = F_i'F_i/r for the n ``shards`` F_i (r, d) that the ``features`` (m, d) consist
    of, A their mean, K = A + l2 I.

    An approximate inverse T of K gives ||(A_i - A) K^-1||^2 summed over i, as an operator, at most
    ||S||/(1 - e)^2 with S the sum of the Gram matrices of (A_i - A) T.
    """
    n, (m, d) = len(shards), features.shape
    size = m // n
    if n * d**3 > LARGEST_ORDER**3:
        return None
    found = certified_inverse(features, l2)
    if found is None:
        return None
    inverse, off = found
    mean = gram(features) / m
    size_t, size_mean = float(np.linalg.norm(inverse)), frobenius(features) ** 2
    gathered, total, slack = np.zeros((d, d)), 0.0, 0.0
    for rows in shards:
        part = gram(rows) / size - mean
        blur = gamma(n * size + 16) * (frobenius(rows) ** 2 / size)
        blur += gamma(n * size + 16) * size_mean / m
        product = part @ inverse
        gathered += product.T @ product
        total += float(np.linalg.norm(product)) ** 2
        slack += (size_t * (blur + gamma(d + 16) * float(np.linalg.norm(part)))) ** 2
    # Symmetric to the last bit; the margins cover the rounding of the norms.
    gathered = (gathered + gathered.T) / 2
    highest = max(0.0, eigenvalue_bounds(gathered, 1.01 * gamma(n * d + 16) * total)[1])
    root = up(math.sqrt(up(highest)) + 1.01 * math.sqrt(slack), 4)
    return up((root / (1 - off)) ** 2 / n, 12)


def certified_inverse(features: Matrix, l2: float) -> tuple[Array, float] | None:
    """(T, e) with ||K T - I|| <= e < 1/2 for K = A'A/m + l2 I and A = ``features`` (m, d), or None
    where no such T is found.
    """
    m, d = features.shape
    if d > LARGEST_ORDER or (l2 == 0 and d > m):
        return None
    hessian = gram(features) / m + l2 * np.eye(d)
    try:
        inverse = np.linalg.inv(hessian)
    except np.linalg.LinAlgError:
        return None
    size_k, size_t = float(np.linalg.norm(hessian)), float(np.linalg.norm(inverse))
    size_a = frobenius(features)
    off = gamma(m + d + 16) * (size_k + size_a**2 / m + l2 * math.sqrt(d)) * size_t
    off += float(np.linalg.norm(hessian @ inverse - np.eye(d)))
    # The margin covers the rounding of the norms; a worse inverse is of no use anyway.
    off *= 1.01
    return (inverse, off) if off < 0.5 else None
