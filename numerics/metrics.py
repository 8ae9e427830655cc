"""The measures of theorems, taken along the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError
from numerics.problems.base import Problem, squared_norm


@dataclass(frozen=True)
class Metric:
    """A quantity per trial. At checkpoint k it is taken at x_k or, with ``average``, as the mean
    over x_0 ... x_{k-1}, in which each counts ``discount`` times the one before it.

    ``quantity(problem, x, gradient)`` maps points and true gradients (trials, d) to (trials,);
    unless it is ``of_gradient`` it looks at the points alone.
    """

    name: str
    title: str
    quantity: Callable[[Problem, Array, Array], Array]
    average: bool
    discount: float = 1.0
    of_gradient: bool = True


def _gap(problem: Problem, x: Array, gradient: Array) -> Array:
    return problem.value(x) - problem.f_inf


def _squared_gradient(problem: Problem, x: Array, gradient: Array) -> Array:
    norms: Array = squared_norm(gradient)
    return norms


GAP = Metric("gap", "f(x_k) - f_inf", _gap, average=False, of_gradient=False)
SQUARED_GRADIENT = Metric(
    "squared-gradient", "mean of ||grad f(x_j)||^2 over j < k", _squared_gradient, average=True
)


def _gradient_1norm(problem: Problem, x: Array, gradient: Array) -> Array:
    norms: Array = np.abs(gradient).sum(axis=1)
    return norms


GRADIENT_1NORM = Metric(
    "gradient-1-norm", "mean of ||grad f(x_j)||_1 over j < k", _gradient_1norm, average=True
)


def _gradient_norm(problem: Problem, x: Array, gradient: Array) -> Array:
    norms: Array = np.sqrt(squared_norm(gradient))
    return norms


GRADIENT_NORM = Metric(
    "gradient-2-norm", "mean of ||grad f(x_j)|| over j < k", _gradient_norm, average=True
)


def _distance(problem: Problem, x: Array, gradient: Array) -> Array:
    if problem.minimiser is None:
        raise InputError(f"the minimiser of {problem.title} is not known")
    lengths: Array = squared_norm(x - problem.minimiser)
    return lengths


DISTANCE = Metric("distance", "||x_k - x_star||^2", _distance, average=False, of_gradient=False)
MEAN_GAP = Metric(
    "mean-gap", "mean of f(x_j) - f_inf over j < k", _gap, average=True, of_gradient=False
)
#: The mean that bounds the least; its discount is that of the theorem.
LEAST_SQUARED_GRADIENT = Metric(
    "least-squared-gradient",
    "weighted mean of ||grad f(x_j)||^2 over j < k",
    _squared_gradient,
    average=True,
)
