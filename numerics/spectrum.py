"""Rigorous bounds of eigenvalues computed in floating point."""

from __future__ import annotations

import math

import numpy as np

from numerics.backend import Array
from numerics.matrices import (
    Matrix,
    as_matrix,
    distinct_rows,
    entries,
    frobenius,
    gram,
    is_sparse,
    scaled_rows,
)
from numerics.rounding import down, gamma, up

# Above this order an eigendecomposition takes minutes; ratios still bound the largest eigenvalue.
LARGEST_ORDER = 3000
_MOST_ROUNDS = 200

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


def gram_bounds(rows: Matrix) -> tuple[float, float]:
    """Bounds of the extreme eigenvalues of the smaller of A'A and AA' for A = ``rows`` (m, d).

    The upper one bounds ||A||^2. The lower one, when positive, proves that A has full rank, so it
    bounds the least NON-ZERO eigenvalue of A'A (and of AA'); when it is <= 0 the rank is not
    decided, and nothing is known of that eigenvalue. Entries of A off by 2 units in the last place
    are allowed for.
    """
    m, d = rows.shape
    total = up(frobenius(rows) ** 2, entries(rows) + 4)
    if min(m, d) > LARGEST_ORDER:
        return 0.0, min(total, _largest_ratio(rows))
    small = gram(rows if d <= m else rows.T)
    small = (small + small.T) / 2
    low, high = eigenvalue_bounds(small, gamma(max(m, d) + 8) * total)
    return low, min(total, high)


def distinct_bound(rows: Matrix) -> tuple[float, bool]:
    """Return the lower bound of :func:`gram_bounds` where rows, or columns, that repeat others hide
    that these are independent, and whether it proves that all columns are.

    A'A is the sum of a a' over the rows a, AA' over the columns: the number of equal ones moves
    into them as its root, and neither changes the eigenvalues that are not 0.
    """
    few, counts = distinct_rows(rows)
    if len(counts) == 0:
        return 0.0, False
    few = scaled_rows(few, np.sqrt(counts))
    low, _ = gram_bounds(few)
    if low > 0:
        return low, rows.shape[1] <= len(counts)
    columns, counts = distinct_rows(as_matrix(few.T))
    low, _ = gram_bounds(scaled_rows(columns, np.sqrt(counts)))
    return (low if low > 0 else _centred_bound(rows)), False


def _centred_bound(rows: Matrix) -> float:
    """Return the same for A whose rows add up to exactly 0 and are otherwise independent, else 0.

    Then the vector 1 of ones is an eigenvector of AA' + w^2 11', which has the other eigenvalues of
    AA' beside it.
    """
    m, d = rows.shape
    if is_sparse(rows) or m > d + 1 or any(math.fsum(column) for column in rows.T):
        return 0.0
    # An eigenvalue for 1 in the middle of the others.
    weight = frobenius(rows) / m
    return gram_bounds(np.column_stack([rows, np.full(m, weight)]))[0]


def _largest_ratio(rows: Matrix) -> float:
    """Return an upper bound of ||A||^2, tight where no entry of A = ``rows`` is negative.

    ||A|| is at most the norm of N = |A|, and for every v > 0 the largest eigenvalue of N'N at most
    the largest of (N'N v)_j/v_j (Collatz and Wielandt). Power iteration never makes that larger.
    """
    m, d = rows.shape
    size = abs(rows)
    v, best = np.ones(d), np.inf
    for _ in range(_MOST_ROUNDS):
        image = (size @ v) @ size
        largest = float((image / v).max())
        settled = largest > best * (1 - 1e-6)
        best = min(best, largest)
        if settled or largest == 0:
            break
        # Coordinates that fade away are held up: any v > 0 will do.
        v = np.maximum(image / image.max(), 1e-30)
    return up(best, m + d + 12)
