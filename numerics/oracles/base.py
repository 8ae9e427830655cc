"""What a gradient estimator is to the simulator."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import numpy as np

from numerics.audit_result import Finding
from numerics.backend import Array
from numerics.errors import InputError
from numerics.problems.base import Problem

Sampler = Callable[[Array], Array]


class Pass(Protocol):
    """One pass over the components of a finite sum."""

    def at(self, j: int) -> Sampler:
        """Return the component whose turn is the j-th, as points (trials, d) -> its gradients."""


class Oracle(ABC):
    """An estimate of the gradient, drawn afresh at every step, with constants that bound its error.

    Which constants these are, and what they mean, is up to the kind of estimator. One that
    ``uses_gradient`` looks at the true gradient that :meth:`draw` is given, and one that
    ``watches`` has something to see in every step (:meth:`watch`). Where the samples are
    ``of_workers``, a sampler's gradients are (trials, n, d).
    """

    name: str
    title: str
    uses_gradient: ClassVar[bool] = True
    of_workers: ClassVar[bool] = False
    watches: ClassVar[bool] = False

    @property
    @abstractmethod
    def random(self) -> bool:
        """Return whether two draws at the same point can differ."""

    def varies(self, problem: Problem) -> bool:
        """Return whether two draws can differ on this problem: not where all that is random is
        idle.
        """
        return self.random

    def rare_draws(self, problem: Problem) -> float:
        """Return how many of the rarest things that it can draw a step draws in the mean; inf where
        none is rare by itself. Only those whose probability is known count.
        """
        return math.inf

    @abstractmethod
    def constants(self, problem: Problem) -> dict[str, float]:
        """Return the constants of this oracle on this problem, rounded to the safe side.

        Raises InputError where the oracle does not fit the problem.
        """

    @abstractmethod
    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """Return one estimate per trial, into ``out`` (trials, d), which is returned.

        ``x`` and ``gradient`` (trials, d) are the points and the true gradients there; neither is
        changed.
        """

    @abstractmethod
    def findings(self, problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
        """Return what was measured, at ``points`` (count, d), of every assumption on the
        estimate.
        """

    def error_bound(self, problem: Problem, squared_norm: float) -> float:
        """Return an upper bound of E||g~ - grad f||^2 where ||grad f||^2 is at most
        ``squared_norm``.

        Raises InputError where none is known.
        """
        raise InputError(f"no bound of the first estimate's error is known with {self.title}")

    @property
    def unbiased(self) -> bool:
        """Return whether the error of an estimate has mean zero given the past."""
        return False

    def observed(
        self, problem: Problem, x: Array, gradient: Array, rng: Any
    ) -> tuple[Array, Array | None]:
        """Of one estimate per trial its error g~ - grad f, (trials, d), and the part of it that has
        mean zero given the past, None where none has. For audits.
        """
        error = self.draw(problem, x, gradient, rng, np.empty_like(x)) - gradient
        return error, error if self.unbiased else None

    def spread_at(self, problem: Problem, point: Array) -> float:
        """Return an upper bound of E||g~ - grad f||^2 at one ``point`` (d,), given the past.

        Raises InputError where none is known.
        """
        gradient = problem.gradient(point[None])[0]
        return self.error_bound(problem, float(gradient @ gradient))

    def noise_at(self, problem: Problem, point: Array) -> float:
        """Return the same of the part that has mean zero."""
        return self.spread_at(problem, point)

    def begin(self, problem: Problem, trials: int) -> Oracle:
        """Return what draws in one run of so many trials: itself, unless it remembers earlier
        points.
        """
        return self

    def width(self, problem: Problem) -> int:
        """Return the longest row, per trial, that a step touches; it sets the size of a block."""
        return problem.width

    def watch(self, problem: Problem, x: Array, gradient: Array) -> Array | None:
        """Per trial (trials,), what an assumption along the iterates speaks of; None for none."""
        return None

    def sampler(self, problem: Problem, trials: int, rng: Any) -> Sampler:
        """Return one fresh sample per trial: its gradient as a function of points (trials, d).

        The same sample answers at every point. Raises InputError where the estimate is not the
        gradient of a sample.
        """
        raise InputError(
            f"{self.title} draws no samples whose gradients can be taken at two points"
        )

    def sample_variance(self, problem: Problem, squared_norm: float) -> float:
        """Return a bound of the variance of a sample's gradient where ||grad f||^2 is
        ``squared_norm``, of every worker. Raises InputError as :meth:`sampler` does.
        """
        raise InputError(
            f"{self.title} draws no samples whose gradients can be taken at two points"
        )

    def exact_variance(self, problem: Problem, point: Array) -> float | None:
        """Return what the variance of a sample's gradient at one ``point`` (d,) is, hardly rounded
        up; None where that is not known, or takes too long.
        """
        return None

    def cycle_sampler(self, problem: Problem, trials: int, rng: Any) -> Pass:
        """Return a random order of the components for each trial, one for every pass.

        Raises InputError where the estimate is not the gradient of a component.
        """
        raise InputError(f"{self.title} takes no components of a finite sum in turn")

    def local_gradients(self, problem: Problem, x: Array, gradient: Array) -> Array:
        """grad f_i at each row, (trials, n, d); InputError where there are no workers."""
        raise InputError(f"{self.title} has no workers")

    def local_error(self, problem: Problem) -> float:
        """Return a bound of E||g_i - grad f_i||^2 of a worker; InputError where there are no
        workers.
        """
        raise InputError(f"{self.title} has no workers")

    def sample_smoothness(self, problem: Problem) -> float:
        """L_avg: sqrt(E||grad f(x; xi) - grad f(y; xi)||^2) <= L_avg ||x - y||, rounded up.

        Raises InputError as :meth:`sampler` does.
        """
        raise InputError(
            f"{self.title} draws no samples whose gradients can be taken at two points"
        )

    def bounds(self, problem: Problem) -> dict[str, float]:
        """Return what is known among ``G``, with ||g~||_inf <= G, and ``G2``, with E||g~||^2 <=
        G2^2, at every point; both rounded up. Empty where neither is.
        """
        return {}

    def calls(self, problem: Problem) -> int:
        """Sampled gradients that one estimate takes, for the plan of a run; 0 where it samples
        none and only adds to the true gradient.
        """
        return 0
