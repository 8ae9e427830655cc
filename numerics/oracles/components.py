"""Single components of a finite sum, one pass after another in random order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from numerics.audit_result import Finding
from numerics.backend import Array
from numerics.oracles.base import Oracle, Sampler
from numerics.oracles.shuffle import finite_sum, smooth_components
from numerics.problems.base import FiniteSum, Problem


@dataclass(frozen=True)
class ComponentPass:
    """One pass over the m components: ``order`` (trials, m) is a permutation for each trial."""

    finite: FiniteSum
    order: npt.NDArray[np.intp]

    def at(self, j: int) -> Sampler:
        """Return the j-th component of the pass, 0 <= j < m, as points (trials, d) -> its
        gradients.
        """
        indices = self.order[:, j : j + 1]
        return lambda x: self.finite.sample_gradient(x, indices)


@dataclass(frozen=True)
class ShuffledComponents(Oracle):
    """grad f_i for the i of a fresh uniform permutation of 0..m-1 for every m steps and trial.

    One draw alone is a uniform component.
    """

    name: str = "components"
    uses_gradient: ClassVar[bool] = False
    title = "single components in random order"
    random = True

    def calls(self, problem: Problem) -> int:
        """Return one component gradient."""
        return 1

    def constants(self, problem: Problem) -> dict[str, float]:
        """Return the number ``m`` of components and their smoothness ``L_max``."""
        finite = finite_sum(problem)
        return {"m": float(finite.components), "L_max": finite.constants["L_max"]}

    def cycle_sampler(self, problem: Problem, trials: int, rng: Any) -> ComponentPass:
        """Return a fresh order for each trial; to be made at the start of every pass of m steps."""
        finite = finite_sum(problem)
        keys = rng.random((trials, finite.components))
        return ComponentPass(finite, np.argsort(keys, axis=1))

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """Return a uniform component per trial."""
        finite = finite_sum(problem)
        indices = rng.integers(0, finite.components, size=(len(x), 1))
        return finite.sample_gradient(x, indices, out)

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Smoothness of every component between the points."""
        return [smooth_components(finite_sum(problem), points)]
