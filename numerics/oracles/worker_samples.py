"""Workers that sample their own components of a finite sum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError
from numerics.findings import STANDARD_ERRORS, Finding, draws, finding, ratio
from numerics.oracles.base import Oracle, Sampler
from numerics.oracles.minibatch import MiniBatch
from numerics.oracles.worker_findings import squares
from numerics.problems.base import FiniteSum, Problem
from numerics.problems.distributed import Distributed
from numerics.problems.sharded import ShardedLinear
from numerics.rounding import up
from numerics.validation import flag, integer


@dataclass(frozen=True, kw_only=True)
class WorkerSamples(Oracle):
    """Each of n workers draws ``batch`` components of its own, independently of the others.

    A :class:`ShardedLinear` problem brings n and the shards; of any other finite sum the
    ``workers`` (1 by default) all draw from the whole.
    """

    batch: int = 1
    replace: bool = False
    workers: int | None = None
    name: str = "worker-samples"
    uses_gradient: ClassVar[bool] = False
    random = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "batch", integer("batch", self.batch))
        object.__setattr__(self, "replace", flag("replace", self.replace))
        if self.workers is not None:
            object.__setattr__(self, "workers", integer("workers", self.workers))

    @property
    def title(self) -> str:  # type: ignore[override]
        """Size and kind of the batches."""
        kind = "with" if self.replace else "without"
        return f"workers' batches of {self.batch}, {kind} replacement"

    def count(self, problem: Problem) -> int:
        """n; InputError where the problem has another number of workers than asked for, or no
        components that its workers can draw.
        """
        if isinstance(problem, ShardedLinear):
            if self.workers not in (None, problem.workers):
                raise InputError(
                    f"workers = {self.workers}, but problem {problem.name!r} has"
                    f" {problem.workers}; give it so many"
                )
            return problem.workers
        if not isinstance(problem, FiniteSum) or isinstance(problem, Distributed):
            raise InputError(
                f"workers' samples need a finite sum, such as glm or sharded-glm; problem"
                f" {problem.name!r} is not one"
            )
        return self.workers or 1

    def calls(self, problem: Problem) -> int:
        """One for each component of the batches of all workers."""
        return self.batch * self.count(problem)

    def width(self, problem: Problem) -> int:
        """One row for every worker."""
        return self.count(problem) * problem.width

    def constants(self, problem: Problem) -> dict[str, float]:
        """``n``; the largest over the workers of the variance ``sigma2`` of what one sends and of
        its mean-square smoothness ``L_avg``; and, where slopes are bounded and l2 = 0, ``G``, which
        no coordinate of a sampled gradient exceeds.
        """
        n, size = self.count(problem), self._size(problem)
        if not self.replace and self.batch > size:
            raise InputError(
                f"batch must be <= {size}, the components of a worker, without replacement, got"
                f" {self.batch}"
            )
        part = 1 / self.batch
        if not self.replace:
            part = (size - self.batch) / (self.batch * (size - 1)) if size > 1 else 0.0
        sigma2 = up(self._variance(problem) * part, 4) if part else 0.0
        smooth = self.sample_smoothness(problem)
        known = {k: v for k, v in self.bounds(problem).items() if k == "G"}
        return {"n": float(n), "sigma2": sigma2, "L_avg": smooth} | known

    def bounds(self, problem: Problem) -> dict[str, float]:
        """``G`` and ``G2`` of what one worker samples, see :meth:`Oracle.bounds`."""
        self.count(problem)
        if not isinstance(problem, ShardedLinear):
            return MiniBatch(self.batch, self.replace).bounds(problem)
        try:
            sup = problem.sup_bound()
        except InputError:
            return {}
        return {"G": sup, "G2": up(math.sqrt(problem.local_spread()))}

    def sampler(self, problem: Problem, trials: int, rng: Any) -> Sampler:
        """One fresh batch per trial and worker: points (trials, d) -> gradients (trials, n, d)."""
        n, size = self.count(problem), self._size(problem)
        indices = MiniBatch(self.batch, self.replace).indices(size, trials * n, rng)
        if isinstance(problem, ShardedLinear):
            indices = indices + size * np.tile(np.arange(n, like=indices), trials)[:, None]

        def gradients(x: Array) -> Array:
            assert isinstance(problem, FiniteSum)
            single = problem.sample_gradient(np.repeat(x, n, axis=0), indices)
            return single.reshape(trials, n, -1)

        return gradients

    def local_gradients(self, problem: Problem, x: Array, gradient: Array) -> Array:
        """grad f_i at each row, (trials, n, d); read-only where they are all the same."""
        n = self.count(problem)
        if isinstance(problem, ShardedLinear):
            return problem.local_gradients(x)
        return np.broadcast_to(gradient[:, None], (len(gradient), n, gradient.shape[1]))

    def error_bound(self, problem: Problem, squared_norm: float) -> float:
        """That of the mean: an n-th of a worker's variance."""
        c = self.constants(problem)
        return up(c["sigma2"] / c["n"])

    def local_error(self, problem: Problem) -> float:
        """A worker's variance."""
        return self.constants(problem)["sigma2"]

    def sample_smoothness(self, problem: Problem) -> float:
        """The largest over the workers, of single components."""
        self.count(problem)
        if isinstance(problem, ShardedLinear):
            return problem.local_smoothness()
        return problem.constants["L_avg"]

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """The mean of the workers' gradients."""
        sampled = self.sampler(problem, len(x), rng)(x)
        np.mean(sampled, axis=1, out=out)
        return out

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Variance, mean zero and size of what is sampled, and its smoothness between points."""
        c, count = self.constants(problem), draws(self.width(problem))
        noise: list[Array] = []
        room: list[Array] = []
        bends: list[Array] = []
        bends_room: list[Array] = []
        drift, sup = [], []
        for point, after in zip(points, np.roll(points, -1, axis=0), strict=True):
            sampler = self.sampler(problem, count, rng)
            here = sampler(np.repeat(point[None], count, axis=0))
            there = sampler(np.repeat(after[None], count, axis=0))
            z = here - self._means(problem, point)
            floor = 1e-24 * float(squares(here).max())
            for sizes, allowed, parts, slack in (
                (squares(z), c["sigma2"], noise, room),
                (squares(here - there), c["L_avg"] ** 2 * float(squares(point - after)), bends,
                 bends_room),
            ):  # fmt: skip
                parts.append(ratio(sizes.mean(axis=0), allowed, floor))
                error = sizes.std(axis=0, ddof=1) / count**0.5
                # A rare large value is no breach: Bernstein's inequality, with the range seen.
                rare = STANDARD_ERRORS**2 * sizes.max(axis=0) / count
                slack.append(ratio(STANDARD_ERRORS * error + rare, allowed))
            spread = np.sqrt(squares(z).mean(axis=0) / count)
            centre = np.sqrt(squares(z.mean(axis=0)))
            drift.append(ratio(centre, spread, 1e-12 * float(np.sqrt(squares(here).max()))))
            sup.append(float(np.abs(here).max()))
        found = [
            finding("noise", f"E||g_j - grad f_j||^2 <= sigma2 = {c['sigma2']:.6g}", noise, room),
            finding("zero mean", "E g_j = grad f_j (mean over its standard error)", drift,
                    STANDARD_ERRORS - 1),
            finding("samples smooth", f"mean-square Lipschitz with L_avg = {c['L_avg']:.6g}", bends,
                    bends_room),
        ]  # fmt: skip
        if "G" in c:
            found.append(finding("bounded", f"||g_j||_inf <= G = {c['G']:.6g}",
                                 ratio(np.array(sup), c["G"])))  # fmt: skip
        return found

    def _size(self, problem: Problem) -> int:
        """The components that one worker draws from."""
        assert isinstance(problem, FiniteSum)
        return problem.components // (problem.workers if isinstance(problem, ShardedLinear) else 1)

    def _variance(self, problem: Problem) -> float:
        """Of one component, the largest over the workers."""
        if isinstance(problem, ShardedLinear):
            return problem.local_spread()
        assert isinstance(problem, FiniteSum)
        relative, absolute = problem.spread()
        if relative:
            raise InputError(
                f"the variance of single components of problem {problem.name!r} is not bounded:"
                " take a loss with bounded slope"
            )
        return absolute

    def _means(self, problem: Problem, point: Array) -> Array:
        if isinstance(problem, ShardedLinear):
            local: Array = problem.local_gradients(point[None])[0]
            return local
        return problem.gradient(point[None])
