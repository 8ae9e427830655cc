"""Checks of single arguments, each refusing with one clear line.

Numbers may arrive as any number that a command line parses to: an integer option accepts 10.0.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError, unknown


def integer(name: str, value: object, *, least: int = 1) -> int:
    """``value`` as an int that is at least ``least``."""
    wanted = f"{name} must be an integer >= {least}, got {value!r}"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise InputError(wanted)
    number = float(value)
    if not math.isfinite(number) or not number.is_integer() or number < least:
        raise InputError(wanted)
    # An int passes as it is: a float would lose digits beyond 2^53.
    return value if isinstance(value, int) else int(number)


def real(name: str, value: object, *, least: float = -math.inf, above: float = -math.inf) -> float:
    """``value`` as a finite float with ``value >= least`` and ``value > above``."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise InputError(f"{name} must be a number, got {value!r}")
    if not math.isfinite(value):
        raise InputError(f"{name} must be finite, got {value!r}")
    if value < least:
        raise InputError(f"{name} must be >= {least:g}, got {value!r}")
    if value <= above:
        raise InputError(f"{name} must be > {above:g}, got {value!r}")
    return float(value)


def flag(name: str, value: object) -> bool:
    """``value`` as a bool; 0 and 1 are accepted."""
    if isinstance(value, bool) or (isinstance(value, numbers.Real) and value in (0, 1)):
        return bool(value)
    raise InputError(f"{name} must be true or false, got {value!r}")


def choice(name: str, value: object, options: Iterable[str]) -> str:
    """``value`` if it is one of the ``options``."""
    known = tuple(options)
    if not isinstance(value, str) or value not in known:
        raise unknown(name, value, known)
    return value


def vector(name: str, value: object, dimension: int) -> Array:
    """``value`` as an array (dimension,): a number stands for that number in every coordinate."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be a number or a list of numbers, got {value!r}") from None
    if array.ndim == 0:
        array = np.full(dimension, float(array))
    if array.shape != (dimension,):
        raise InputError(f"{name} must have {dimension} entries, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise InputError(f"{name} must be finite")
    return array.copy()
