"""One pass over a finite sum in random order, seen as one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from numerics.audit_result import Finding, finding, ratio
from numerics.backend import Array
from numerics.errors import InputError
from numerics.oracles.base import Oracle
from numerics.problems.base import FiniteSum, Problem, squared_norm
from numerics.rounding import up
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
    uses_gradient: ClassVar[bool] = False
    title = "one pass in random order as one step"
    random = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "gamma", real("gamma", self.gamma, above=0))
        object.__setattr__(self, "young", real("young", self.young, above=0))

    def calls(self, problem: Problem) -> int:
        """Return one component gradient for each of the m components."""
        return finite_sum(problem).components

    def constants(self, problem: Problem) -> dict[str, float]:
        """``gamma``, the number ``m`` of components, their smoothness ``L_max``, and ``B_h``,
        ``delta2`` of their dissimilarity.
        """
        finite = finite_sum(problem)
        relative, absolute = finite.spread(self.young)
        return {
            "gamma": self.gamma,
            "m": float(finite.components),
            "L_max": finite.constants["L_max"],
            "B_h": relative,
            "delta2": absolute,
        }

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """Return one pass per trial, each in its own order."""
        finite = finite_sum(problem)
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

    def error_bound(self, problem: Problem, squared_norm: float) -> float:
        """kappa (r ||grad f||^2 + (m + 1)/(6 m^2) (B_h ||grad f||^2 + delta2)) with
        r = (m - 1)(2m - 1)/(6 m^2) and kappa = q/(1 - sqrt(q/2))^2, q = (L_max gamma)^2.

        The gradients are off by L_max ||x^i - x||, whose mean square is bounded by Young's
        inequality (here with its best weight) and the moments of sampling without replacement.
        """
        c = self.constants(problem)
        m, root = c["m"], up(c["L_max"] * self.gamma / 2**0.5, 4)
        if root >= 1:
            raise InputError(
                f"no bound of the first estimate's error is known for gamma = {self.gamma:g}:"
                f" it must be < sqrt(2)/L_max = {2**0.5 / c['L_max']:.6g}"
            )
        apart = (m + 1) / (6 * m * m) * (c["B_h"] * squared_norm + c["delta2"])
        common = (m - 1) * (2 * m - 1) / (6 * m * m) * squared_norm
        return up(up(2 * root * root / (1 - root) ** 2, 12) * (common + apart), 16)

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Smoothness of every component between the points, and their dissimilarity there."""
        finite, c = finite_sum(problem), self.constants(problem)
        gradient = finite.gradient(points)
        square = squared_norm(gradient)
        spread = np.zeros_like(square)
        for i in range(finite.components):
            single = finite.sample_gradient(points, np.full((len(points), 1), i))
            spread += squared_norm(single - gradient) / finite.components
        return [
            smooth_components(finite, points),
            finding(
                "dissimilarity",
                "mean ||grad f_i - grad f||^2 <= B_h ||grad f||^2 + delta2,"
                f" B_h = {c['B_h']:.6g}, delta2 = {c['delta2']:.6g}",
                ratio(spread, c["B_h"] * square + c["delta2"], 1e-24 * (square + spread)),
                ("B_h", "delta2"),
            ),
        ]


def smooth_components(finite: FiniteSum, points: Array) -> Finding:
    """Return whether every component is L_max-smooth between successive ``points`` (count, d)."""
    L_max = finite.constants["L_max"]
    moves = np.sqrt(squared_norm(points[1:] - points[:-1]))
    bends = np.zeros_like(moves)
    for i in range(finite.components):
        single = finite.sample_gradient(points, np.full((len(points), 1), i))
        size = np.sqrt(squared_norm(single))
        bend = np.sqrt(squared_norm(single[1:] - single[:-1]))
        bends = np.maximum(bends, bend - 1e-13 * (size[1:] + size[:-1]))
    return finding(
        "components smooth",
        f"grad f_i is Lipschitz with L_max = {L_max:.6g}",
        ratio(bends, L_max * moves),
        ("L_max", "m"),
    )


def finite_sum(problem: Problem) -> FiniteSum:
    """Return the problem itself; InputError where it is not a finite sum."""
    if not isinstance(problem, FiniteSum):
        raise InputError(
            f"random shuffling needs a finite sum, problem {problem.name!r} is not one"
        )
    return problem
