"""What one step of a method may draw, on the abstract vectors of a proof.

The counterpart on arrays is :mod:`numerics.draws`. What is drawn has the properties that the
theorem assumes of it, and no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.integrity import require_vector
from boundcalc.kernel.vectors import Vector

__all__ = ["Draws"]


class Draws:
    """One step's sample, and what is drawn after it."""

    def __init__(self, oracle: Any, assumes: Sequence[object]) -> None:
        self._oracle = oracle
        self._assumes = assumes
        self._stages: set[int] = set()
        #: All that was drawn, to be compared with what a method makes of it.
        self.drawn: list[Vector] = []
        #: Of what stochastic signs were taken, the radius that it must not exceed, and the signs.
        self.signed: list[tuple[Vector, sp.Expr, Vector]] = []

    def __call__(self, point: Vector) -> Vector:
        """The gradient of this step's sample: the same sample at every point.

        Raises :class:`ProofError` for points of which one is known before the other: what is drawn
        at the later one would count as independent of the earlier.
        """
        self._stages.add(_of_server(point).stage)
        if len(self._stages) > 1:
            raise ProofError("a sample is asked for at points that are not known at one time")
        return self._noted(self._oracle.estimate(point))

    def full(self, point: Vector) -> Vector:
        """The gradient itself."""
        return self._noted(self._oracle.gradient(_of_server(point)))

    def compress(self, vector: Vector) -> Vector:
        """The vector as the compressor sends it."""
        return self._once(self._by("compressed")(require_vector(vector)))

    def stochastic_signs(self, vector: Vector, radius: sp.Expr) -> Vector:
        """Signs that are ``vector / radius`` in the mean, if no coordinate exceeds the radius."""
        radius = sp.sympify(radius)
        made = self._by("stochastic_signs")(require_vector(vector), radius)
        self.signed.append((vector, radius, self._once(made)))
        return self.signed[-1][2]

    def stochastic_directions(self, vector: Vector) -> Vector:
        """Stochastic signs whose radius is the Euclidean norm of the vector."""
        return self._once(self._by("stochastic_directions")(require_vector(vector)))

    def mean(self, vector: Vector) -> Vector:
        """The mean over the workers; raises :class:`ProofError` for a vector of the server."""
        if not require_vector(vector).of_workers:
            raise ProofError(f"the workers have no {vector!r} of their own to take the mean of")
        return self._noted(vector.mean())

    def project(self, vector: Vector, radius: sp.Expr) -> Vector:
        """The coordinates cut to ``[-radius, radius]``."""
        return self._noted(require_vector(vector).projected(sp.sympify(radius)))

    def _by(self, name: str) -> Any:
        found = [a for a in self._assumes if hasattr(a, name)]
        if len(found) != 1:
            raise ProofError(f"exactly one assumption must say what {name} are")
        return getattr(found[0], name)

    def _once(self, drawn: Any) -> Vector:
        """What is drawn anew at every call: by its name here it would be the same one."""
        if require_vector(drawn) in self.drawn:
            raise ProofError(f"{drawn!r} is drawn twice: draw it once, and use that twice")
        return self._noted(drawn)

    def _noted(self, drawn: Any) -> Vector:
        self.drawn.append(require_vector(drawn))
        return self.drawn[-1]


def _of_server(point: Vector) -> Vector:
    if require_vector(point).of_workers:
        raise ProofError("the workers' samples are taken at the server's points alone")
    return point
