"""What the stand-in for CuPy refuses, and that it knows CuPy rightly."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.numerics.strict_device import COUNTS, FUNCTIONS, METHODS, RANDOM, UFUNCS, strict_cupy

cupy = strict_cupy()


def on_device(*shape: int) -> Any:
    return cupy.asarray(np.arange(float(np.prod(shape))).reshape(shape))


REFUSED: dict[str, Callable[[], Any]] = {
    "conversion": lambda: np.asarray(on_device(3)),
    "copy to the host": lambda: np.array(on_device(3)),
    "host operand": lambda: on_device(3) + np.ones(3),
    "host operand on the left": lambda: np.ones(3) * on_device(3),
    "host operand in place": lambda: on_device(3).__iadd__(np.ones(3)),
    "host out": lambda: np.add(on_device(3), 1.0, out=np.ones(3)),
    "device out": lambda: np.add(np.ones(3), 1.0, out=on_device(3)),
    "host argument": lambda: np.where(on_device(3) > 0, np.ones(3), 0.0),
    "host index": lambda: on_device(3)[np.array([0])],
    "host value": lambda: on_device(3).__setitem__(0, np.ones(1)),
    "reduction of a ufunc": lambda: np.add.reduce(on_device(3)),
    "update of a ufunc": lambda: np.add.at(on_device(3), 0, 1.0),
    "einsum with out": lambda: np.einsum("i,i", on_device(3), on_device(3), out=on_device(1)),
    "argument of a function": lambda: np.sum(on_device(3), where=on_device(3) > 0),
    "argument of a method": lambda: on_device(3).max(initial=0.0),
    "missing function": lambda: np.unwrap(on_device(3)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str) -> None:
    with pytest.raises(TypeError):
        REFUSED[what]()


def test_random_numbers_that_cupy_does_not_draw() -> None:
    rng = cupy.random.Generator(cupy.random.Philox4x3210(1))
    for missing in ("permuted", "permutation", "choice", "bytes", "shuffle", "normal"):
        assert not hasattr(rng, missing)
    with pytest.raises(OverflowError):
        rng.integers(0, (1 << 64) - 1, dtype=np.uint64, endpoint=True)
    with pytest.raises(ValueError):
        rng.standard_normal(out=on_device(4, 4)[:, :2])


def test_scalars_and_device_arrays_are_fine() -> None:
    x = on_device(2, 3)
    y = np.float64(2.0) * x + 1 - x / np.sqrt(4.0)
    np.testing.assert_array_equal(y.get(), 1.5 * np.arange(6.0).reshape(2, 3) + 1)
    assert type(x.sum()) is type(x) and x.sum().shape == ()
    assert type(np.max(x)) is type(x)


@pytest.mark.parametrize(
    "look",
    [float, bool, int, lambda x: x.item(), lambda x: x.get(), repr, lambda x: x[x > 0],
     lambda x: np.where(x > 0)],
)  # fmt: skip
def test_looking_counts(look: Callable[[Any], Any]) -> None:
    before = COUNTS.waits
    look(on_device(1))
    assert COUNTS.waits == before + 1


# -- against CuPy, which can be imported without a GPU


def test_functions_are_those_of_cupy() -> None:
    real = pytest.importorskip("cupy")
    for name, parameters in FUNCTIONS.items():
        assert list(inspect.signature(getattr(real, name)).parameters) == parameters.split(), name

    for name in UFUNCS:
        # The product of matrices is one of these for NumPy alone.
        assert name == "matmul" or isinstance(getattr(real, name), real.ufunc), name


@pytest.mark.parametrize(("kind", "table"), [("ndarray", METHODS), ("Generator", RANDOM)])
def test_methods_are_those_of_cupy(kind: str, table: dict[str, str]) -> None:
    real = pytest.importorskip("cupy")
    owner = real.ndarray if kind == "ndarray" else real.random.Generator
    for name, parameters in table.items():
        # Compiled methods say in the first line of their text what they take.
        first = getattr(owner, name).__doc__.splitlines()[0]
        told = re.search(r"\((.*)\)", first)
        assert told is not None, name
        # "self, Py_ssize_t axis1, out=None"
        names = [one.partition("=")[0].split()[-1] for one in told[1].split(",")]
        assert names[1:] == parameters.split(), name
