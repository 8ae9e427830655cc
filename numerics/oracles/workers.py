"""Gradients of several workers: what they draw, and the mean of what they send."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.audit_result import Finding, finding, ratio
from numerics.backend import Array
from numerics.compressors.base import Compressor
from numerics.compressors.constants import compressor_constants
from numerics.errors import InputError
from numerics.oracles.base import Oracle
from numerics.oracles.noise import NOISE_LAWS
from numerics.oracles.worker_findings import compression, dissimilarity, noise, squares
from numerics.problems.base import Problem
from numerics.problems.distributed import Distributed
from numerics.rounding import up
from numerics.validation import choice, integer, real


@dataclass(frozen=True, kw_only=True)
class Workers(Oracle):
    """n workers draw g_i = grad f_i(x) + xi_i, independent given x, E xi_i = 0.

    ``noise_law`` is one of none, gaussian, rademacher, multiplicative, each with
    E||xi_i||^2 = ``sigma0_2``. A :class:`Distributed` problem brings n and its f_i; of any other
    the ``workers`` (1 by default) all have f_i = f. ``young`` is the weight that the problem's
    dissimilarity is certified with.
    """

    noise_law: str = "none"
    sigma0_2: float = 0.0
    workers: int | None = None
    young: float = 1.0

    def __post_init__(self) -> None:
        choice("noise law", self.noise_law, ("none", *NOISE_LAWS))
        object.__setattr__(self, "sigma0_2", real("sigma0_2", self.sigma0_2, least=0))
        object.__setattr__(self, "young", real("young", self.young, above=0))
        if self.workers is not None:
            object.__setattr__(self, "workers", integer("workers", self.workers))
        if self.noise_law == "none" and self.sigma0_2:
            raise InputError("sigma0_2 > 0 needs a noise law other than 'none'")

    @property
    def random(self) -> bool:
        """Return whether the workers' gradients are."""
        return self.sigma0_2 > 0

    def count(self, problem: Problem) -> int:
        """n; InputError where the problem has another number of workers than asked for."""
        own = problem.workers if isinstance(problem, Distributed) else None
        if own is not None and self.workers not in (None, own):
            raise InputError(
                f"workers = {self.workers}, but problem {problem.name!r} has {own}; give it so many"
            )
        return own or self.workers or 1

    def width(self, problem: Problem) -> int:
        """Return the gradients of all workers, if that is longest."""
        return max(problem.width, self.count(problem) * problem.dimension)

    def constants(self, problem: Problem) -> dict[str, float]:
        """``n``, ``B_h``, ``delta2`` and ``sigma0_2``."""
        n, pair = self.count(problem), (0.0, 0.0)
        if isinstance(problem, Distributed):
            pair = problem.dissimilarity(self.young)
        return {"n": float(n), "B_h": pair[0], "delta2": pair[1], "sigma0_2": self.sigma0_2}

    def local_gradients(self, problem: Problem, x: Array, gradient: Array) -> Array:
        """grad f_i at each row, (trials, n, d); read-only where they are all the same."""
        n = self.count(problem)
        if isinstance(problem, Distributed):
            return problem.local_gradients(x)
        return np.broadcast_to(gradient[:, None], (len(gradient), n, gradient.shape[1]))

    def drawn(self, local: Array, rng: Any) -> Array:
        """g_i for each grad f_i of ``local`` (..., d)."""
        if not self.sigma0_2:
            return local
        rows = local.reshape(-1, local.shape[-1])
        noisy = np.empty_like(rows)
        level: Any = self.sigma0_2
        if self.noise_law == "multiplicative":
            level = np.full_like(rows[:, 0], level)
        NOISE_LAWS[self.noise_law](rng, rows, level, noisy)
        noisy += rows
        return noisy.reshape(local.shape)

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Dissimilarity of the workers, size of their noise, and that it has mean zero."""
        c, gradient = self.constants(problem), problem.gradient(points)
        local = self.local_gradients(problem, points, gradient)
        found = [dissimilarity(local, gradient, c["B_h"], c["delta2"])]
        if self.sigma0_2:
            return found + noise(local, lambda g: self.drawn(g, rng), self.sigma0_2)
        moved, size = squares(self.drawn(local, rng) - local), squares(local)
        none = finding(
            "noise", "g_i = grad f_i", ratio(moved, 0 * size, 1e-24 * size), ("sigma0_2",)
        )
        return [*found, none]

    @property
    def noise_told(self) -> str:
        """The noise in words."""
        return f"{self.noise_law} noise per worker" if self.sigma0_2 else "no noise"


@dataclass(frozen=True, kw_only=True)
class WorkerOracle(Workers):
    """The mean of what the workers send: g_i through the ``compressor``, or as it is.

    With s = ||grad f||^2, and Young's inequality at its best for what is not unbiased,
    E||g~ - grad f||^2 is at most

    - no compressor: sigma0_2/n;
    - unbiased: omega/n ((1 + B_h) s + delta2) + (1 + omega) sigma0_2/n;
    - contractive: (sqrt a + sqrt b)^2, a = (1 - alpha)((1 + B_h) s + delta2 + sigma0_2) and
      b = sigma0_2/n;
    - absolute: the same with a = c^2.
    """

    compressor: Compressor | None = None
    name: str = "workers"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.compressor is not None and not isinstance(self.compressor, Compressor):
            raise InputError(f"compressor must be a compressor or None, got {self.compressor!r}")

    @property
    def title(self) -> str:  # type: ignore[override]
        """Compressor and noise in words."""
        sent = self.compressor.title if self.compressor else "gradients as they are"
        return f"mean of workers: {sent}, {self.noise_told}"

    @property
    def random(self) -> bool:
        """Return whether noise or compressor is."""
        return self.sigma0_2 > 0 or (self.compressor is not None and self.compressor.random)

    def varies(self, problem: Problem) -> bool:
        """Not where the compressor sends everything."""
        sent = self.compressor is not None and self.compressor.varies(problem.dimension)
        return self.sigma0_2 > 0 or sent

    def rare_draws(self, problem: Problem) -> float:
        """Return the rarest of the compressor's messages, of all workers."""
        if self.compressor is None or not self.compressor.varies(problem.dimension):
            return math.inf
        return self.count(problem) * self.compressor.rarest(problem.dimension)

    def constants(self, problem: Problem) -> dict[str, float]:
        """Return those of the workers and of the compressor (see :func:`compressor_constants`)."""
        own = {}
        if self.compressor is not None:
            own = compressor_constants(self.compressor, problem.dimension)
        return {**super().constants(problem), **own}

    def error_bound(self, problem: Problem, squared_norm: float) -> float:
        """By the kind of the compressor, see the class."""
        c = self.constants(problem)
        mean = c["sigma0_2"] / c["n"]
        every = (1 + c["B_h"]) * squared_norm + c["delta2"] + c["sigma0_2"]
        if "omega" in c:
            return up(c["omega"] * every / c["n"] + mean, 12)
        lumped = c["abs_error"] ** 2 if "abs_error" in c else (1 - c.get("alpha", 1.0)) * every
        return up((math.sqrt(up(lumped, 6)) + math.sqrt(mean)) ** 2, 12)

    @property
    def unbiased(self) -> bool:
        """Return whether the compressor is, or there is none."""
        return self.compressor is None or self.compressor.kind == "unbiased"

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """Return the mean of one message from each worker."""
        sent = self.drawn(self.local_gradients(problem, x, gradient), rng)
        if self.compressor is not None:
            sent = self.compressor.compress(sent, rng)
        return np.mean(sent, axis=1, out=out)

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Return those of the workers, and the compressor's inequality on what they compress."""
        found = super().findings(problem, points, rng)
        if self.compressor is not None:
            local = self.local_gradients(problem, points, problem.gradient(points))
            found += compression(self.drawn(local, rng), self.compressor, rng)
        return found
