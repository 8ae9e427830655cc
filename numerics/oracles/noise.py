"""Zero-mean noise laws that meet E||z||^2 = M ||grad f||^2 + sigma2 with equality.

Each takes the level M ||grad f||^2 + sigma2 of every trial as (trials,), or as one float where it
is the same for all (``multiplicative`` always wants an array), and fills ``out`` (trials, d).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numerics.backend import Array
from numerics.device_ops import on_device, random_bits
from numerics.problems.base import squared_norm
from numerics.registry import Registry

NoiseLaw = Callable[[Any, Array, Any, Array], None]

#: Every noise law by name.
NOISE_LAWS: Registry[NoiseLaw] = Registry("noise law")


def _column(level: Any, dimension: int) -> Any:
    """Return the standard deviation of one coordinate, ready to multiply (trials, d)."""
    scale = np.sqrt(level / dimension)
    return scale if np.ndim(scale) == 0 else scale[:, None]


@NOISE_LAWS.add("gaussian")
def gaussian(rng: Any, gradient: Array, level: Any, out: Array) -> None:
    """Independent normal coordinates of equal variance."""
    rng.standard_normal(out=out)
    out *= _column(level, out.shape[1])


@NOISE_LAWS.add("rademacher")
def rademacher(rng: Any, gradient: Array, level: Any, out: Array) -> None:
    """Every coordinate plus or minus the same size: one random bit each."""
    bits = random_bits(rng, out.size).reshape(out.shape)
    scale = _column(level, out.shape[1])
    np.multiply(bits, 2 * scale, out=out)
    out -= scale


@NOISE_LAWS.add("multiplicative")
def multiplicative(rng: Any, gradient: Array, level: Any, out: Array) -> None:
    """One fair coin per trial along the gradient (along the all-ones vector where that is 0)."""
    coins = 2.0 * rng.integers(0, 2, size=len(out)) - 1.0
    out[...] = unit(gradient)
    out *= (coins * np.sqrt(level))[:, None]


def unit(gradient: Array) -> Array:
    """gradient / ||gradient|| at each row, and the all-ones direction where the gradient is 0."""
    norm = np.sqrt(squared_norm(gradient))
    still = norm == 0
    direction: Array = gradient / np.where(still, 1.0, norm)[:, None]
    if on_device(still) or still.any():
        np.copyto(direction, gradient.shape[1] ** -0.5, where=still[:, None])
    return direction
