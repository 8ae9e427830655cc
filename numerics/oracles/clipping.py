"""Workers that clip what they send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from numerics.audit_result import Finding, finding
from numerics.backend import Array
from numerics.errors import InputError
from numerics.oracles.worker_findings import squares
from numerics.oracles.workers import Workers
from numerics.problems.base import Problem
from numerics.problems.distributed import Distributed
from numerics.rounding import up
from numerics.validation import real


@dataclass(frozen=True, kw_only=True)
class ClippedWorkers(Workers):
    """The mean of the g_i, each projected onto the ball of radius ``clip``.

    Assumes ||grad f_i|| <= ``G2``: by default the problem's own bound. A smaller one, or any for
    a problem with unbounded gradients, is an assumption along the iterates, and :meth:`watch` says
    what it came to. With it E||g~ - grad f||^2 is at most (sqrt a + sqrt b)^2 for
    a = max(0, G2 - clip)^2 and b = sigma0_2 (a projection moves no two points apart); without
    noise also (1 - clip/G2)^2 ((1 + B_h) ||grad f||^2 + delta2), for clip < G2.
    """

    clip: float
    G2: float | None = None
    name: str = "clip"
    watches: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "clip", real("clip", self.clip, above=0))
        if self.G2 is not None:
            object.__setattr__(self, "G2", real("G2", self.G2, above=0))

    @property
    def title(self) -> str:  # type: ignore[override]
        """Level and noise in words."""
        return f"clipped at {self.clip:g}, {self.noise_told}"

    def constants(self, problem: Problem) -> dict[str, float]:
        """Return those of the workers, ``clip`` and ``G2``; InputError where no G2 is known."""
        bound = self.G2 if self.G2 is not None else _bound(problem)
        if bound is None:
            raise InputError(
                f"the gradients of the workers are not known to be bounded ({problem.title}):"
                " give G2, a bound of their norms along the run"
            )
        return {**super().constants(problem), "clip": self.clip, "G2": bound}

    def error_bound(self, problem: Problem, squared_norm: float) -> float:
        """(sqrt a + sqrt b)^2; without noise the smaller of the two bounds."""
        c = self.constants(problem)
        beyond = max(0.0, up(c["G2"] - self.clip))
        bound = up((beyond + np.sqrt(self.sigma0_2)) ** 2, 12)
        if self.sigma0_2:
            return bound
        part = max(0.0, 1 - self.clip / c["G2"])
        return min(bound, up(part**2 * ((1 + c["B_h"]) * squared_norm + c["delta2"]), 12))

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """Return the mean of the clipped gradients."""
        sent = self.drawn(self.local_gradients(problem, x, gradient), rng)
        norms = np.sqrt(squares(sent))
        weights = self.clip / np.maximum(norms, self.clip)
        out[...] = np.einsum("tn,tnd->td", weights / sent.shape[1], sent)
        return out

    def watch(self, problem: Problem, x: Array, gradient: Array) -> Array | None:
        """Return the largest ||grad f_i||, where it is not certified to be at most G2."""
        if self._certified(problem):
            return None
        local = self.local_gradients(problem, x, gradient)
        largest: Array = np.sqrt(squares(local).max(axis=1))
        return largest

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Return those of the workers, and G2: at the first point alone where it is to be
        watched.
        """
        bound, shown = self.constants(problem)["G2"], points
        stated = f"||grad f_i|| <= G2, G2 = {bound:.6g}"
        if not self._certified(problem):
            shown, stated = points[:1], f"{stated} (at the first point; else along the run)"
        local = self.local_gradients(problem, shown, problem.gradient(shown))
        sizes = np.sqrt(squares(local)) / bound
        return [*super().findings(problem, points, rng), finding("bounded", stated, sizes, ("G2",))]

    def spread_at(self, problem: Problem, point: Array) -> float:
        """None is known where a gradient is longer than G2."""
        gradient = problem.gradient(point[None])
        longest = float(
            np.sqrt(squares(self.local_gradients(problem, point[None], gradient)).max())
        )
        if longest > self.constants(problem)["G2"]:
            raise InputError(f"a worker's gradient has length {longest:g} there, beyond G2")
        return super().spread_at(problem, point)

    def _certified(self, problem: Problem) -> bool:
        own = _bound(problem)
        return own is not None and (self.G2 is None or own <= self.G2)


def _bound(problem: Problem) -> float | None:
    return problem.gradient_bound if isinstance(problem, Distributed) else None
