"""Exactly k of the entries of each row, without sorting."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from numerics.backend import Array
from numerics.device_ops import on_device


def largest(values: Array, k: int) -> npt.NDArray[np.bool_]:
    """Marks the k largest entries along the last axis; of equal ones the first."""
    d = values.shape[-1]
    # The k-th largest value is the same whatever the partition's algorithm; the order of the
    # indices that argpartition returns is not (and it is slower), so ties are settled here.
    least = np.partition(values, d - k, axis=-1)[..., d - k : d - k + 1]
    marked: npt.NDArray[np.bool_] = values >= least
    if on_device(marked) or int(np.count_nonzero(marked)) > marked.size // d * k:
        larger = values > least
        tied = marked & ~larger
        room = k - larger.sum(axis=-1, keepdims=True)
        marked = larger | (tied & (tied.cumsum(axis=-1) <= room))
    return marked
