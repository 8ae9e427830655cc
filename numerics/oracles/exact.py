"""The true gradient."""

from __future__ import annotations

from typing import Any

from numerics.backend import Array
from numerics.oracles.base import Sampler
from numerics.oracles.biased import BiasedOracle
from numerics.problems.base import Problem


class Exact(BiasedOracle):
    """g~ = grad f."""

    name = "exact"
    title = "exact gradient"
    random = False

    def constants(self, problem: Problem) -> dict[str, float]:
        """Return all zero."""
        return {"B": 0.0, "C": 0.0, "M": 0.0, "sigma2": 0.0}

    def bias(self, problem: Problem, x: Array, gradient: Array, rng: Any) -> Array | float:
        """No bias."""
        return 0.0

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """Return a copy of the true gradient."""
        out[...] = gradient
        return out

    def sampler(self, problem: Problem, trials: int, rng: Any) -> Sampler:
        """Return the true gradient, at every point."""
        return problem.gradient

    def sample_smoothness(self, problem: Problem) -> float:
        """Return that of f."""
        return problem.constants["L"]
