"""Estimates of a composition's gradient from inner batches: biased, since F is not linear."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.audit_result import (
    MOST_ROUNDS,
    Finding,
    draws,
    finding,
    of_drift,
    of_mean,
    ratio,
)
from numerics.backend import Array
from numerics.errors import InputError
from numerics.evidence import Drift, Excess
from numerics.oracles.base import Oracle
from numerics.oracles.noise import NOISE_LAWS
from numerics.oracles.worker_findings import along_workers, squares
from numerics.problems.base import Problem
from numerics.problems.composite import Composite
from numerics.rounding import up
from numerics.validation import choice, flag, integer, real

_LAWS = ("gaussian", "rademacher")


@dataclass(frozen=True)
class Nested(Oracle):
    """g~ = (1/n) sum_i J~_i' grad F~_i(h~_i), each part from its own batch of size S.

    S is ``batch_inner``. For every task, independently and independent of one another:
    E||h~ - h||^2 = sigma_h2/S and E||grad F~ - grad F||^2 = sigma_F2/S, both of mean zero by
    ``noise_law`` ("gaussian" or "rademacher"), and ||J~ - J||^2 = sigma_J2/S in operator norm: a
    fair sign on each diagonal entry, or with ``jacobian_bias`` a fixed shrinking, J~ = J - s I,
    whose mean is not zero. One draw stands for the mean of a whole batch: the theory sees only its
    second moment. All of the error counts as bias.
    """

    batch_inner: int = 1
    sigma_F2: float = 0.0
    noise_law: str = "gaussian"
    jacobian_bias: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "batch_inner", integer("batch_inner", self.batch_inner))
        for name in ("sigma_F2", *self._variance_names):
            object.__setattr__(self, name, real(name, getattr(self, name), least=0))
        choice("noise law", self.noise_law, _LAWS)
        object.__setattr__(self, "jacobian_bias", flag("jacobian_bias", self.jacobian_bias))

    @property
    @abstractmethod
    def _variance_names(self) -> tuple[str, str]:
        """The fields that hold the variances of the inner map and of its Jacobian."""

    @abstractmethod
    def _variances(self, problem: Composite) -> tuple[float, float]:
        """sigma_h2 and sigma_J2 on this problem."""

    @property
    def title(self) -> str:  # type: ignore[override]
        """Size of the batches and the law."""
        shrunk = ", Jacobians shrunk" if self.jacobian_bias else ""
        return f"{self.name}, inner batches of {self.batch_inner}, {self.noise_law}{shrunk}"

    @property
    def random(self) -> bool:
        """Return whether a part is noisy; a fixed error of the Jacobian is not."""
        of_map, of_jacobian = (getattr(self, name) for name in self._variance_names)
        return bool(of_map or self.sigma_F2 or (of_jacobian and not self.jacobian_bias))

    def calls(self, problem: Problem) -> int:
        """Three batches for every task."""
        return 3 * self._fitting(problem).tasks

    def constants(self, problem: Problem) -> dict[str, float]:
        """``batch_inner``, ``sigma_h2``, ``sigma_J2``, ``sigma_F2`` and the problem's ``ell_h``,
        ``ell_F``, ``L_F``, ``n``.

        Raises InputError where the problem is no composition, or a noisy Jacobian would multiply an
        unbounded gradient.
        """
        problem = self._fitting(problem)
        of_map, of_jacobian = self._variances(problem)
        return {
            "batch_inner": float(self.batch_inner),
            "sigma_h2": of_map,
            "sigma_J2": of_jacobian,
            "sigma_F2": self.sigma_F2,
            **{name: problem.constants[name] for name in ("ell_h", "ell_F", "L_F", "n")},
        }

    def errors(self, problem: Problem, trials: int, rng: Any) -> tuple[Any, Any, Any]:
        """Return one draw of h~ - h, of the diagonal of J~ - J and of grad F~ - grad F: arrays
        (trials, n, d), or one number where that error is the same for all.
        """
        problem = self._fitting(problem)
        n, d = problem.tasks, problem.dimension
        of_map, of_jacobian = (v / self.batch_inner for v in self._variances(problem))
        # Created like the problem's arrays, so on their device.
        blank = np.empty_like(problem.centres, shape=(trials * n, d))

        def noise(law: str, level: float) -> Any:
            if level == 0:
                return 0.0
            out = np.empty_like(blank)
            NOISE_LAWS[law](rng, out, level, out)
            return out.reshape(trials, n, d)

        inner = noise(self.noise_law, of_map)
        if self.jacobian_bias:
            jacobian: Any = -(of_jacobian**0.5)
        else:
            jacobian = noise("rademacher", d * of_jacobian)
        return inner, jacobian, noise(self.noise_law, self.sigma_F2 / self.batch_inner)

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """Return one estimate per trial: the mean over the tasks."""
        problem = self._fitting(problem)
        inner, jacobian, outer = self.errors(problem, len(x), rng)
        terms = problem.outer_gradient(problem.inner(x) + inner)
        terms += outer
        terms *= problem.jacobian(x) + jacobian
        terms.mean(axis=1, out=out)
        return out

    def error_bound(self, problem: Problem, squared_norm: float) -> float:
        """Of three parts, from J~, grad F~ and h~: their sum, since they are orthogonal where J~ is
        unbiased, and three times that otherwise.
        """
        c = self.constants(problem)
        S = self.batch_inner
        outer = c["ell_h"] ** 2 * (c["sigma_F2"] + c["L_F"] ** 2 * c["sigma_h2"]) / S
        through = 0.0
        if c["sigma_J2"] > 0:
            through = c["sigma_J2"] / S * (c["ell_F"] ** 2 + c["sigma_F2"] / S)
        return up((3 if self.jacobian_bias else 1) * (through + outer), 12)

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Return the constants of the maps at the points and at h~, and the moments of the
        batches.
        """
        c, problem, S = self.constants(problem), self._fitting(problem), self.batch_inner
        count = draws(problem.width) if self.random else 2
        variances = {"inner map": c["sigma_h2"] / S, "outer noise": c["sigma_F2"] / S}
        sizes = {name: Excess() for name in variances}
        drift, bent, steep, curved, largest = Drift(), [], [], [], []
        for _ in range(MOST_ROUNDS):
            for i, x in enumerate(points[:, None]):
                h, J = problem.inner(x), problem.jacobian(x)
                errors = self.errors(problem, count, rng)
                moved = problem.outer_gradient(h + errors[0])
                change = np.sqrt(squares(moved - problem.outer_gradient(h)))
                rounding = 1e-14 * c["L_F"] * (1 + np.abs(h).max() + np.abs(problem.centres).max())
                bent.append(np.abs(J).max() / c["ell_h"])
                steep.append(float(ratio(np.sqrt(squares(moved).max()), c["ell_F"])))
                whole = [error + np.zeros_like(moved) for error in errors]
                reach = c["L_F"] * np.sqrt(squares(whole[0]))
                curved.append(ratio(change, reach, rounding * problem.dimension).max())
                largest.append(float(ratio(np.abs(whole[1]).max() ** 2, c["sigma_J2"] / S)))
                for (name, allowed), error in zip(variances.items(), whole[::2], strict=True):
                    sizes[name].add(ratio(squares(error), allowed), i)
                    drift.add(along_workers(error, J[0], allowed, 0.0), (name, i))
                if not self.jacobian_bias:
                    # The mean square of a diagonal is at most d times that of its largest entry.
                    allowed = c["sigma_J2"] / S * problem.dimension
                    drift.add(along_workers(whole[1], J[0], allowed, 0.0), ("Jacobian", i))
            watched = (*sizes.values(), drift)
            if not self.random or not any(one.suspicious for one in watched):
                break
        curved.append(_bend(problem, points, rng, c["L_F"]))
        of_map, of_jacobian = self._variance_names
        return [
            finding("inner Jacobian", f"||J_i|| <= ell_h = {c['ell_h']:.6g}",
                    [*bent, _steepest(problem, points) / c["ell_h"]], ("ell_h",)),
            finding("outer gradient", f"||grad F_i|| <= ell_F = {c['ell_F']:.6g}, at h~ too",
                    steep, ("ell_F",)),
            finding("outer smooth", f"grad F_i is Lipschitz with L_F = {c['L_F']:.6g}", curved,
                    ("L_F",)),
            of_mean("inner map", f"E||h~ - h||^2 <= sigma_h2/S, sigma_h2 = {c['sigma_h2']:.6g},"
                    f" S = {S}", sizes["inner map"], ("sigma_h2", of_map, "batch_inner")),
            finding("inner Jacobian error", "||J~ - J||^2 <= sigma_J2/S, sigma_J2 ="
                    f" {c['sigma_J2']:.6g}, S = {S}", largest, ("sigma_J2", of_jacobian)),
            of_mean("outer noise", "E||grad F~ - grad F||^2 <= sigma_F2/S, sigma_F2 ="
                    f" {c['sigma_F2']:.6g}, S = {S}", sizes["outer noise"], ("sigma_F2",)),
            of_drift("zero mean", "E h~ = h, E grad F~ = grad F"
                     + ("" if self.jacobian_bias else ", E J~ = J"), drift),
        ]  # fmt: skip

    def _fitting(self, problem: Problem) -> Composite:
        if not isinstance(problem, Composite):
            raise InputError(
                f"{self.name} estimates need a composition, problem {problem.name!r} is not one;"
                " take composite or maml"
            )
        if self._variances(problem)[1] > 0 and problem.constants["ell_F"] == np.inf:
            raise InputError(
                f"{self._variance_names[1]} must be 0 on {problem.title}: the gradients of these"
                " tasks are unbounded (ell_F is infinite)"
            )
        return problem


def _steepest(problem: Composite, points: Array) -> float:
    """Return the largest slope of the inner maps found in any coordinate of a wide grid."""
    return float(np.abs(problem.jacobian(wide_grid(problem, points))).max())


def wide_grid(problem: Composite, points: Array) -> Array:
    """Points (count, d) with one value in all coordinates, from far below all centres and the first
    of the ``points`` to far above.
    """
    reach = 2 * float(np.abs(points[0]).max() + np.abs(problem.centres).max()) + 1
    grid: Array = np.linspace(-reach, reach, 1025)[:, None] * np.ones(problem.dimension)
    return grid


def _bend(problem: Composite, points: Array, rng: np.random.Generator, L_F: float) -> float:
    """Return the largest found change of an outer gradient over that of its argument, over L_F:
    along the direction in which it changes most, near the centres and at the points.
    """
    worst = 0.0
    for u in (problem.centres[None], *(problem.inner(x[None]) for x in points)):
        u = u + np.zeros_like(problem.centres)
        v = rng.standard_normal(u.shape)
        step = 1e-3 * (1 + np.abs(u).max())
        at = problem.outer_gradient(u)
        for _ in range(16):
            v /= np.maximum(np.sqrt(squares(v)), 1e-300)[..., None]
            v = (problem.outer_gradient(u + step * v) - at) / step
        slip = 1e-14 * np.abs(at).max() / step
        worst = max(worst, (float(np.sqrt(squares(v).max())) - slip) / L_F)
    return worst
