"""What a gradient estimator is to the simulator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from numerics.backend import Array
from numerics.problems.base import Problem


class Oracle(ABC):
    """An estimate g~ = grad f + b + z with ||b||^2 <= B||grad f||^2 + C, E z = 0 and
    E||z||^2 <= M||grad f||^2 + sigma2, both given the past.

    What is random in b is drawn before z and independently of it, so b counts as known when z is
    drawn, and <z, b> = 0 in expectation.
    """

    name: str
    title: str

    @property
    @abstractmethod
    def random(self) -> bool:
        """Whether two draws at the same point can differ."""

    @abstractmethod
    def constants(self, problem: Problem) -> dict[str, float]:
        """``B``, ``C``, ``M`` and ``sigma2`` of this oracle on this problem, rounded up.

        Raises InputError where the oracle does not fit the problem.
        """

    @abstractmethod
    def bias(self, problem: Problem, x: Array, gradient: Array, rng: Any) -> Array | float:
        """b at each row; what :meth:`draw` adds when its generator stands where ``rng`` does."""

    @abstractmethod
    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """One estimate per trial, into ``out`` (trials, d), which is returned.

        ``x`` and ``gradient`` (trials, d) are the points and the true gradients there; neither is
        changed.
        """

    def calls(self, problem: Problem) -> int:
        """Sampled gradients that one estimate takes, for the plan of a run; 0 where it samples
        none and only adds to the true gradient.
        """
        return 0
