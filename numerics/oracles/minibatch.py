"""Mini-batches of a finite sum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from numerics.backend import Array
from numerics.errors import InputError
from numerics.oracles.base import Sampler
from numerics.oracles.biased import BiasedOracle
from numerics.problems.base import FiniteSum, Problem, squared_norm
from numerics.rounding import up
from numerics.validation import flag, integer, real

# Up to here Floyd's method beats sorting one random key per component.
_FEW = 32
# What all components are evaluated for, at every point of an audit.
_MOST_NUMBERS = 1 << 17


@dataclass(frozen=True)
class MiniBatch(BiasedOracle):
    """The mean gradient of ``batch`` components drawn uniformly, without replacement by default.

    Unbiased. If (1/m) sum ||grad f_i - grad f||^2 <= M||grad f||^2 + s2 (FiniteSum.spread), the
    variance is at most that times 1/batch with replacement and (m - batch)/(batch (m - 1)) without.
    ``young`` > 0 trades M for sigma2 in that bound.
    """

    batch: int = 1
    replace: bool = False
    young: float = 1.0
    name: str = "minibatch"
    uses_gradient: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "batch", integer("batch", self.batch))
        object.__setattr__(self, "replace", flag("replace", self.replace))
        object.__setattr__(self, "young", real("young", self.young, above=0))

    @property
    def title(self) -> str:  # type: ignore[override]
        """Size and kind of the batch."""
        return f"mini-batch of {self.batch}, {'with' if self.replace else 'without'} replacement"

    @property
    def random(self) -> bool:
        """Random, even where the batch is the whole sum."""
        return True

    def varies(self, problem: Problem) -> bool:
        """Not where every batch is the whole sum."""
        return self.replace or self.batch < _finite_sum(problem).components

    def calls(self, problem: Problem) -> int:
        """Return one for each component of the batch."""
        return self.batch

    def constants(self, problem: Problem) -> dict[str, float]:
        """B = C = 0; M and sigma2 from the data of the problem."""
        m = _finite_sum(problem).components
        if not self.replace and self.batch > m:
            raise InputError(f"batch must be <= m = {m} without replacement, got {self.batch}")
        relative, absolute = _finite_sum(problem).spread(self.young)
        part = self._part(m)
        scaled = {"M": up(relative * part, 4), "sigma2": up(absolute * part, 4)}
        return {"B": 0.0, "C": 0.0} | {k: v if part else 0.0 for k, v in scaled.items()}

    def _part(self, components: int) -> float:
        """Return the variance of a batch over that of one component."""
        m = components
        if self.replace:
            return 1 / self.batch
        return (m - self.batch) / (self.batch * (m - 1)) if m > 1 else 0.0

    def bias(self, problem: Problem, x: Array, gradient: Array, rng: Any) -> Array | float:
        """No bias."""
        return 0.0

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """Return one batch per trial."""
        indices = self.indices(_finite_sum(problem).components, len(x), rng)
        return _finite_sum(problem).sample_gradient(x, indices, out)

    def sampler(self, problem: Problem, trials: int, rng: Any) -> Sampler:
        """Return the gradient of one batch per trial, at every point."""
        finite = _finite_sum(problem)
        indices = self.indices(finite.components, trials, rng)
        return lambda x: finite.sample_gradient(x, indices)

    def exact_variance(self, problem: Problem, point: Array) -> float | None:
        """From all components, where these are few."""
        finite = _finite_sum(problem)
        m = finite.components
        if m * finite.dimension > _MOST_NUMBERS:
            return None
        every = finite.sample_gradient(np.repeat(point[None], m, axis=0), np.arange(m)[:, None])
        spread = float(np.mean(squared_norm(every - finite.gradient(point[None]))))
        return up(spread * self._part(m) + 1e-20 * float(squared_norm(every).max()), m + 20)

    def sample_smoothness(self, problem: Problem) -> float:
        """Return that of single components, which a mean of several does not exceed."""
        return _finite_sum(problem).constants["L_avg"]

    def bounds(self, problem: Problem) -> dict[str, float]:
        """Return those of single components, which a mean of several does not exceed."""
        finite = _finite_sum(problem)
        try:
            return {"G": finite.sup_bound(), "G2": up(math.sqrt(finite.second_moment()))}
        except InputError:
            return {}

    def indices(self, components: int, trials: int, rng: Any) -> npt.NDArray[np.intp]:
        """Return the batch of each trial, (trials, batch), each subset of that size equally
        likely.
        """
        m, size = components, self.batch
        if self.replace or size == 1:
            drawn: npt.NDArray[np.intp] = rng.integers(0, m, size=(trials, size))
            return drawn
        if size > _FEW:
            keys = rng.random((trials, m))
            return np.argpartition(keys, size - 1, axis=1)[:, :size]
        # Floyd: the j-th pick is uniform on 0..j; if it was taken before, j itself is free.
        # Source: Bentley and Floyd, "A sample of brilliance", CACM 1987.
        chosen: Any = None
        for column, j in enumerate(range(m - size, m)):
            pick = rng.integers(0, j + 1, size=trials)
            if chosen is None:
                chosen = np.empty_like(pick, shape=(trials, size))
            taken = (chosen[:, :column] == pick[:, None]).any(axis=1)
            chosen[:, column] = np.where(taken, j, pick)
        return chosen


def _finite_sum(problem: Problem) -> FiniteSum:
    if not isinstance(problem, FiniteSum):
        raise InputError(f"mini-batches need a finite sum, problem {problem.name!r} is not one")
    return problem
