"""How much the gradients of workers overlap, from the data that each of them holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from numerics.errors import InputError
from numerics.matrices import as_matrix

# Workers whose neighbours are counted at a time: all pairs at once can be more than the data.
_BLOCK = 256


@dataclass(frozen=True)
class Overlap:
    """``s`` and what the paper has in its place.

    ``s`` is the largest number of workers that touch one coordinate, so that
    ||sum a_i||^2 <= s sum ||a_i||^2 for vectors with these supports. ``conflicts`` is
    min(sqrt(n (1 + mean degree)), 1 + largest degree) of the graph in which workers are joined that
    share a coordinate; never below s. ``workers`` is n, the value for dense data.
    """

    s: int
    conflicts: float
    workers: int

    @classmethod
    def dense(cls, workers: int) -> Overlap:
        """Of so many workers that share every coordinate."""
        return cls(workers, float(workers), workers)


def overlap(features: Any, owner: npt.ArrayLike | None = None) -> Overlap:
    """Of a matrix of data (rows, d), dense or of scipy.sparse, kept sparse.

    ``owner`` (rows,) has the number 0..n-1 of each row's worker; by default each row is one.
    Raises InputError for a matrix without non-zero entries, or numbers of the wrong shape.
    """
    from scipy import sparse

    matrix = as_matrix(sparse.csr_array(features))
    rows = matrix.shape[0]
    owners = np.arange(rows) if owner is None else np.asarray(owner)
    if owners.shape != (rows,) or not np.issubdtype(owners.dtype, np.integer):
        raise InputError(f"owner must hold {rows} whole numbers, one for each row")
    if not matrix.nnz:
        raise InputError("the data have no entry but zero")
    n = int(owners.max()) + 1
    ones = sparse.csr_array(
        (np.ones(matrix.nnz, dtype=np.int64), matrix.indices, matrix.indptr), matrix.shape
    )
    dealt = sparse.csr_array((np.ones(rows, dtype=np.int64), (owners, np.arange(rows))), (n, rows))
    touched = ((dealt @ ones) > 0).astype(np.int64)
    s = int(touched.sum(axis=0).max())
    degrees = _degrees(touched)
    spread = math.sqrt(n * (1 + float(degrees.mean())))
    return Overlap(s, min(spread, 1.0 + int(degrees.max())), n)


def _degrees(touched: Any) -> npt.NDArray[np.int64]:
    """Return how many others each worker (n, d) shares a coordinate with."""
    found = [
        np.diff((touched[low : low + _BLOCK] @ touched.T).tocsr().indptr)
        for low in range(0, touched.shape[0], _BLOCK)
    ]
    # Each worker shares with itself; one that touches nothing has no neighbour.
    degrees: npt.NDArray[np.int64] = np.concatenate(found) - (np.diff(touched.indptr) > 0)
    return degrees
