"""The update of a proof must be the update that runs.

An algorithm could tell abstract vectors from arrays and do one thing for the proof and another in
the simulation. Both are asked here, at the same numbers, and must agree.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import SignOf, Vector, vector
from boundcalc.kernel.transition import Algorithm, samples

__all__ = ["require_one_update"]

Array = npt.NDArray[np.float64]

_POINTS, _DIMENSION, _CLOSE = 3, 4, 1e-9


def require_one_update(algorithm: Algorithm) -> None:
    """Raise :class:`ProofError` where the update on vectors and on arrays differ."""
    draw = random.Random(0)
    symbols = {p: sp.Symbol(p, real=True) for p in algorithm.parameters}
    for _ in range(_POINTS):
        arrays = {name: _drawn(draw) for name in algorithm.state}
        numbers = {p: draw.uniform(0.1, 0.9) for p in algorithm.parameters}
        both = _sampled if samples(algorithm) else _stepped
        made, run = both(algorithm, draw, arrays, symbols, numbers)
        at = {symbols[p]: v for p, v in numbers.items()}
        for name, expected in made.items():
            if not np.allclose(run[name], _value(expected, arrays, at), rtol=_CLOSE, atol=_CLOSE):
                raise ProofError(f"{algorithm.name} does one thing to vectors, another to arrays")


Both = tuple[Mapping[str, Any], Mapping[str, Any]]


def _stepped(
    algorithm: Algorithm,
    draw: random.Random,
    arrays: dict[str, Array],
    symbols: Mapping[str, sp.Symbol],
    numbers: Mapping[str, float],
) -> Both:
    """The update with one estimate, on vectors and on arrays; ``arrays`` learns the estimate."""
    abstract = {name: vector(name, name) for name in algorithm.state}
    start = {name: arrays[name] for name in algorithm.state}
    arrays["gradient"] = _drawn(draw)
    made = algorithm.update(abstract, vector("gradient", "g"), symbols)
    return made, algorithm.update(start, arrays["gradient"], numbers)


def _sampled(
    algorithm: Algorithm,
    draw: random.Random,
    arrays: dict[str, Array],
    symbols: Mapping[str, sp.Symbol],
    numbers: Mapping[str, float],
) -> Both:
    """The same with a sample, for which any function of the point will do."""
    abstract = {name: vector(name, name) for name in algorithm.state}
    start = {name: arrays[name] for name in algorithm.state}
    at = {symbols[p]: v for p, v in numbers.items()}
    slope, shift = _drawn(draw), _drawn(draw)
    asked: dict[Vector, Vector] = {}

    def sample(point: Vector) -> Vector:
        if point not in asked:
            name = f"sample{len(asked)}"
            asked[point] = vector(name, "s")
            arrays[name] = slope * _value(point, arrays, at) + shift
        return asked[point]

    made = algorithm.update(abstract, sample, symbols)
    return made, algorithm.update(start, lambda x: slope * x + shift, numbers)


def _drawn(draw: random.Random) -> Array:
    return np.array([[draw.uniform(-1, 1) for _ in range(_DIMENSION)]])


def _value(
    expected: Vector, arrays: Mapping[str, Array], numbers: Mapping[sp.Symbol, float]
) -> Array:
    total = np.zeros((1, _DIMENSION))
    for basis, weight in expected.coefficients.items():
        if isinstance(basis, SignOf) and basis.argument is not None:
            value: Array = np.sign(_value(basis.argument, arrays, numbers))
        else:
            value = arrays[basis.name]
        total = total + float(weight.subs(numbers)) * value
    return total
