"""The one seam between the simulator and the library that holds its arrays.

NumPy on the CPU; CuPy when ``device="cuda"``. NumPy's functions dispatch on CuPy arrays, so only
the creation of arrays and of random generators has to ask the backend.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from numerics.errors import InputError, unknown

Array = npt.NDArray[np.float64]
T = TypeVar("T")


@dataclass(frozen=True)
class Backend:
    """An array library: ``xp`` is its namespace, ``device`` the name that the user gave."""

    device: str
    xp: Any

    def generator(self, seed: np.random.SeedSequence) -> Any:
        """A random generator for one block of trials; the same seed gives the same stream."""
        if self.xp is np:
            return np.random.Generator(np.random.SFC64(seed))
        words = seed.generate_state(1, np.uint64)
        return self.xp.random.Generator(self.xp.random.Philox4x3210(int(words[0])))

    def empty(self, shape: tuple[int, ...]) -> Any:
        """An uninitialised float64 array on the device."""
        return self.xp.empty(shape, dtype=np.float64)

    def place(self, item: T) -> T:
        """``item`` (a problem, an oracle) with every array it holds moved to the device."""
        if self.xp is np:
            return item
        moved = copy.copy(item)
        for key, value in vars(item).items():
            if isinstance(value, np.ndarray):
                object.__setattr__(moved, key, self.xp.asarray(value))
        return moved

    def to_host(self, array: Any) -> Array:
        """A NumPy array with the same content."""
        if self.xp is np:
            return np.asarray(array)
        return np.asarray(self.xp.asnumpy(array))


def single_threaded_blas() -> contextlib.AbstractContextManager[Any]:
    """Matrix products on one thread each, as long as the context lasts.

    Their last bits depend on the number of threads, and blocks of trials keep the cores busy
    anyway.
    """
    from threadpoolctl import threadpool_limits

    limits: contextlib.AbstractContextManager[Any] = threadpool_limits(1, "blas")
    return limits


def backend(device: str = "cpu") -> Backend:
    """The backend of a device, ``"cpu"`` or ``"cuda"``.

    Raises InputError for any other name, and for ``"cuda"`` without CuPy.
    """
    if device == "cpu":
        return Backend("cpu", np)
    if device != "cuda":
        raise unknown("device", device, ("cpu", "cuda"))
    try:
        return Backend("cuda", importlib.import_module("cupy"))
    except ImportError:
        raise InputError("device 'cuda' needs CuPy: pip install 'boundcalc[gpu]'") from None
