"""Nested estimates in the constants of a composition, and in those of meta-learning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numerics.audit_result import Finding, finding, ratio
from numerics.backend import Array
from numerics.errors import InputError
from numerics.oracles.nested import Nested, wide_grid
from numerics.problems.base import Problem
from numerics.problems.composite import Composite
from numerics.problems.maml import Maml
from numerics.rounding import up


@dataclass(frozen=True)
class CompositeOracle(Nested):
    """The nested estimate with the variances ``sigma_h2`` of h~ and ``sigma_J2`` of J~."""

    sigma_h2: float = 0.0
    sigma_J2: float = 0.0
    name: str = "composite"
    _variance_names = ("sigma_h2", "sigma_J2")

    def _variances(self, problem: Composite) -> tuple[float, float]:
        return self.sigma_h2, self.sigma_J2


@dataclass(frozen=True)
class MamlOracle(Nested):
    """The nested estimate for MAML with inner step a: h~ = x - a g~ and J~ = I - a H~, where
    ``sigma_g2`` is the variance of g~ and ``sigma_H2`` that of H~, so that sigma_h2 = a^2 sigma_g2
    and sigma_J2 = a^2 sigma_H2; ``sigma_F2`` is the variance of the outer gradient.
    """

    sigma_g2: float = 0.0
    sigma_H2: float = 0.0
    name: str = "maml"
    _variance_names = ("sigma_g2", "sigma_H2")

    def constants(self, problem: Problem) -> dict[str, float]:
        """Return the constants as for any composition, with ``inner_step``, ``sigma_g2``,
        ``sigma_H2`` and the problem's ``L_phi``, ``ell_phi``, ``rho_phi``.
        """
        found = super().constants(problem)
        assert isinstance(problem, Maml)  # super() refuses anything else
        return found | {
            "inner_step": problem.inner_step,
            "sigma_g2": self.sigma_g2,
            "sigma_H2": self.sigma_H2,
            **{name: problem.constants[name] for name in ("L_phi", "ell_phi", "rho_phi")},
        }

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Return the constants as for any composition, and the constants of the tasks."""
        found = super().findings(problem, points, rng)
        assert isinstance(problem, Maml)  # super() refuses anything else
        c, a = problem.constants, problem.inner_step
        tasks = [
            f.worst * c[own] / c[of]
            for own, of, name in (
                ("L_F", "L_phi", "outer smooth"), ("ell_F", "ell_phi", "outer gradient")
            )
            for f in found
            if f.assumption == name and np.isfinite(c[of])
        ]  # fmt: skip
        if a:
            grid = wide_grid(problem, points)
            slopes = problem.jacobian(grid)
            tasks.append(float(np.abs(1 - slopes).max()) / (a * c["L_phi"]))
            bends = np.abs(np.diff(slopes, axis=0)).max(axis=(1, 2)) - 1e-14
            reach = a * c["rho_phi"] * np.diff(grid[:, 0])
            tasks.append(float(ratio(bends, reach).max()))
        stated = f"L_phi = {c['L_phi']:.6g}, ell_phi = {c['ell_phi']:.6g}, rho_phi ="
        names = ("L_phi", "ell_phi", "rho_phi")
        return [*found, finding("tasks", f"{stated} {c['rho_phi']:.6g}", tasks, names)]

    def _variances(self, problem: Composite) -> tuple[float, float]:
        if not isinstance(problem, Maml):
            raise InputError(
                f"maml estimates need MAML tasks, problem {problem.name!r} has none; take maml, or"
                " the composite estimates"
            )
        square = problem.inner_step**2
        return up(square * self.sigma_g2, 4), up(square * self.sigma_H2, 4)
