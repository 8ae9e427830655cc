"""Sharing the rows of a data set among workers, in equal numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from numerics.backend import Array
from numerics.errors import InputError
from numerics.validation import choice, real

SPLITS = ("order", "label", "dirichlet")
# A target with more values than this is cut into as many groups of equal size.
_MOST_CLASSES = 10


def shards(
    target: Array, workers: int, split: str, concentration: float, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Return the rows of each worker, (workers, m // workers), from the ``target`` (m,).

    The last m mod workers rows are dropped whatever the ``split``, so f does not depend on it:
    "order" deals the rest out as it comes, "label" sorted by target; "dirichlet" draws for each
    worker shares of the classes (or of tenths of the sorted targets) from the symmetric Dirichlet
    law with ``concentration`` (small: few classes each), and fills its rows by them without
    replacement, from what the workers before it have left.

    Raises InputError for fewer rows than workers, or an unknown split.
    """
    m = len(target)
    if workers > m:
        raise InputError(f"workers must be <= the number of rows = {m}, got {workers}")
    size = m // workers
    rows = np.arange(size * workers)
    weight = real("concentration", concentration, above=0)
    if choice("split", split, SPLITS) == "label":
        rows = np.argsort(target[: len(rows)], kind="stable")
    if split == "dirichlet":
        rows = _skewed(_classes(target[: len(rows)]), workers, weight, rng)
    return rows.reshape(workers, size)


def _classes(target: Array) -> npt.NDArray[np.intp]:
    """0, 1, ... for each row: its value, or the group of its rank where there are many values."""
    values, classes = np.unique(target, return_inverse=True)
    if len(values) <= _MOST_CLASSES:
        return classes
    ranks = np.argsort(np.argsort(target, kind="stable"))
    return ranks * _MOST_CLASSES // len(target)


def _skewed(
    classes: npt.NDArray[np.intp], workers: int, concentration: float, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Return all rows, worker after worker."""
    order = rng.permutation(len(classes))
    pools = [order[classes[order] == c] for c in range(classes.max() + 1)]
    left = np.array([len(pool) for pool in pools])
    taken: list[npt.NDArray[np.intp]] = []
    for _ in range(workers):
        shares = rng.dirichlet(np.full(len(pools), concentration))
        missing = len(classes) // workers
        while missing:
            # Shares of classes that are used up go to the others.
            open_shares = np.where(left > 0, shares, 0.0)
            if open_shares.sum() == 0:
                open_shares = (left > 0).astype(float)
            wanted = rng.multinomial(missing, open_shares / open_shares.sum())
            for c, count in enumerate(np.minimum(wanted, left)):
                taken.append(pools[c][left[c] - count : left[c]])
                left[c] -= count
                missing -= count
    return np.concatenate(taken)
