"""Problems whose function is the mean of those of several workers."""

from __future__ import annotations

from abc import abstractmethod

from numerics.backend import Array
from numerics.problems.base import Problem
from numerics.sparsity import Overlap


class Distributed(Problem):
    """f = (1/n) sum of f_i over n = ``workers``, each with its own gradient.

    ``gradient_bound`` is some G2 >= ||grad f_i(x)|| for all i and x, or None where the gradients
    are not bounded. Any other problem stands for n workers with f_i = f.
    """

    workers: int
    gradient_bound: float | None = None

    def sharing(self) -> Overlap:
        """Return how many workers' gradients can share a coordinate; all of them by default."""
        return Overlap.dense(self.workers)

    def worker_smoothness(self) -> float:
        """L_max: what every grad f_i is Lipschitz with."""
        return self.constants["L_max"]

    @abstractmethod
    def local_gradients(self, x: Array, out: Array | None = None) -> Array:
        """grad f_i at each row of ``x`` (trials, d), as (trials, n, d), into ``out`` if given."""

    @abstractmethod
    def dissimilarity(self, young: float = 1.0) -> tuple[float, float]:
        """(B_h, delta2) with (1/n) sum_i ||grad f_i - grad f||^2 <= B_h ||grad f||^2 + delta2
        everywhere, both rounded up.

        ``young`` > 0 trades one for the other where the derivation has a free weight: near 0 it
        favours B_h. Raises InputError where no such pair can be certified.
        """


def worker_smoothness(problem: Problem) -> float:
    """L_max of the workers of a problem; of one without workers of its own all have f_i = f."""
    if isinstance(problem, Distributed):
        return problem.worker_smoothness()
    return problem.constants["L"]
