"""Estimators that are described by four numbers: bias, then noise."""

from __future__ import annotations

import copy
import math
from abc import abstractmethod
from typing import Any

import numpy as np

from numerics.audit_result import (
    MOST_ROUNDS,
    SLIP,
    Finding,
    along_known,
    draws,
    finding,
    of_drift,
    of_mean,
    ratio,
)
from numerics.backend import Array
from numerics.evidence import Drift, Excess
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem, squared_norm
from numerics.rounding import up


class BiasedOracle(Oracle):
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

    def sample_variance(self, problem: Problem, squared_norm: float) -> float:
        """M ||grad f||^2 + sigma2."""
        c = self.constants(problem)
        return c["M"] * squared_norm + c["sigma2"]

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Size of the bias, size of the noise, and that the noise has mean zero."""
        c = self.constants(problem)
        count = draws(self.width(problem)) if self.random else 2
        noise, drift, bias = Excess(), Drift(), [0.0]
        for _ in range(MOST_ROUNDS):
            for i, point in enumerate(points):
                x = np.repeat(point[None], count, axis=0)
                gradient = problem.gradient(x)
                square = float(squared_norm(gradient)[0])
                slip = SLIP * math.sqrt(square)
                b, z = self.parts(problem, x, gradient, rng)
                allowed = c["M"] * square + c["sigma2"]
                sizes = np.maximum(np.sqrt(squared_norm(b)) - slip, 0.0) ** 2
                bias.append(float(ratio(sizes, c["B"] * square + c["C"]).max()))
                sizes = np.maximum(np.sqrt(squared_norm(z)) - slip, 0.0) ** 2
                noise.add(ratio(sizes, allowed), i)
                drift.add(along_known(z, gradient[:1], allowed, slip), i)
            if not self.random or not (noise.suspicious or drift.suspicious):
                break
        return [
            finding("bias", f"||b||^2 <= B||grad f||^2 + C, B = {c['B']:.6g}, C = {c['C']:.6g}",
                    bias, ("B", "C")),
            of_mean("noise", f"E||z||^2 <= M||grad f||^2 + sigma2, M = {c['M']:.6g},"
                    f" sigma2 = {c['sigma2']:.6g}", noise, ("M", "sigma2")),
            of_drift("zero mean", "E z = 0", drift),
        ]  # fmt: skip

    def observed(
        self, problem: Problem, x: Array, gradient: Array, rng: Any
    ) -> tuple[Array, Array | None]:
        """b + z, and z."""
        b, z = self.parts(problem, x, gradient, rng)
        return b + z, z

    def noise_at(self, problem: Problem, point: Array) -> float:
        """M ||grad f||^2 + sigma2."""
        return self.sample_variance(problem, float(squared_norm(problem.gradient(point[None]))[0]))

    def parts(self, problem: Problem, x: Array, gradient: Array, rng: Any) -> tuple[Array, Array]:
        """b and z of one estimate at each row, as (trials, d) each."""
        # The bias is drawn first, so a generator in the same state gives the same one.
        b = self.bias(problem, x, gradient, copy.deepcopy(rng)) + np.zeros_like(x)
        return b, self.draw(problem, x, gradient, rng, np.empty_like(x)) - gradient - b
