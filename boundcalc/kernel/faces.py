"""The update of a proof must be the update that runs.

An algorithm could tell abstract vectors from arrays and do one thing for the proof and another in
the simulation. Both are asked here, at the same numbers, and must agree: at the start, and in steps
with and without a new snapshot. The abstract ones are asked with the :class:`Draws` of a proof.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Basis, MeanOf, Own, Projected, SignOf, Vector, vector
from boundcalc.kernel.draws import Draws
from boundcalc.kernel.transition import Algorithm, Oracle, samples

__all__ = ["require_one_update"]

Array = npt.NDArray[np.float64]

_POINTS, _DIMENSION, _CLOSE = 3, 4, 1e-9


def require_one_update(algorithm: Algorithm, oracle: Oracle) -> None:
    """Raise :class:`ProofError` where what is done to vectors and to arrays differs."""
    draw = random.Random(0)
    symbols = {p: sp.Symbol(p, real=True) for p in algorithm.parameters}
    owned = getattr(algorithm, "owned", ())
    of_workers = oracle.estimate(vector("x", "x")).of_workers
    for _ in range(_POINTS):
        numbers = {p: draw.uniform(0.1, 0.9) for p in algorithm.parameters}
        arrays = {name: _drawn(draw) for name in (*algorithm.state, "average", "gradient")}
        maps = _Maps(draw)
        values = _Values(maps, arrays, {symbols[p]: v for p, v in numbers.items()})
        abstract = {name: _opaque(name, name in owned) for name in algorithm.state}
        start = {name: arrays[name] for name in algorithm.state}

        def compare(made: Mapping[str, Any], run: Mapping[str, Any], values: _Values) -> None:
            for name, expected in made.items():
                if not np.allclose(run[name], values.of(expected), rtol=_CLOSE, atol=_CLOSE):
                    raise ProofError(
                        f"{algorithm.name} does one thing to vectors, another to arrays"
                    )

        x, average = abstract["x"], vector("average", "average")
        begun = algorithm.initial(start["x"], arrays["average"])
        compare(algorithm.initial(x, average), begun, values)
        states: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = [(abstract, start)]
        if hasattr(algorithm, "restart"):
            states.append((algorithm.restart(abstract), algorithm.restart(start)))
            compare(*states[-1], values)
        for vectors, run in states:
            given: Any = vector("gradient", "g")
            number: Any = arrays["gradient"]
            if samples(algorithm):
                drawn = _Abstract(values, of_workers)
                given, number = Draws(drawn, [drawn]), maps
            made = algorithm.update(vectors, given, symbols)
            compare(made, algorithm.update(run, number, numbers), values)


class _Maps:
    """In place of what a step draws, any maps will do: affine ones, of slopes of their own.

    A mean is linear, and to cut coordinates is what it is.
    """

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._parts: dict[tuple[str, float], tuple[Array, Array]] = {}

    def apply(self, what: str, argument: Array, radius: float = 1.0) -> Array:
        """The map of that name and radius at the argument."""
        if (what, radius) not in self._parts:
            self._parts[what, radius] = _drawn(self._draw), _drawn(self._draw)
        slope, shift = self._parts[what, radius]
        return slope * argument + (0 if what == "mean" else shift)

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
        return np.clip(argument, -radius, radius)


class _Values:
    """What vectors are worth at one choice of arrays and numbers."""

    def __init__(
        self, maps: _Maps, arrays: dict[str, Array], numbers: Mapping[sp.Symbol, float]
    ) -> None:
        self._maps, self._arrays, self._numbers = maps, arrays, numbers

    def number(self, value: sp.Expr) -> float:
        """The value of a formula in the parameters."""
        return float(value.subs(self._numbers))

    def of(self, expected: Vector) -> Array:
        """The value of a vector."""
        total = np.zeros((1, _DIMENSION))
        for basis, weight in expected.coefficients.items():
            total = total + self.number(weight) * self._of_basis(basis)
        return total

    def _of_basis(self, basis: Basis) -> Array:
        if isinstance(basis, SignOf) and basis.argument is not None:
            return np.sign(self.of(basis.argument))
        if isinstance(basis, Projected) and basis.argument is not None:
            return self._maps.project(self.of(basis.argument), self.number(basis.radius))
        if isinstance(basis, MeanOf) and basis.of is not None:
            return self._maps.mean(self._of_basis(basis.of))
        return self._arrays[basis.name]

    def note(self, what: str, argument: Vector, *radius: sp.Expr, own: bool) -> Vector:
        """An opaque vector in place of what is drawn; what it is worth is noted."""
        name = f"drawn{len(self._arrays)}"
        numbers = [self.number(r) for r in radius]
        self._arrays[name] = self._maps.apply(what, self.of(argument), *numbers)
        return _opaque(name, own)


class _Abstract:
    """The same maps on vectors, as the oracle and the assumptions that make a step's draws."""

    def __init__(self, values: _Values, of_workers: bool) -> None:
        self._values, self._of_workers = values, of_workers

    def estimate(self, point: Vector) -> Vector:
        return self._values.note("sample", point, own=self._of_workers)

    def gradient(self, point: Vector) -> Vector:
        return self._values.note("full", point, own=False)

    def compressed(self, vector: Vector) -> Vector:
        return self._values.note("compress", vector, own=vector.of_workers)

    def stochastic_signs(self, vector: Vector, radius: sp.Expr) -> Vector:
        return self._values.note("stochastic_signs", vector, radius, own=vector.of_workers)

    def stochastic_directions(self, vector: Vector) -> Vector:
        return self._values.note("stochastic_directions", vector, own=vector.of_workers)


def _opaque(name: str, own: bool) -> Vector:
    return Vector({(Own if own else Basis)(name, name): 1})


def _drawn(draw: random.Random) -> Array:
    return np.array([[draw.uniform(-1, 1) for _ in range(_DIMENSION)]])
