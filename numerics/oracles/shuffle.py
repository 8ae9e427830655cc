"""One pass over a finite sum in random order, seen as one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError
from numerics.oracles.base import Oracle
from numerics.problems.base import FiniteSum, Problem
from numerics.validation import real


@dataclass(frozen=True)
class ShuffledPass(Oracle):
    """From x^0 = x the m steps x^{i+1} = x^i - (gamma/m) grad f_{pi_i}(x^i), pi a fresh uniform
    permutation, and g~ = (x - x^m)/gamma, so that x - gamma g~ = x^m.

    ``gamma`` is the step of the method that uses the estimate. The gradients are taken at points
    that move with pi, so g~ is biased; all of its error counts as bias. ``young`` > 0 trades B_h
    for delta2 (:meth:`FiniteSum.spread`).
    """

    gamma: float
    young: float = 1.0
    name: str = "shuffle"
    title = "one pass in random order as one step"
    random = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "gamma", real("gamma", self.gamma, above=0))
        object.__setattr__(self, "young", real("young", self.young, above=0))

    def calls(self, problem: Problem) -> int:
        """One component gradient for each of the m components."""
        return _finite_sum(problem).components

    def constants(self, problem: Problem) -> dict[str, float]:
        """``gamma``, the number ``m`` of components, their smoothness ``L_max``, and ``B_h``,
        ``delta2`` of their dissimilarity.
        """
        finite = _finite_sum(problem)
        relative, absolute = finite.spread(self.young)
        return {
            "gamma": self.gamma,
            "m": float(finite.components),
            "L_max": finite.constants["L_max"],
            "B_h": relative,
            "delta2": absolute,
        }

    def bias(self, problem: Problem, x: Array, gradient: Array, rng: Any) -> Array | float:
        """The whole error."""
        error = self.draw(problem, x, gradient, rng, np.empty_like(x))
        error -= gradient
        return error

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """One pass per trial, each in its own order."""
        finite = _finite_sum(problem)
        m = finite.components
        order = np.argsort(rng.random((len(x), m)), axis=1)
        point, single = x.copy(), np.empty_like(x)
        # Summing gradients instead of subtracting points keeps all digits for small gamma.
        out[...] = 0.0
        for i in range(m):
            finite.sample_gradient(point, order[:, i : i + 1], single)
            single /= m
            out += single
            np.multiply(out, -self.gamma, out=point)
            point += x
        return out


def _finite_sum(problem: Problem) -> FiniteSum:
    if not isinstance(problem, FiniteSum):
        raise InputError(
            f"random shuffling needs a finite sum, problem {problem.name!r} is not one"
        )
    return problem
