"""The update of a proof must be the update that runs.

An algorithm could tell abstract vectors from arrays and do one thing for the proof and another in
the simulation. Both are asked here, at the same numbers, and must agree.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Vector, vector
from boundcalc.kernel.transition import Algorithm

__all__ = ["require_one_update"]

Array = npt.NDArray[np.float64]

_POINTS, _DIMENSION, _CLOSE = 3, 4, 1e-9


def require_one_update(algorithm: Algorithm) -> None:
    """Raise :class:`ProofError` where the update on vectors and on arrays differ."""
    draw = random.Random(0)
    names = (*algorithm.state, "gradient")
    symbols = {p: sp.Symbol(p, real=True) for p in algorithm.parameters}
    abstract = {name: vector(name, name) for name in names}
    state = {name: abstract[name] for name in algorithm.state}
    made = algorithm.update(state, abstract["gradient"], symbols)
    for _ in range(_POINTS):
        arrays = {
            name: np.array([[draw.uniform(-1, 1) for _ in range(_DIMENSION)]]) for name in names
        }
        numbers = {p: draw.uniform(0.1, 0.9) for p in algorithm.parameters}
        start = {name: arrays[name] for name in algorithm.state}
        run = algorithm.update(start, arrays["gradient"], numbers)
        for name, expected in made.items():
            value = _value(expected, arrays, {symbols[p]: v for p, v in numbers.items()})
            if not np.allclose(run[name], value, rtol=_CLOSE, atol=_CLOSE):
                raise ProofError(f"{algorithm.name} does one thing to vectors, another to arrays")


def _value(
    expected: Vector, arrays: Mapping[str, Array], numbers: Mapping[sp.Symbol, float]
) -> Array:
    total = np.zeros((1, _DIMENSION))
    for basis, weight in expected.coefficients.items():
        total = total + float(weight.subs(numbers)) * arrays[basis.name]
    return total
