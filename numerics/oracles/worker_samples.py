"""Workers that sample their own components of a finite sum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from numerics.audit_result import Finding
from numerics.backend import Array
from numerics.errors import InputError
from numerics.oracles.base import Oracle, Sampler
from numerics.oracles.minibatch import MiniBatch
from numerics.oracles.sample_findings import sample_findings
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
    of_workers: ClassVar[bool] = True

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
        """Return one for each component of the batches of all workers."""
        return self.batch * self.count(problem)

    def width(self, problem: Problem) -> int:
        """Return one row for every worker."""
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
        """Return one fresh batch per trial and worker: points (trials, d) -> gradients (trials, n,
        d).
        """
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
        """Return that of the mean: an n-th of a worker's variance."""
        c = self.constants(problem)
        return up(c["sigma2"] / c["n"])

    def local_error(self, problem: Problem) -> float:
        """Return a worker's variance."""
        return self.constants(problem)["sigma2"]

    def sample_smoothness(self, problem: Problem) -> float:
        """Return the largest over the workers, of single components."""
        self.count(problem)
        if isinstance(problem, ShardedLinear):
            return problem.local_smoothness()
        return problem.constants["L_avg"]

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """Return the mean of the workers' gradients."""
        sampled = self.sampler(problem, len(x), rng)(x)
        np.mean(sampled, axis=1, out=out)
        return out

    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Return those of the samples."""
        return sample_findings(problem, self, points, rng)

    @property
    def unbiased(self) -> bool:
        """Always."""
        return True

    def sample_variance(self, problem: Problem, squared_norm: float) -> float:
        """Return a worker's variance."""
        return self.constants(problem)["sigma2"]

    def _size(self, problem: Problem) -> int:
        """Return the components that one worker draws from."""
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
