"""The few operations on a matrix of data that NumPy and scipy.sparse write differently.

A matrix (rows, d) is an array, or a ``csr_array`` as :func:`as_matrix` makes it; a sparse one is
never made dense here, and memory goes with its entries.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerics.backend import Array

#: An array (rows, d), or a ``scipy.sparse.csr_array`` in canonical form.
Matrix: TypeAlias = Any


def is_sparse(matrix: Matrix) -> bool:
    """Return whether only the entries that are not zero are kept."""
    return hasattr(matrix, "indptr")


def as_matrix(features: Any) -> Matrix:
    """Return an array as it is; of anything from scipy.sparse a CSR array of floats without
    repeated entries or zeros that are kept, indices in order. What is given is not changed.
    """
    if not hasattr(features, "tocsr"):
        return features
    from scipy import sparse

    matrix = sparse.csr_array(features, dtype=np.float64)
    if matrix.has_canonical_format and matrix.count_nonzero() == matrix.nnz:
        return matrix
    matrix = matrix.copy()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def entries(matrix: Matrix) -> int:
    """Return how many entries are kept."""
    return int(matrix.nnz if is_sparse(matrix) else matrix.size)


def squared_lengths(matrix: Matrix) -> Array:
    """||row||^2 of every row, (rows,)."""
    if is_sparse(matrix):
        squares: Array = _with(matrix, matrix.data**2) @ np.ones(matrix.shape[1])
        return squares
    return np.einsum("ij,ij->i", matrix, matrix)


def frobenius(matrix: Matrix) -> float:
    """Return the root of the sum of the squares of all entries."""
    return float(np.linalg.norm(matrix.data if is_sparse(matrix) else matrix))


def scaled_rows(matrix: Matrix, weights: Array) -> Matrix:
    """Return every row times its weight (rows,)."""
    if is_sparse(matrix):
        return _with(matrix, matrix.data * np.repeat(weights, np.diff(matrix.indptr)))
    return matrix * weights[:, None]


def gram(matrix: Matrix) -> Array:
    """Return a'A as an array (d, d)."""
    return product(matrix.T, matrix)


def product(left: Matrix, right: Matrix) -> Array:
    """Return the product of two matrices as an array."""
    found = left @ right
    return np.asarray(found.toarray() if hasattr(found, "toarray") else found)


def distinct_rows(matrix: Matrix) -> tuple[Matrix, npt.NDArray[np.int64]]:
    """Return the rows that differ, without those that are zero, and how often each of them is
    there.
    """
    if not is_sparse(matrix):
        rows, counts = np.unique(matrix, axis=0, return_counts=True)
        kept = rows.any(axis=1)
        return rows[kept], counts[kept]
    found: dict[tuple[bytes, bytes], list[int]] = {}
    for row, (low, high) in enumerate(zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)):
        if low < high:
            key = matrix.indices[low:high].tobytes(), matrix.data[low:high].tobytes()
            found.setdefault(key, []).append(row)
    chosen = np.array([equal[0] for equal in found.values()], dtype=np.intp)
    return matrix[chosen], np.array([len(equal) for equal in found.values()], dtype=np.int64)


def weighted_sums(weights: Array, matrix: Matrix) -> Array:
    """weights @ matrix for ``weights`` (trials, rows), as (trials, d)."""
    if is_sparse(matrix):
        # From the left, so that each entry meets the weights of all trials in one stroke.
        sums: Array = (matrix.T @ weights.T).T
        return sums
    return np.asarray(weights @ matrix)


def inner_products(points: Array, matrix: Matrix) -> Array:
    """points @ matrix.T for ``points`` (trials, d), as (trials, rows)."""
    found: Array = (matrix @ points.T).T if is_sparse(matrix) else points @ matrix.T
    return found


def _with(matrix: Matrix, data: Array) -> Matrix:
    """Return the same pattern with other entries."""
    return type(matrix)((data, matrix.indices, matrix.indptr), shape=matrix.shape)
