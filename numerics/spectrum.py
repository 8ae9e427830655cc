"""Rigorous bounds of eigenvalues computed in floating point."""

from __future__ import annotations

import numpy as np

from numerics.backend import Array
from numerics.rounding import down, gamma, up

# Above this order an eigendecomposition takes minutes; norms still bound the largest eigenvalue.
LARGEST_ORDER = 3000

# Covers the rounding of the norms themselves, whose terms are all non-negative.
_NORM_SLACK = 1.01


def eigenvalue_bounds(matrix: Array, error: float = 0.0) -> tuple[float, float]:
    """Bounds (below the least, above the greatest eigenvalue) of every symmetric matrix within
    ``error``, in spectral norm, of the symmetric ``matrix`` (n, n).

    For computed eigenvectors Q, eigenvalues D and any orthogonal U with ||Q - U|| <= eps (there is
    one with eps = ||Q'Q - I||, the polar factor), Weyl's inequality gives, eigenvalue by
    eigenvalue, a distance of at most ||HQ - QD|| + eps (||H|| + ||D||). Frobenius norms stand for
    spectral ones, and the rounding of each product is added (rounding.gamma).
    """
    n = len(matrix)
    values, vectors = np.linalg.eigh(matrix)
    norm_h, norm_q = float(np.linalg.norm(matrix)), float(np.linalg.norm(vectors))
    norm_d = float(np.abs(values).max())
    residual = float(np.linalg.norm(matrix @ vectors - vectors * values))
    residual += gamma(n + 2) * norm_q * (norm_h + norm_d)
    skew = float(np.linalg.norm(vectors.T @ vectors - np.eye(n))) + gamma(n + 1) * norm_q**2
    slack = _NORM_SLACK * (residual + skew * (norm_h + norm_d) + error)
    return down(float(values[0]) - slack), up(float(values[-1]) + slack)


def gram_bounds(rows: Array) -> tuple[float, float]:
    """Bounds of the extreme eigenvalues of the smaller of A'A and AA' for A = ``rows`` (m, d).

    The upper one bounds ||A||^2. The lower one, when positive, proves that A has full rank, so it
    bounds the least NON-ZERO eigenvalue of A'A (and of AA'); when it is <= 0 the rank is not
    decided, and nothing is known of that eigenvalue. Entries of A off by 2 units in the last place
    are allowed for.
    """
    m, d = rows.shape
    frobenius = up(float(np.linalg.norm(rows)) ** 2, m * d + 4)
    if min(m, d) > LARGEST_ORDER:
        size = np.abs(rows)
        norms = up(float(size.sum(axis=0).max() * size.sum(axis=1).max()), m + d + 4)
        return 0.0, min(frobenius, norms)
    small = rows.T @ rows if d <= m else rows @ rows.T
    small = (small + small.T) / 2
    low, high = eigenvalue_bounds(small, gamma(max(m, d) + 8) * frobenius)
    return low, min(frobenius, high)
