"""Honest workers, faulty ones, and an aggregator instead of the mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from numerics.audit_result import Finding, finding, ratio
from numerics.backend import Array
from numerics.errors import InputError
from numerics.oracles.aggregators import AGGREGATORS, ATTACKS
from numerics.oracles.worker_findings import squares
from numerics.oracles.workers import Workers
from numerics.problems.base import Problem
from numerics.rounding import above, up
from numerics.validation import choice, integer


@dataclass(frozen=True, kw_only=True)
class RobustWorkers(Workers):
    """The ``aggregator`` of n honest workers and ``faulty`` more that send what ``attack`` says.

    f is the mean over the honest workers, and n their number. With K = ``kappa``, the constant of
    the aggregator for n + faulty vectors: E||g~ - grad f||^2 is at most (sqrt a + sqrt b)^2 for
    a = K (B_h ||grad f||^2 + delta2 + (1 - 1/n) sigma0_2) and b = sigma0_2/n.
    """

    aggregator: str = "median"
    faulty: int = 1
    attack: str = "sign-flip"
    name: str = "robust"

    def __post_init__(self) -> None:
        super().__post_init__()
        choice("aggregator", self.aggregator, AGGREGATORS)
        choice("attack", self.attack, ATTACKS)
        object.__setattr__(self, "faulty", integer("faulty", self.faulty, least=0))

    @property
    def title(self) -> str:  # type: ignore[override]
        """Aggregator, attack and noise in words."""
        rule = AGGREGATORS[self.aggregator].title
        return f"{rule} against {self.faulty} faulty ({self.attack}), {self.noise_told}"

    def count(self, problem: Problem) -> int:
        """n, the honest ones; InputError unless they are more than the faulty ones."""
        n = super().count(problem)
        if n <= self.faulty:
            raise InputError(
                f"more workers must be honest than faulty, got {n} honest and {self.faulty} faulty"
            )
        return n

    def width(self, problem: Problem) -> int:
        """Return the vectors of all workers, if that is longest."""
        total = self.count(problem) + self.faulty
        return max(problem.width, total * problem.dimension)

    def constants(self, problem: Problem) -> dict[str, float]:
        """Return those of the workers, and ``kappa``."""
        total = self.count(problem) + self.faulty
        kappa = AGGREGATORS[self.aggregator].kappa(total, self.faulty)
        return {**super().constants(problem), "kappa": above(kappa)}

    def error_bound(self, problem: Problem, squared_norm: float) -> float:
        """(sqrt a + sqrt b)^2: the error around the honest mean, and that of this mean."""
        c = self.constants(problem)
        inner = c["B_h"] * squared_norm + c["delta2"] + (1 - 1 / c["n"]) * c["sigma0_2"]
        return up((np.sqrt(c["kappa"] * inner) + np.sqrt(c["sigma0_2"] / c["n"])) ** 2, 12)

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """Return the aggregate of one vector from each worker."""
        honest = self.drawn(self.local_gradients(problem, x, gradient), rng)
        out[...] = self._aggregate(honest)
        return out

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Return those of the workers, and the aggregator's inequality on what they send."""
        kappa, ratios = self.constants(problem)["kappa"], []
        honest = self.drawn(self.local_gradients(problem, points, problem.gradient(points)), rng)
        for vectors in (honest, self._clusters(honest)):
            mean = vectors.mean(axis=1)
            spread = squares(vectors - mean[:, None]).mean(axis=1)
            floor = 1e-24 * squares(vectors).max(axis=1)
            # Whatever the faulty ones send.
            for attack in ATTACKS:
                part = squares(replace(self, attack=attack)._aggregate(vectors) - mean)
                ratios.append(ratio(part, kappa * spread, floor).max())
        stated = f"||Agg - mean||^2 <= kappa mean ||g_i - mean||^2, kappa = {kappa:.6g}"
        aggregator = finding("aggregator", stated, ratios, ("kappa", "faulty"))
        return [*super().findings(problem, points, rng), aggregator]

    def _clusters(self, honest: Array) -> Array:
        """Vectors in two places, so many of them in the first as there can be; (n - 1, n, d)."""
        n, d = honest.shape[1:]
        first = np.arange(n) < np.arange(1, n)[:, None] if n > 1 else np.zeros((1, n), bool)
        away: Array = np.where(first[..., None], 1.0, 0.0) * np.ones(d)
        return away

    def _aggregate(self, honest: Array) -> Array:
        """Of (trials, n, d) and the faulty vectors, (trials, d)."""
        everyone = honest
        if self.faulty:
            trials, n, d = honest.shape
            everyone = np.empty_like(honest, shape=(trials, n + self.faulty, d))
            everyone[:, :n] = honest
            everyone[:, n:] = ATTACKS[self.attack](honest, self.faulty)[:, None]
        return AGGREGATORS[self.aggregator].apply(everyone, self.faulty)
