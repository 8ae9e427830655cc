"""Training in a batch: every step size, momentum and seed at once, and what is recorded of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from digits_problem import Array, Compress, Digits

from numerics.algorithms import SGD, SGDM, Algorithm

CHECKPOINTS = 100


@dataclass(frozen=True)
class Configuration:
    """A method with its numbers; beta = 1 is plain SGD and runs as such."""

    gamma: float
    beta: float = 1.0

    @property
    def algorithm(self) -> Algorithm:
        """The update that the theorems speak of."""
        return SGD if self.beta == 1 else SGDM


@dataclass(frozen=True)
class History:
    """What was seen at the checkpoints; arrays are (configurations, seeds, checkpoints).

    Attributes:
        steps: The iterations of the checkpoints.
        gap: f - min f on the training data.
        gradient: ||grad f||^2 on the training data.
        accuracy: On the test data.
        last: The last points (configurations, seeds, d).
    """

    steps: npt.NDArray[np.intp]
    gap: Array
    gradient: Array
    accuracy: Array
    last: Array

    def end(self, what: Array) -> Array:
        """The mean of ``what`` over the last tenth of the iterations (configurations, seeds)."""
        return np.asarray(what[..., self.steps >= 0.9 * self.steps[-1]].mean(axis=-1))

    def mean_gradient(self) -> Array:
        """The mean over the iterations of ||grad f||^2, by the trapezium rule."""
        between = (self.gradient[..., 1:] + self.gradient[..., :-1]) / 2
        return np.asarray((between * np.diff(self.steps)).sum(axis=-1) / self.steps[-1])

    def first_below(self, level: float) -> Array:
        """The first checkpoint with a gap of at most ``level``; infinite where there is none."""
        reached = self.gap <= level
        return np.where(reached.any(axis=-1), self.steps[reached.argmax(axis=-1)], np.inf)


def checkpoints(iterations: int) -> npt.NDArray[np.intp]:
    """Evenly spaced iterations to look at, the first and the last among them."""
    return np.unique(np.linspace(0, iterations, CHECKPOINTS + 1).round().astype(np.intp))


def train(
    digits: Digits,
    configurations: Sequence[Configuration],
    compress: Compress,
    *,
    iterations: int,
    seeds: int,
    batch: int,
    stream: int,
    minimum: float,
) -> History:
    """Run every configuration over every seed, from x_0 = 0 and an average of 0.

    PyTorch's SGD starts so too. Equal ``stream`` gives equal mini-batches.
    """
    rng = np.random.default_rng(stream)
    start = np.zeros((len(configurations), seeds, digits.dimension))
    # One batch of states per algorithm; the numbers of a configuration are columns beside it.
    groups: list[tuple[list[int], Algorithm, dict[str, Any], dict[str, Any]]] = []
    algorithms: tuple[Algorithm, ...] = (SGD, SGDM)
    for algorithm in algorithms:
        chosen = [i for i, c in enumerate(configurations) if c.algorithm is algorithm]
        if chosen:
            numbers = {
                name: np.array([getattr(configurations[i], name) for i in chosen])[:, None, None]
                for name in algorithm.parameters
            }
            state = algorithm.initial(start[chosen], start[chosen])
            groups.append((chosen, algorithm, numbers, state))
    steps = checkpoints(iterations)
    seen = np.empty((3, len(configurations), seeds, len(steps)))
    x, column = start.copy(), 0
    for k in range(iterations + 1):
        if k == steps[column]:
            for chosen, _, _, state in groups:
                x[chosen] = state["x"]
            value, gradient = digits.objective(x)
            measured = value - minimum, (gradient**2).sum(axis=-1), digits.accuracy(x)
            seen[..., column] = measured
            column += 1
        if k < iterations:
            drawn = digits.draw(rng, seeds, batch)
            for _, algorithm, numbers, state in groups:
                estimate = digits.estimate(state["x"], drawn, compress)
                state.update(algorithm.update(state, estimate, numbers))
    return History(steps, seen[0], seen[1], seen[2], x)


def error_of_estimate(
    digits: Digits, x: Array, compress: Compress, *, batch: int, draws: int, stream: int
) -> tuple[Array, Array]:
    """||bias||^2 and the variance of the gradient's estimate at each of (configs, seeds, d).

    From ``draws`` independent estimates; what their number adds to the bias is taken off.
    """
    rng = np.random.default_rng(stream)
    total, squares = np.zeros_like(x), np.zeros(x.shape[:-1])
    for _ in range(draws):
        estimate = digits.estimate(x, digits.draw(rng, x.shape[1], batch), compress)
        total += estimate
        squares += (estimate**2).sum(axis=-1)
    mean = total / draws
    variance = (squares - draws * (mean**2).sum(axis=-1)) / (draws - 1)
    bias = ((mean - digits.objective(x)[1]) ** 2).sum(axis=-1) - variance / draws
    return np.maximum(bias, 0.0), variance
