"""Estimators that are described by four numbers: bias, then noise."""

from __future__ import annotations

import copy
from abc import abstractmethod
from typing import Any

import numpy as np

from numerics.backend import Array
from numerics.findings import STANDARD_ERRORS, Finding, draws, finding, ratio
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem, squared_norm
from numerics.rounding import up


class FourNumbers(Oracle):
    """An estimate g~ = grad f + b + z with ||b||^2 <= B||grad f||^2 + C, E z = 0 and
    E||z||^2 <= M||grad f||^2 + sigma2, both given the past.

    What is random in b is drawn before z and independently of it, so b counts as known when z is
    drawn, and <z, b> = 0 in expectation. :meth:`constants` has ``B``, ``C``, ``M``, ``sigma2``.
    """

    @abstractmethod
    def bias(self, problem: Problem, x: Array, gradient: Array, rng: Any) -> Array | float:
        """b at each row; what :meth:`draw` adds when its generator stands where ``rng`` does."""

    def error_bound(self, problem: Problem, squared_norm: float) -> float:
        """(B + M) ||grad f||^2 + C + sigma2."""
        c = self.constants(problem)
        return up((c["B"] + c["M"]) * squared_norm + c["C"] + c["sigma2"], 6)

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Size of the bias, size of the noise, and that the noise has mean zero."""
        c = self.constants(problem)
        count = draws(self.width(problem)) if self.random else 2
        bias, noise, room, drift, drift_room = ([] for _ in range(5))
        for point in points:
            x = np.repeat(point[None], count, axis=0)
            gradient = problem.gradient(x)
            square = float(squared_norm(gradient)[0])
            # The bias is drawn first, so a generator in the same state gives the same one.
            b = self.bias(problem, x, gradient, copy.deepcopy(rng)) + np.zeros_like(x)
            z = self.draw(problem, x, gradient, rng, np.empty_like(x)) - gradient - b
            sizes = squared_norm(z)
            floor = 1e-24 * square
            allowed = c["M"] * square + c["sigma2"]
            error = float(sizes.std(ddof=1)) / count**0.5
            bias.append(ratio(squared_norm(b), c["B"] * square + c["C"], floor).max())
            noise.append(ratio(sizes.mean(), allowed, floor))
            room.append(STANDARD_ERRORS * error / allowed if allowed > 0 else 0.0)
            spread = float(np.sqrt(sizes.mean() / count))
            centre = float(np.sqrt(squared_norm(z.mean(axis=0)[None])[0]))
            drift.append(centre / spread if spread**2 > floor else 0.0)
            drift_room.append(STANDARD_ERRORS - 1)
        return [
            finding("bias", f"||b||^2 <= B||grad f||^2 + C, B = {c['B']:.6g}, C = {c['C']:.6g}",
                    bias),
            finding("noise", f"E||z||^2 <= M||grad f||^2 + sigma2, M = {c['M']:.6g},"
                    f" sigma2 = {c['sigma2']:.6g}", noise, room),
            finding("zero mean", "E z = 0 (mean over its standard error)", drift, drift_room),
        ]  # fmt: skip
