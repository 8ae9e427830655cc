"""Steps that NumPy takes one way and a GPU another, so as not to wait for it.

Work on a GPU is queued and done later. To look at a number that it works out, in a condition or as
a size, is to wait until the queue is empty; so nothing in the steps of a method does.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import numpy.typing as npt


def on_device(array: Any) -> bool:
    """Return whether the array belongs to a GPU, and to look at its numbers means to wait."""
    return not isinstance(array, np.ndarray)


def tally(indices: Any, count: int) -> Any:
    """Return how often each of 0..count-1 occurs in each row of ``indices`` (rows, any): (rows,
    count).
    """
    rows = len(indices)
    numbers = np.arange(rows, like=indices)[:, None]
    if not on_device(indices):
        # One after the other in memory, as rows of one long histogram.
        flat = (numbers * count + indices).ravel()
        return np.bincount(flat, minlength=rows * count).reshape(rows, count)
    # Its histograms are as long as the largest number in them says.
    counts = np.zeros((rows, count), like=indices)
    library = sys.modules[type(indices).__module__.partition(".")[0]]
    library.add.at(counts, (numbers, indices), 1.0)
    return counts


def random_bits(rng: Any, count: int) -> npt.NDArray[np.uint8]:
    """So many independent fair bits, 0 or 1."""
    if isinstance(rng, np.random.Generator):
        words = rng.integers(
            0, (1 << 64) - 1, size=-(-count // 64), dtype=np.uint64, endpoint=True
        ).view(np.uint8)
    else:
        # Whole words of 64 bits are beyond what CuPy draws.
        words = rng.integers(0, 1 << 8, size=-(-count // 8), dtype=np.uint8)
    return np.unpackbits(words)[:count]
