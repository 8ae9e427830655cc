"""The update of a proof must be the update that runs.

An algorithm could tell abstract vectors from arrays and do one thing for the proof and another in
the simulation. What it made of the vectors of the proof is evaluated here at numbers, and must be
what it makes of arrays of these numbers: at the start, and in steps with and without a new
snapshot.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Basis, MeanOf, Projected, SignOf, Vector
from boundcalc.kernel.transition import Recorded
from boundcalc.kernel.vectors import Asked
from boundcalc.kernel.workers import FIRST_POINT
from numerics.traits import traits

Array = npt.NDArray[np.float64]

_POINTS, _DIMENSION, _CLOSE = 3, 4, 1e-9


def require_one_update(recorded: Recorded) -> None:
    """Raise :class:`ProofError` where what is done to vectors and to arrays differs."""
    draw = random.Random(0)
    algorithm = recorded.algorithm
    for _ in range(_POINTS):
        numbers = {p: draw.uniform(0.1, 0.9) for p in algorithm.parameters}
        start = {name: _drawn(draw) for name in algorithm.state}
        gradient, average = _drawn(draw), _drawn(draw)
        maps = _Maps(draw)
        worth = {
            **{_basis(vector): start[name] for name, vector in recorded.state.items()},
            _basis(recorded.estimate): gradient,
            _basis(recorded.average): average,
            _basis(FIRST_POINT): start["x"],
        }
        values = _Values(maps, worth, {sp.Symbol(p, real=True): v for p, v in numbers.items()})

        def compare(made: Mapping[str, Vector], run: Mapping[str, Any], values: _Values) -> None:
            for name, expected in made.items():
                if not np.allclose(run[name], values.of(expected), rtol=_CLOSE, atol=_CLOSE):
                    raise ProofError(
                        f"{algorithm.name} does one thing to vectors, another to arrays"
                    )

        compare(recorded.initial, algorithm.initial(start["x"], average), values)
        number: Any = maps if traits(algorithm).samples else gradient
        compare(recorded.updated, algorithm.update(start, number, numbers), values)
        if recorded.restarted is None:
            continue
        run = algorithm.restart(start)  # type: ignore[attr-defined]
        compare(recorded.restarted, run, values)
        images = {_basis(recorded.state[n]): vector for n, vector in recorded.restarted.items()}
        following = {name: made.substitute(images) for name, made in recorded.updated.items()}
        compare(following, algorithm.update(run, number, numbers), values)


def _basis(vector: Vector) -> Basis:
    (basis,) = vector.coefficients
    return basis


class _Maps:
    """In place of what a step draws, any maps will do: affine ones, of slopes of their own.

    A mean is linear, and to cut coordinates is what it is.
    """

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._parts: dict[tuple[str, float], tuple[Array, Array]] = {}

    def apply(self, what: str, argument: Array, radius: float = 1.0) -> Array:
        """Return the map of that name and radius at the argument."""
        key = what, round(radius, 9)  # a radius is worked out in two ways
        if key not in self._parts:
            self._parts[key] = _drawn(self._draw), _drawn(self._draw)
        slope, shift = self._parts[key]
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
        self, maps: _Maps, arrays: Mapping[Basis, Array], numbers: Mapping[sp.Symbol, float]
    ) -> None:
        self._maps, self._arrays, self._numbers = maps, arrays, numbers

    def number(self, value: sp.Expr) -> float:
        """Return the value of a formula in the parameters."""
        return float(value.subs(self._numbers))

    def of(self, expected: Vector) -> Array:
        """Return the value of a vector, (1, dimension)."""
        total = np.zeros((1, _DIMENSION))
        for basis, weight in expected.coefficients.items():
            total = total + self.number(weight) * self._of_basis(basis)
        return total

    def _of_basis(self, basis: Basis) -> Array:
        if isinstance(basis, Asked) and basis.argument is not None:
            radius = [] if basis.radius is None else [self.number(basis.radius)]
            return self._maps.apply(basis.what, self.of(basis.argument), *radius)
        if isinstance(basis, SignOf) and basis.argument is not None:
            return np.sign(self.of(basis.argument))
        if isinstance(basis, Projected) and basis.argument is not None:
            return self._maps.project(self.of(basis.argument), self.number(basis.radius))
        if isinstance(basis, MeanOf) and basis.of is not None:
            return self._maps.mean(self._of_basis(basis.of))
        return self._arrays[basis]


def _drawn(draw: random.Random) -> Array:
    return np.array([[draw.uniform(-1, 1) for _ in range(_DIMENSION)]])
