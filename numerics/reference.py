"""Exact expectations for quadratics, by a linear recursion on second moments.

In the basis of eigenvectors every coordinate of the method has a state z (the iterate, an average,
earlier iterates, 1; :mod:`numerics.linear_estimates`), which a step maps to T z + n e, with e the
error of the estimate, of mean zero given z. So S = E z z' becomes T S T' + n n' E e^2, and E e^2 is
linear in S: means of squared norms follow without a sample, however heavy the tails.

Every number added in a step is rounded once, relative to terms that are squares of the state, and a
stable recursion forgets: the relative error is a small multiple of 1e-16 times the steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from numerics.algorithms import SGD, SGDM, Algorithm, checked_parameters
from numerics.backend import Array
from numerics.errors import InputError
from numerics.initial import first_batch
from numerics.linear_estimates import Estimate, Layout, estimates, lags_of
from numerics.metrics import (
    DISTANCE,
    GAP,
    LEAST_SQUARED_GRADIENT,
    MEAN_GAP,
    SQUARED_GRADIENT,
    Metric,
)
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem
from numerics.problems.quadratic import Quadratic
from numerics.problems.shifted import ShiftedQuadratics

_METRICS = (GAP, MEAN_GAP, SQUARED_GRADIENT, LEAST_SQUARED_GRADIENT, DISTANCE)
# Multiplications of a run, beyond which it would take longer than the trials.
_MOST_WORK = 2e10


class NoExactMean(InputError):
    """The expectation is not known exactly, and the message says why."""


def exact_mean(
    problem: Problem,
    oracle: Oracle,
    algorithm: Algorithm,
    parameters: Mapping[str, float],
    *,
    metric: Metric,
    checkpoints: Sequence[int],
    start: str = "gradient",
) -> Array:
    """Return the expectation of ``metric`` at each of the rising ``checkpoints``, as
    (checkpoints,).

    For SGD and SGDM on the problems quadratic and shifted-quadratics, with exact gradients,
    synthetic noise, or workers that compress and may answer late, as far as second moments are
    linear (:mod:`numerics.linear_estimates`), and for the gap, squared gradient norms, the distance
    to the minimiser, and means of them along the run. Raises :class:`NoExactMean` for anything
    else, and where the recursion would take too long.
    """
    if type(problem) not in (Quadratic, ShiftedQuadratics):
        raise NoExactMean("exact moments need a quadratic")
    assert isinstance(problem, Quadratic)
    if algorithm is not SGD and algorithm is not SGDM:
        raise NoExactMean("exact moments are known for sgd and sgdm")
    if all(metric.quantity is not m.quantity for m in _METRICS):
        raise NoExactMean(f"exact moments are no mean of {metric.title}")
    layout = Layout(average=algorithm is SGDM, lags=lags_of(oracle))
    if layout.lags and start != "gradient":
        raise NoExactMean("exact moments of late answers need the exact gradient at the start")
    work = float(checkpoints[-1]) * problem.dimension * layout.size**3
    if work > _MOST_WORK:
        raise NoExactMean(f"exact moments would take {work:.1e} multiplications")
    try:
        sent = estimates(problem, oracle, layout)
    except NoExactMean:
        raise
    except InputError as error:
        raise NoExactMean(str(error)) from None
    p = checked_parameters(algorithm, parameters)
    recursion = _Recursion(problem, layout, p["gamma"], p.get("beta", 1.0))
    moments = recursion.start(sent[0], start, first_batch(start, algorithm))
    steps = [recursion.step(one) for one in sent]
    offset = problem.f_star - problem.f_inf if metric.quantity is GAP.quantity else 0.0
    weights = _weights(problem, metric)
    means, at = np.empty(len(checkpoints)), 0
    total, weight, weighed = 0.0, 1.0, 0.0
    # A method that diverges leaves the range of floats, as its trials do.
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(checkpoints[-1] + 1):
            value = float(weights @ moments[:, 0, 0]) + offset
            if k == checkpoints[at]:
                means[at] = total / weighed if metric.average else value
                at += 1
            total, weighed = total + weight * value, weighed + weight
            weight *= metric.discount
            moments = recursion.advance(moments, *steps[k % len(steps)])
    return np.where(np.isnan(means), np.inf, means)


def _weights(problem: Quadratic, metric: Metric) -> Array:
    """Return the metric as a sum of so many times E x_j^2, (d,)."""
    if metric.quantity is GAP.quantity:
        return problem.spectrum / 2
    if metric.quantity is DISTANCE.quantity:
        return np.ones(problem.dimension)
    return problem.spectrum**2


class _Recursion:
    """Steps of the second moments S (d, s, s)."""

    def __init__(self, problem: Quadratic, layout: Layout, gamma: float, beta: float) -> None:
        self._problem, self._layout = problem, layout
        self._gamma, self._beta = gamma, beta
        self._squares = problem.spectrum**2

    def start(self, first: Estimate, start: str, batch: int | None) -> Array:
        """E z z' before the first step."""
        problem, layout = self._problem, self._layout
        state = np.zeros((problem.dimension, layout.size))
        x = problem.to_eigenbasis(problem.start[None])[0]
        state[:, [layout.past(lag) for lag in range(layout.lags + 1)]] = x[:, None]
        state[:, -1] = 1.0
        variance: Array | float = 0.0
        if layout.average and start == "gradient":
            state[:, 1] = problem.spectrum * x
        elif layout.average and batch is not None:
            variance = self._variance(state[:, :, None] * state[:, None, :], first) / batch
            state[:, 1] = (first.mean * state).sum(axis=1)
        moments: Array = state[:, :, None] * state[:, None, :]
        if layout.average:
            moments[:, 1, 1] += variance
        return moments

    def step(self, estimate: Estimate) -> tuple[Estimate, Array, Array]:
        """Return the estimate, and T (d, s, s) and n (s,) of a step with it."""
        layout, d = self._layout, self._problem.dimension
        matrix, column = np.zeros((d, layout.size, layout.size)), np.zeros(layout.size)
        matrix[:, -1, -1] = 1.0
        direction = self._beta * estimate.mean
        if layout.average:
            direction[:, 1] += 1 - self._beta
            matrix[:, 1] = direction
            column[1] = self._beta
        matrix[:, 0] = -self._gamma * direction
        matrix[:, 0, 0] += 1.0
        column[0] = -self._gamma * self._beta
        for lag in range(1, layout.lags + 1):
            matrix[:, layout.past(lag), layout.past(lag - 1)] = 1.0
        return estimate, matrix, column

    def advance(self, moments: Array, estimate: Estimate, matrix: Array, column: Array) -> Array:
        """E z z' after the step."""
        after: Array = matrix @ moments @ matrix.transpose(0, 2, 1)
        variance = self._variance(moments, estimate)
        after += variance[:, None, None] * (column[:, None] * column[None, :])
        return after

    def _variance(self, moments: Array, estimate: Estimate) -> Array:
        """E e^2 of every coordinate."""
        own = np.einsum("jab,jab->j", estimate.spread, moments)
        shared = estimate.shared * float(self._squares @ moments[:, 0, 0])
        variance: Array = own + shared + estimate.constant
        return variance
