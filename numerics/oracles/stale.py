"""Gradients sent through an unbiased compressor, maybe taken at points that are old by then."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from numerics.audit_result import Finding, finding, ratio
from numerics.backend import Array
from numerics.compressors.base import Compressor
from numerics.compressors.constants import compressor_constants
from numerics.delays import PATTERNS, RANDOM_PATTERNS, Window, delays
from numerics.errors import InputError
from numerics.oracles.base import Oracle
from numerics.oracles.worker_findings import compression, squares
from numerics.oracles.workers import WorkerOracle
from numerics.problems.base import Problem
from numerics.problems.distributed import Distributed, worker_smoothness
from numerics.rounding import up
from numerics.sparsity import Overlap
from numerics.validation import choice, integer

_FLOOR = 1e-24


@dataclass(frozen=True, kw_only=True)
class Messages(Oracle):
    """The mean of the workers' gradients, each sent through the ``compressor``; an unbiased one.

    With ``tau`` they are up to tau iterations old, by the ``pattern`` of delays. ``aggregated``
    sends the gradient of f instead, once and at one delay, as a server would that compresses what
    it has added up. ``workers`` is their number where the problem does not say it.
    """

    compressor: Compressor
    tau: int | None = None
    pattern: str = "adversarial"
    aggregated: bool = False
    workers: int | None = None
    name: str = "messages"
    uses_gradient: ClassVar[bool] = False

    def __post_init__(self) -> None:
        choice("delays", self.pattern, PATTERNS)
        if self.tau is not None:
            object.__setattr__(self, "tau", integer("tau", self.tau, least=0))
        if self.compressor.kind != "unbiased":
            raise InputError(f"the {self.compressor.title} is not unbiased, and must be")
        object.__setattr__(self, "_window", None)

    @property
    def title(self) -> str:  # type: ignore[override]
        """Compressor and delays in words."""
        late = "" if self.tau is None else f", {self.pattern} delays up to {self.tau}"
        who = "gradient" if self.aggregated else "workers' gradients"
        return f"{who} sent: {self.compressor.title}{late}"

    @property
    def random(self) -> bool:
        """Return whether compressor or delays are."""
        late = bool(self.tau) and self.pattern in RANDOM_PATTERNS
        return late or self.compressor.random

    def varies(self, problem: Problem) -> bool:
        """Not where the compressor sends everything and no delay is drawn."""
        late = bool(self.tau) and self.pattern in RANDOM_PATTERNS
        return late or self.compressor.varies(problem.dimension)

    def rare_draws(self, problem: Problem) -> float:
        """Return the rarest of the compressor's messages, of all workers."""
        if not self.compressor.varies(problem.dimension):
            return math.inf
        n = 1 if self.aggregated else self.count(problem)
        return n * self.compressor.rarest(problem.dimension)

    def begin(self, problem: Problem, trials: int) -> Oracle:
        """With a memory of its own."""
        running = copy.copy(self)
        object.__setattr__(running, "_window", Window(self.tau or 0))
        return running

    def count(self, problem: Problem) -> int:
        """Return the number of workers."""
        return WorkerOracle(workers=self.workers).count(problem)

    def width(self, problem: Problem) -> int:
        """Return the gradients of all workers, or the iterates kept, if these are longest."""
        n = 1 if self.aggregated else self.count(problem)
        return max(problem.width, problem.dimension * max(n, (self.tau or 0) + 1))

    def constants(self, problem: Problem) -> dict[str, float]:
        """``omega``, ``n`` unless aggregated, and with delays ``tau`` and ``s`` of the data."""
        known = dict(compressor_constants(self.compressor, problem.dimension))
        if not self.aggregated:
            known["n"] = float(self.count(problem))
        if self.tau is not None:
            known["tau"] = float(self.tau)
            if not self.aggregated:
                known["s"] = float(self.sharing(problem).s)
        return known

    def sharing(self, problem: Problem) -> Overlap:
        """Return how many of the workers can share a coordinate."""
        if isinstance(problem, Distributed):
            return problem.sharing()
        return Overlap.dense(self.count(problem))

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """Return the mean of one message from each worker."""
        n = 1 if self.aggregated else self.count(problem)
        window: Window = self._window or Window(0)  # type: ignore[attr-defined]
        window.push(x)
        lags = delays(self.pattern, window.step, len(x), n, self.tau or 0, rng)
        sent = np.empty_like(x, shape=(len(x), n, x.shape[1]))
        for points, here in window.each(lags):
            np.copyto(sent, self._local(problem, points), where=here[..., None])
        return np.mean(self.compressor.compress(sent, rng), axis=1, out=out)

    @property
    def unbiased(self) -> bool:
        """Always, about gradients that may be old."""
        return True

    def spread_at(self, problem: Problem, point: Array) -> float:
        """omega/n mean ||g_i||^2, once no gradient is of another point."""
        local = self._local(problem, point[None])
        omega = self.compressor.constant(problem.dimension)
        return up(omega * float(squares(local).mean()) / local.shape[1], problem.dimension + 12)

    def _local(self, problem: Problem, points: Array) -> Array:
        if self.aggregated:
            return problem.gradient(points)[:, None]
        gradient = problem.gradient(points)
        return WorkerOracle(workers=self.workers).local_gradients(problem, points, gradient)

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Return the compressor on what is sent; of workers, that they are smooth and convex."""
        local = self._local(problem, points)
        found = compression(local, self.compressor, rng)
        if not self.aggregated and problem.convex:
            found += _convex_workers(problem, points, local)
        return found


def _convex_workers(problem: Problem, points: Array, local: Array) -> list[Finding]:
    """``||g_i(x) - g_i(y)||^2 <= L_max <g_i(x) - g_i(y), x - y>`` between successive points."""
    L_max = worker_smoothness(problem)
    steps = (points[1:] - points[:-1])[:, None]
    bends = local[1:] - local[:-1]
    along = L_max * (bends * steps).sum(axis=-1)
    floor = _FLOOR + 1e-12 * (squares(local[1:]) + squares(local[:-1]))
    stated = f"f_i convex, grad f_i Lipschitz with L_max = {L_max:.6g} (cocoercive)"
    ratios = ratio(squares(bends), along, floor)
    return [finding("smooth and convex workers", stated, ratios, ("L_max",))]
