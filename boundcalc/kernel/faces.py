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
        abstract = {name: vector(name, name) for name in algorithm.state}
        start = dict(arrays)
        at = {symbols[p]: v for p, v in numbers.items()}
        if hasattr(algorithm, "restart"):
            _compare(algorithm, algorithm.restart(abstract), algorithm.restart(start), arrays, at)
        given: Any = vector("gradient", "g")
        arrays["gradient"] = _drawn(draw)
        number: Any = arrays["gradient"]
        if samples(algorithm):
            maps = _Maps(draw)
            given, number = _Abstract(maps, arrays, at), maps
        made = algorithm.update(abstract, given, symbols)
        _compare(algorithm, made, algorithm.update(start, number, numbers), arrays, at)


def _compare(
    algorithm: Algorithm,
    made: Mapping[str, Any],
    run: Mapping[str, Any],
    arrays: Mapping[str, Array],
    at: Mapping[sp.Symbol, float],
) -> None:
    for name, expected in made.items():
        if not np.allclose(run[name], _value(expected, arrays, at), rtol=_CLOSE, atol=_CLOSE):
            raise ProofError(f"{algorithm.name} does one thing to vectors, another to arrays")


class _Maps:
    """In place of what a step draws, any maps will do: affine ones, of slopes of their own."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._parts: dict[tuple[str, float], tuple[Array, Array]] = {}

    def apply(self, what: str, argument: Array, radius: float = 1.0) -> Array:
        """The map of that name and radius at the argument."""
        if (what, radius) not in self._parts:
            self._parts[what, radius] = _drawn(self._draw), _drawn(self._draw)
        slope, shift = self._parts[what, radius]
        return slope * argument + shift

    def __call__(self, point: Array) -> Array:
        return self.apply("sample", point)

    def full(self, point: Array) -> Array:
        return self.apply("full", point)

    def compress(self, argument: Array) -> Array:
        return self.apply("compress", argument)

    def stochastic_signs(self, argument: Array, radius: float) -> Array:
        return self.apply("stochastic_signs", argument, radius)

    def stochastic_directions(self, argument: Array) -> Array:
        return self.apply("stochastic_directions", argument)

    def mean(self, argument: Array) -> Array:
        return self.apply("mean", argument)

    def project(self, argument: Array, radius: float) -> Array:
        return self.apply("project", argument, radius)


class _Abstract:
    """The same maps on vectors: each result is opaque, and what it is worth is noted."""

    def __init__(
        self, maps: _Maps, arrays: dict[str, Array], at: Mapping[sp.Symbol, float]
    ) -> None:
        self._maps, self._arrays, self._at = maps, arrays, at

    def _opaque(self, what: str, argument: Vector, *radius: Any) -> Vector:
        name = f"drawn{len(self._arrays)}"
        numbers = [float(sp.sympify(r).subs(self._at)) for r in radius]
        value = _value(argument, self._arrays, self._at)
        self._arrays[name] = self._maps.apply(what, value, *numbers)
        return vector(name, what)

    def __call__(self, point: Vector) -> Vector:
        return self._opaque("sample", point)

    def __getattr__(self, what: str) -> Any:
        if what not in vars(_Maps):
            raise ProofError(f"no step can draw {what!r}")
        return lambda *arguments: self._opaque(what, *arguments)


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
