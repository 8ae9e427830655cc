"""What every problem knows of itself: its function, its gradient and its constants."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from numerics.backend import Array
from numerics.errors import InputError
from numerics.registry import Registry
from numerics.rounding import up


@dataclass(frozen=True)
class Enclosure:
    """Rigorous intervals at one point: of the value and of the Euclidean norm of the gradient."""

    value: tuple[float, float]
    gradient_norm: tuple[float, float]


class Problem(ABC):
    """A function to minimise whose constants are known, not estimated.

    ``constants`` holds ``L`` and, where the function is known to satisfy the Polyak-Lojasiewicz
    inequality ||grad f||^2 >= 2 mu (f - min f), ``mu``; a finite sum adds ``L_avg``, ``L_max`` and
    ``m``. Constants computed in floating point are rounded outward. ``f_inf`` is a certified lower
    bound of f, ``f_star`` a value that f attains or stays below somewhere (an upper bound of its
    infimum), equal to ``f_inf`` where the minimum is known exactly. ``minimiser`` is where f is
    least, to within ``minimiser_error`` in the norm; None where it is not one known point.
    ``convex`` tells whether the function, and those of its workers, are known to be convex.
    """

    name: str
    title: str
    dimension: int
    start: Array
    constants: dict[str, float]
    f_inf: float
    f_star: float
    minimiser: Array | None = None
    minimiser_error: float = 0.0
    convex: bool = False

    @property
    def width(self) -> int:
        """The longest row, per trial, that an evaluation touches; it sets the size of a block."""
        return self.dimension

    @property
    def Delta(self) -> float:
        """f(start) - f_inf, rounded up."""
        return max(0.0, up(self.enclose(self.start).value[1] - self.f_inf))

    @abstractmethod
    def value(self, x: Array) -> Array:
        """f at each row of ``x`` (trials, d), as (trials,)."""

    @abstractmethod
    def gradient(self, x: Array, out: Array | None = None) -> Array:
        """Return the gradient at each row of ``x`` (trials, d), as (trials, d), into ``out`` if
        given.
        """

    def value_and_gradient(self, x: Array, out: Array | None = None) -> tuple[Array, Array]:
        """Return both at once, for problems where they share work."""
        return self.value(x), self.gradient(x, out)

    @abstractmethod
    def enclose(self, x: Array) -> Enclosure:
        """Rigorous bounds of f and ||grad f|| at one point ``x`` (d,), rounding included."""

    def resident_bytes(self) -> int:
        """Bytes of the arrays that the problem keeps."""
        return sum(v.nbytes for v in vars(self).values() if isinstance(v, np.ndarray))


class FiniteSum(Problem):
    """f = (1/m) sum of f_i, with access to the single f_i."""

    components: int

    @abstractmethod
    def sample_gradient(
        self, x: Array, indices: npt.NDArray[np.intp], out: Array | None = None
    ) -> Array:
        """For each trial the mean of grad f_i over its own row of ``indices`` (trials, batch)."""

    @abstractmethod
    def spread(self, young: float = 1.0) -> tuple[float, float]:
        """(M, s2) with (1/m) sum_i ||grad f_i - grad f||^2 <= M ||grad f||^2 + s2 everywhere.

        ``young`` > 0 trades one for the other where the derivation has a free weight: near 0 it
        favours M, which suits data that are fitted exactly.
        Raises InputError where no such pair can be certified.
        """

    def sup_bound(self) -> float:
        """G >= ||grad f_i(x)||_inf for all i and x; InputError where none is known."""
        raise InputError(f"no bound of the gradients of problem {self.name!r} is known: take glm")

    def second_moment(self) -> float:
        """G2^2 >= (1/m) sum_i ||grad f_i(x)||^2 for all x; InputError where none is known."""
        raise InputError(f"no bound of the gradients of problem {self.name!r} is known: take glm")


def squared_norm(rows: Any) -> Any:
    """||row||^2 for each row of an array (trials, d)."""
    return np.einsum("ij,ij->i", rows, rows)


#: Every problem by name; a module of this package adds its own with ``@PROBLEMS.add(name)``.
PROBLEMS: Registry[Callable[..., Problem]] = Registry("problem", "numerics.problems")
