"""Bias laws that meet ||b||^2 = B ||grad f||^2 + C with equality.

Each takes the size sqrt(B ||grad f||^2 + C) of every trial as (trials,) and returns b (trials, d).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numerics.backend import Array
from numerics.oracles.noise import unit
from numerics.registry import Registry

BiasLaw = Callable[[Any, Array, Any], Array]

#: Every bias law by name.
BIAS_LAWS: Registry[BiasLaw] = Registry("bias law")


@BIAS_LAWS.add("opposing")
def opposing(rng: Any, gradient: Array, size: Any) -> Array:
    """Straight against the gradient; a fixed unit vector where the gradient is 0."""
    b: Array = unit(gradient)
    b *= -size[:, None]
    return b


@BIAS_LAWS.add("fixed")
def fixed(rng: Any, gradient: Array, size: Any) -> Array:
    """Always along the all-ones vector."""
    b: Array = np.full_like(gradient, gradient.shape[1] ** -0.5)
    b *= size[:, None]
    return b


@BIAS_LAWS.add("random")
def uniform(rng: Any, gradient: Array, size: Any) -> Array:
    """Return a fresh direction, uniform on the sphere, drawn before the noise and independent of
    it.
    """
    b: Array = rng.standard_normal(gradient.shape)
    b *= (size / np.sqrt(np.einsum("ij,ij->i", b, b)))[:, None]
    return b
