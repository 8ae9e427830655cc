"""The one seam between the simulator and the library that holds its arrays.

NumPy on the CPU; CuPy when ``device="cuda"``. NumPy's functions dispatch on CuPy arrays, so only
the creation of arrays and of random generators has to ask the backend, and what would wait for the
device (:mod:`numerics.device_ops`).

Random streams: a block of trials has one of its own, given by the seed of the job and the index of
the block. On the CPU it is that of SFC64, whose state comes from ``SeedSequence(seed,
spawn_key=(block,))``. On a GPU it is that of Philox 4x32-10 with ``_COUNTERS`` parallel counters,
whatever the GPU. Its key is a number made of the seed, plus the block: no two blocks of a job have
the same one (and those of two jobs, of b blocks each, with probability below b / 2^31). The same
seed gives the same numbers on a kind of device, and others on the other kind.
"""

from __future__ import annotations

import contextlib
import importlib
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from numerics.errors import InputError
from numerics.memory import require_memory

Array = npt.NDArray[np.float64]
T = TypeVar("T")

# What CuPy takes by default; given, so that a stream never depends on the GPU.
_COUNTERS = 1 << 15


@dataclass(frozen=True)
class Backend:
    """An array library: ``xp`` is its namespace, ``device`` the name that the user gave."""

    device: str
    xp: Any

    def generator(self, seed: int, block: int) -> Any:
        """Return a random generator for one block of trials; the same seed gives the same
        stream.
        """
        if self.xp is np:
            return np.random.Generator(
                np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(block,)))
            )
        word = int(np.random.SeedSequence(seed).generate_state(1)[0])
        key = _Key((word + block) % (1 << 32))
        return self.xp.random.Generator(self.xp.random.Philox4x3210(key, size=_COUNTERS))

    def empty(self, shape: tuple[int, ...], dtype: npt.DTypeLike = np.float64) -> Any:
        """Return an uninitialised array on the device, of float64 unless told otherwise."""
        return self.xp.empty(shape, dtype=dtype)

    def place(self, item: T) -> T:
        """``item`` (a problem, an oracle, an array) with all arrays that it holds, at any depth, on
        the device; ``item`` itself where that is the CPU.

        Sparse matrices of SciPy become those of CuPy. Raises InputError where something cannot be
        moved.
        """
        if self.xp is np:
            return item
        from numerics.device_copy import placed

        return placed(item, self.xp)

    def to_host(self, array: Any) -> Any:
        """Return a NumPy array with the same content; waits for the device."""
        if self.xp is np:
            return array
        return self.xp.asnumpy(array)

    def require_memory(self, size: float, what: str) -> None:
        """Raise InputError, with both numbers, where the device lacks ``size`` bytes."""
        if self.xp is np:
            require_memory(size, what)
            return
        kept = self.xp.get_default_memory_pool().free_bytes()
        require_memory(size, what, int(self.xp.cuda.Device().mem_info[0]) + int(kept))

    @property
    def version(self) -> str:
        """Of the array library, on which the last bits of results depend."""
        return f"{self.xp.__name__} {self.xp.__version__}"


class _Key(np.random.SeedSequence):
    """A seed that CuPy takes as it is: mixed once more, those of two blocks could coincide."""

    def __init__(self, word: int) -> None:
        super().__init__(word)
        self.word = word

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
        """Return the word itself, where one is asked for."""
        if n_words != 1:
            return super().generate_state(n_words, dtype)
        return np.array([self.word], dtype=dtype)


def single_threaded_blas() -> contextlib.AbstractContextManager[Any]:
    """Matrix products on one thread each, as long as the context lasts.

    Their last bits depend on the number of threads, and blocks of trials keep the cores busy
    anyway.
    """
    from threadpoolctl import threadpool_limits

    limits: contextlib.AbstractContextManager[Any] = threadpool_limits(1, "blas")
    return limits


def backend(device: str = "cpu") -> Backend:
    """Return the backend of a device, ``"cpu"`` or ``"cuda"``.

    Raises InputError for any other name, and for ``"cuda"`` without CuPy or without a GPU.
    """
    if device == "cpu":
        return Backend("cpu", np)
    if device != "cuda":
        raise InputError(f"unknown device {device!r}; known: cpu, cuda")
    try:
        cupy = importlib.import_module("cupy")
    except ImportError:
        raise InputError("device 'cuda' needs CuPy: pip install 'boundcalc[gpu]'") from None
    if not cupy.cuda.is_available():
        raise InputError("device 'cuda' needs an NVIDIA GPU and its driver, and CuPy finds none")
    return Backend("cuda", cupy)
