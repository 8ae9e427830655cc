"""A stand-in for CuPy without a GPU, at least as strict as it is.

Arrays are NumPy's inside and nothing of NumPy outside: what CuPy refuses is refused (implicit
conversion, operands on the host, functions and arguments that it lacks), and every wait for the
device is counted. What it knows of CuPy is in four tables, which ``test_device_tables`` holds
against CuPy itself where that is installed; importing it takes no GPU.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from inspect import Parameter, Signature
from types import ModuleType
from typing import Any

import numpy as np

#: NumPy's functions that dispatch to one of CuPy, with the parameters that it has there.
FUNCTIONS = {
    "all": "a axis out keepdims",
    "any": "a axis out keepdims",
    "arange": "start stop step dtype",
    "argpartition": "a kth axis",
    "argsort": "a axis kind",
    "asarray": "a dtype order copy blocking",
    "bincount": "x weights minlength",
    "broadcast_to": "array shape",
    "clip": "a a_min a_max out",
    "concatenate": "tup axis out dtype casting",
    "copyto": "dst src casting where",
    "count_nonzero": "a axis",
    "cumsum": "a axis dtype out",
    "empty": "shape dtype order",
    "empty_like": "prototype dtype order subok shape",
    "full_like": "a fill_value dtype order subok shape",
    "max": "a axis out keepdims",
    "mean": "a axis dtype out keepdims",
    "median": "a axis out overwrite_input keepdims",
    "min": "a axis out keepdims",
    "ndim": "a",
    "ones_like": "a dtype order subok shape",
    "partition": "a kth axis",
    "repeat": "a repeats axis",
    "sort": "a axis kind",
    "std": "a axis dtype out ddof keepdims",
    "sum": "a axis dtype out keepdims",
    "tile": "A reps",
    "unpackbits": "a axis bitorder",
    "where": "condition x y",
    "zeros": "shape dtype order",
    "zeros_like": "a dtype order subok shape",
}
# einsum has no names for its arguments, and takes neither out nor order.
_VARIADIC = {"einsum": ("dtype", "optimize")}

#: NumPy's element-wise functions that dispatch to one of CuPy.
UFUNCS = {
    "absolute", "add", "bitwise_and", "bitwise_or", "bitwise_xor", "copysign", "cos", "divide",
    "equal", "exp", "floor", "floor_divide", "frexp", "greater", "greater_equal", "invert",
    "isfinite", "isnan", "ldexp", "less", "less_equal", "log", "log1p", "matmul", "maximum",
    "minimum", "multiply", "negative", "not_equal", "power", "remainder", "rint", "sign", "sin",
    "sqrt", "subtract", "tanh",
}  # fmt: skip

#: Methods of arrays, with their parameters in CuPy.
METHODS = {
    "all": "axis out keepdims",
    "any": "axis out keepdims",
    "astype": "dtype order casting subok copy",
    "copy": "order",
    "cumsum": "axis dtype out",
    "fill": "value",
    "max": "axis out keepdims",
    "mean": "axis dtype out keepdims",
    "min": "axis out keepdims",
    "ravel": "order",
    "std": "axis dtype out ddof keepdims",
    "sum": "axis dtype out keepdims",
    "swapaxes": "axis1 axis2",
}

#: Methods of its generators of random numbers, with their parameters.
RANDOM = {
    "integers": "low high size dtype endpoint",
    "random": "size dtype out",
    "standard_normal": "size dtype out",
}

# What waits for the device inside CuPy, and how often.
_WAITING = {"bincount": 2}

_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
_OPERATORS = (
    *_COMPARISONS, "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or",
    "xor",
)  # fmt: skip
_UFUNCS = {
    "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "and": "bitwise_and", "or": "bitwise_or",
    "xor": "bitwise_xor", "lt": "less", "le": "less_equal", "gt": "greater",
    "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
}  # fmt: skip


class Counts:
    """How often the host has waited for the device, and sent something to it."""

    def __init__(self) -> None:
        self.waits = 0
        self.sent = 0


COUNTS = Counts()


def _refuse_host(*items: Any) -> None:
    for item in items:
        if isinstance(item, np.ndarray):
            raise TypeError(f"Unsupported type {type(item)}: an array on the host")
        if isinstance(item, list | tuple):
            _refuse_host(*item)
        elif isinstance(item, dict):
            _refuse_host(*item.values())


def _inside(item: Any) -> Any:
    if isinstance(item, ndarray):
        return item._inner
    if isinstance(item, list | tuple):
        return type(item)(_inside(one) for one in item)
    return item


def _outside(item: Any) -> Any:
    if isinstance(item, np.ndarray | np.generic):
        return ndarray(np.asarray(item))
    return tuple(map(_outside, item)) if isinstance(item, tuple) else item


def _bound(name: str, parameters: str, args: Any, kwargs: Any) -> Any:
    """Arguments by name. Raises TypeError for one that CuPy does not have."""
    signature = Signature([Parameter(p, Parameter.POSITIONAL_OR_KEYWORD) for p in
                           parameters.split()])  # fmt: skip
    try:
        return signature.bind_partial(*args, **kwargs).arguments
    except TypeError as error:
        raise TypeError(f"cupy.{name}: {error}") from None


def _checked_out(out: Any) -> None:
    if out is not None and not isinstance(out, ndarray):
        raise TypeError(f"out must be an array on the device, got {type(out)}")


class ndarray:
    """An array on the device."""

    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, inner: np.ndarray[Any, Any]) -> None:
        self._inner = inner

    # -- what NumPy asks of it

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        known = method == "__call__" and ufunc.__name__ in UFUNCS
        if not known or set(kwargs) - {"out", "dtype", "casting"}:
            return NotImplemented
        outs = kwargs.pop("out", ())
        if len(outs) > 1:
            raise ValueError("The 'out' parameter must have exactly one array value")
        for out in outs:
            _checked_out(out)
        _refuse_host(*inputs)
        for item in inputs:
            if not isinstance(item, ndarray | bool | int | float | np.generic):
                return NotImplemented
        if outs:
            ufunc(*map(_inside, inputs), out=outs[0]._inner, **kwargs)
            return outs[0]
        return _outside(ufunc(*map(_inside, inputs), **kwargs))

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        name = func.__name__
        if func.__module__ != "numpy" or name not in FUNCTIONS | _VARIADIC:
            return NotImplemented
        return _call(name, args, kwargs)

    # -- looking at it is waiting for it

    def _seen(self) -> np.ndarray[Any, Any]:
        COUNTS.waits += 1
        return self._inner

    def get(self) -> np.ndarray[Any, Any]:
        return self._seen().copy()

    def item(self) -> Any:
        return self._seen().item()

    def tolist(self) -> Any:
        return self._seen().tolist()

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError("The truth value of an array with several elements is ambiguous.")
        return bool(self._seen())

    def __float__(self) -> float:
        return float(self._seen().item())

    def __int__(self) -> int:
        return int(self._seen().item())

    def __index__(self) -> int:
        return operator.index(self._seen().item())

    def __repr__(self) -> str:
        return repr(self._seen())

    # -- shape and parts

    def __len__(self) -> int:
        return len(self._inner)

    def __iter__(self) -> Iterator[ndarray]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: Any) -> ndarray:
        return ndarray(np.asarray(self._inner[self._key(key, read=True)]))

    def __setitem__(self, key: Any, value: Any) -> None:
        _refuse_host(value)
        self._inner[self._key(key, read=False)] = _inside(value)

    def _key(self, key: Any, *, read: bool) -> Any:
        parts = key if isinstance(key, tuple) else (key,)
        _refuse_host(*parts)
        # How many entries a mask selects decides the shape of what is read.
        if read and any(isinstance(p, ndarray) and p.dtype == bool for p in parts):
            COUNTS.waits += 1
        return tuple(map(_inside, parts))

    def reshape(self, *shape: Any, order: str = "C") -> ndarray:
        return ndarray(self._inner.reshape(*shape, order=order))  # type: ignore[arg-type]

    def view(self, dtype: Any = None) -> ndarray:
        return ndarray(self._inner.view(dtype))

    @property
    def T(self) -> ndarray:
        return ndarray(self._inner.T)

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            return lambda *args, **kwargs: self._method(name, args, kwargs)
        if name in ("shape", "dtype", "ndim", "size", "nbytes", "itemsize", "strides", "flags"):
            return getattr(self._inner, name)
        raise AttributeError(f"'cupy.ndarray' object has no attribute {name!r}")

    def _method(self, name: str, args: Any, kwargs: Any) -> Any:
        _refuse_host(args, kwargs)
        given = _bound(f"ndarray.{name}", METHODS[name], args, kwargs)
        _checked_out(given.get("out"))
        found = getattr(self._inner, name)(
            *_inside(tuple(args)), **{key: _inside(one) for key, one in kwargs.items()}
        )
        if given.get("out") is not None:
            return given["out"]
        return _outside(found)

    # -- operators

    def __neg__(self) -> ndarray:
        return ndarray(-self._inner)

    def __abs__(self) -> ndarray:
        return ndarray(abs(self._inner))

    def __invert__(self) -> ndarray:
        return ndarray(~self._inner)


ndarray.__module__ = "cupy"


def _add_operators() -> None:
    for name in _OPERATORS:
        ufunc = getattr(np, _UFUNCS.get(name, name))

        def plain(self: ndarray, other: Any, ufunc: Any = ufunc) -> Any:
            if getattr(other, "__array_ufunc__", self) is None:
                return NotImplemented
            return ufunc(self, other)

        def reflected(self: ndarray, other: Any, ufunc: Any = ufunc) -> Any:
            return ufunc(other, self)

        def in_place(self: ndarray, other: Any, ufunc: Any = ufunc) -> Any:
            return ufunc(self, other, out=self)

        setattr(ndarray, f"__{name}__", plain)
        if name not in _COMPARISONS:
            setattr(ndarray, f"__r{name}__", reflected)
            setattr(ndarray, f"__i{name}__", in_place)


_add_operators()


def _call(name: str, args: Any, kwargs: Any) -> Any:
    if name == "asarray" and args and isinstance(args[0], np.ndarray | np.generic):
        return _sent(*args, **kwargs)
    _refuse_host(args, kwargs)
    COUNTS.waits += _WAITING.get(name, 0)
    function = getattr(np, name)
    if name in _VARIADIC:
        if set(kwargs) - set(_VARIADIC[name]):
            raise TypeError(f"cupy.{name} has no {', '.join(kwargs)}")
        return _outside(function(*_inside(args), **kwargs))
    given = _bound(name, FUNCTIONS[name], args, kwargs)
    _checked_out(given.get("out"))
    if name == "where" and set(given) != {"condition", "x", "y"}:
        COUNTS.waits += 1
    if name in ("full_like", "ones_like", "zeros_like", "empty_like") and given.get("subok"):
        raise TypeError("subok is not supported")
    if name in ("argpartition", "partition") and not isinstance(given["kth"], int):
        raise TypeError("kth must be a number on the host")
    if name == "repeat" and isinstance(given["repeats"], ndarray):
        raise TypeError("cupy.repeat takes numbers on the host")
    if name == "copyto":
        _checked_out(given["dst"])
        if not isinstance(given["src"], ndarray | bool | int | float):
            raise TypeError(f"cupy.copyto takes no {type(given['src'])}")
    if name == "unpackbits" and given.get("axis") is not None:
        raise NotImplementedError("axis option is not supported yet")
    found = function(*_inside(tuple(args)), **{k: _inside(v) for k, v in kwargs.items()})
    if name in ("empty", "empty_like"):
        _spoil(found)
    if given.get("out") is not None:
        return given["out"]
    return _outside(found)


def _spoil(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What has not been written yet must not matter."""
    array.fill(np.nan if array.dtype.kind == "f" else 1)
    return array


def _sent(item: Any, dtype: Any = None, **_: Any) -> ndarray:
    """To the device. Always a copy there."""
    if isinstance(item, ndarray):
        return item
    array = np.array(item, dtype=dtype, order="K")
    if array.dtype.kind not in "biufc":
        raise ValueError(f"Unsupported dtype {array.dtype}")
    COUNTS.sent += 1
    return ndarray(array)


class _Generator:
    """A generator with those methods that CuPy's has."""

    def __init__(self, bits: Any) -> None:
        self._rng = bits.rng

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> ndarray:
        if out is not None:
            # CuPy fills it with one and the same number where no size is given.
            raise TypeError("Generator.random with out is not to be relied on")
        return _outside(self._rng.random(size, dtype))

    def standard_normal(
        self, size: Any = None, dtype: Any = np.float64, out: Any = None
    ) -> ndarray:
        if out is None:
            return _outside(self._rng.standard_normal(size, dtype))
        _checked_out(out)
        if not (out.flags.c_contiguous or out.flags.f_contiguous):
            raise ValueError("Supplied output array is not contiguous, writable or aligned.")
        self._rng.standard_normal(size, dtype, out._inner)
        return out

    def integers(
        self,
        low: int,
        high: int | None = None,
        size: Any = None,
        dtype: Any = np.int64,
        endpoint: bool = False,
    ) -> ndarray:
        least, most = (0, low) if high is None else (low, high)
        span = most - least - (not endpoint)
        # Its kernels take the width of the range as a signed number of 32 or of 64 bits.
        if (1 << 31) <= span < (1 << 32) or span >= (1 << 63):
            raise OverflowError("Python int too large to convert to C long")
        if np.dtype(dtype) == np.uint8 and span == 255:
            # As NumPy's words of 64 bits would be, seen as bytes.
            count = int(np.prod(size))
            words = self._rng.integers(
                0, (1 << 64) - 1, size=-(-count // 8), dtype=np.uint64, endpoint=True
            )
            return _outside(words.view(np.uint8)[:count].reshape(size))
        return _outside(self._rng.integers(least, least + span, size, dtype, endpoint=True))


def strict_cupy(stream: Callable[[int], np.random.BitGenerator] | None = None) -> ModuleType:
    """The stand-in as a module: ``sys.modules["cupy"]`` of a test.

    ``stream`` maps the word that a generator is seeded with to the bits that it draws from, to have
    those of NumPy's path; by default Philox, with that key. ``cupy.words`` collects the words.
    """
    module = ModuleType("cupy")
    module.__version__ = "strict"  # type: ignore[attr-defined]
    words: list[int] = []

    class Philox4x3210:
        def __init__(self, seed: Any = None, *, size: int = -1) -> None:
            if not isinstance(seed, np.random.SeedSequence):
                seed = np.random.SeedSequence(seed)
            word = int(seed.generate_state(1, np.uint32)[0])
            words.append(word)
            bits = np.random.Philox(key=word) if stream is None else stream(word)
            self.rng = np.random.Generator(bits)

    random = ModuleType("cupy.random")
    random.Generator, random.Philox4x3210 = _Generator, Philox4x3210  # type: ignore[attr-defined]
    cuda = ModuleType("cupy.cuda")
    cuda.is_available = lambda: True  # type: ignore[attr-defined]
    cuda.Device = lambda: type("Device", (), {"mem_info": (1 << 40, 1 << 40)})  # type: ignore[attr-defined]

    class Add:
        """cupy.add, called by its name only to add up what falls on the same place."""

        @staticmethod
        def at(a: ndarray, indices: Any, b: Any) -> None:
            _refuse_host(indices, b)
            if a.dtype not in (np.float64, np.float32, np.int32, np.uint32, np.uint64):
                raise TypeError(f"cupy.add.at does not support {a.dtype}")
            np.add.at(a._inner, _inside(indices), _inside(b))

    def asnumpy(array: ndarray) -> np.ndarray[Any, Any]:
        return array.get()

    def empty(shape: Any, dtype: Any = float) -> ndarray:
        return ndarray(_spoil(np.empty(shape, dtype)))

    for name, item in {
        "ndarray": ndarray, "random": random, "cuda": cuda, "add": Add, "asarray": _sent,
        "asnumpy": asnumpy, "empty": empty, "words": words,
        "get_default_memory_pool": lambda: type("Pool", (), {"free_bytes": lambda: 0}),
    }.items():  # fmt: skip
        setattr(module, name, item)
    return module
