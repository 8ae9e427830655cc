"""Moving the arrays that an object holds, at any depth, to a device.

An object is copied as it would be for another process, so the rules are those of pickle:
attributes, slots, containers, bound methods and what a local function closes over are followed, and
what occurs twice stays one. Only arrays are not copied but moved.
"""

from __future__ import annotations

import importlib
import io
import pickle
from typing import Any, TypeVar

import numpy as np

from numerics.errors import InputError

T = TypeVar("T")

# Generators of random numbers hold arrays of their own, and stay as they are.
_KEPT = (np.random.Generator, np.random.BitGenerator, np.random.SeedSequence)


def placed(item: T, xp: Any) -> T:
    """Return a copy of ``item`` whose arrays belong to the library ``xp``, CuPy.

    Raises InputError for an item that cannot be copied, or a matrix that ``xp`` cannot hold.
    """
    import cloudpickle

    class Pickler(cloudpickle.Pickler):
        """Leaves arrays out, and notes which they were."""

        def __init__(self, file: io.BytesIO) -> None:
            super().__init__(file)
            self.left_out: list[Any] = []
            self._numbers: dict[int, int] = {}

        def persistent_id(self, held: Any) -> int | None:
            if not (isinstance(held, _KEPT) or _is_array(held) or _is_sparse(held)):
                return None
            if id(held) not in self._numbers:
                self._numbers[id(held)] = len(self.left_out)
                self.left_out.append(held)
            return self._numbers[id(held)]

    file = io.BytesIO()
    pickler = Pickler(file)
    try:
        pickler.dump(item)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise InputError(
            f"{type(item).__name__} cannot be moved to a GPU, since it cannot be copied: {error}"
        ) from None
    moved = [held if isinstance(held, _KEPT) else _moved(held, xp) for held in pickler.left_out]
    file.seek(0)
    unpickler = _Unpickler(file)
    unpickler.moved = moved
    copied: T = unpickler.load()
    return copied


class _Unpickler(pickle.Unpickler):
    moved: list[Any]

    def persistent_load(self, number: int) -> Any:
        return self.moved[number]


def _is_array(held: Any) -> bool:
    """Return whether it is an array of numbers; others, of strings or objects, stay on the host."""
    return isinstance(held, np.ndarray) and held.dtype.kind in "biufc"


def _is_sparse(held: Any) -> bool:
    """Return whether it is of scipy.sparse, which is not loaded to find that out."""
    return type(held).__module__.startswith("scipy.sparse.") and hasattr(held, "tocsr")


def _moved(held: Any, xp: Any) -> Any:
    if not _is_sparse(held):
        return xp.asarray(held)
    if held.dtype.kind not in "bfc":
        raise InputError(
            f"a sparse matrix of {held.dtype} cannot be moved to a GPU: make it one of float64"
        )
    if held.ndim != 2:
        raise InputError("a sparse array that is no matrix cannot be moved to a GPU")
    sparse = importlib.import_module("cupyx.scipy.sparse")
    return sparse.csc_matrix(held) if held.format == "csc" else sparse.csr_matrix(held.tocsr())
