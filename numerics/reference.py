"""Exact expectations for quadratics, by a linear recursion on second moments.

Along an eigenvector with eigenvalue l the method is linear in the state (x, v): it becomes
T (x, v) + n z with T = [[1 - gamma beta c l, -gamma (1 - beta)], [beta c l, 1 - beta]] and
n = (-gamma beta, beta), so the second moments S become T S T' + n n' E z^2 exactly; plain SGD is
beta = 1. The noise variance of a coordinate is (M E||grad f||^2 + sigma2)/d. A bias that opposes
the gradient with C = 0 keeps the recursion linear: c = 1 - sqrt(B).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from numerics.algorithms import SGD, SGDM, Algorithm, checked_parameters
from numerics.backend import Array
from numerics.block import STARTS
from numerics.errors import InputError
from numerics.metrics import GAP, SQUARED_GRADIENT, Metric
from numerics.oracles.base import Oracle
from numerics.oracles.exact import Exact
from numerics.oracles.synthetic import Synthetic
from numerics.problems.base import Problem
from numerics.problems.quadratic import Quadratic
from numerics.validation import choice


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
    """The expectation of ``metric`` at each of the rising ``checkpoints``, as (checkpoints,).

    For SGD and SGDM on a quadratic without rotation, with coordinate-wise noise (gaussian,
    rademacher) or none, and no bias or one that opposes the gradient with C = 0; metrics GAP and
    SQUARED_GRADIENT. Raises InputError for anything else.
    """
    values, gain, M, sigma2 = _model(problem, oracle)
    if algorithm not in (SGD, SGDM) or metric not in (GAP, SQUARED_GRADIENT):
        raise InputError("exact moments are known for sgd and sgdm with gap and squared-gradient")
    choice("start", start, STARTS)
    p = checked_parameters(algorithm, parameters)
    gamma, beta, d = p["gamma"], p.get("beta", 1.0), len(values)
    x = problem.start
    v = {"gradient": 1.0, "zero": 0.0, "first": gain}[start] * values * x
    xx, xv, vv = x * x, x * v, v * v
    if start == "first":
        vv = vv + (M * float(np.sum(values**2 * xx)) + sigma2) / d
    pull = beta * gain * values
    a, b, c, e = 1 - gamma * pull, -gamma * (1 - beta), pull, 1 - beta
    means, total, at = np.empty(len(checkpoints)), 0.0, 0
    for k in range(checkpoints[-1] + 1):
        square = float(np.sum(values**2 * xx))
        if k == checkpoints[at]:
            means[at] = total / max(k, 1) if metric.average else np.sum(values * xx) / 2
            at += 1
        total += square
        noise = (M * square + sigma2) / d
        xx, xv, vv = (
            a * a * xx + 2 * a * b * xv + b * b * vv + (gamma * beta) ** 2 * noise,
            a * c * xx + (a * e + b * c) * xv + b * e * vv - gamma * beta**2 * noise,
            c * c * xx + 2 * c * e * xv + e * e * vv + beta**2 * noise,
        )
    return means


def _model(problem: Problem, oracle: Oracle) -> tuple[Array, float, float, float]:
    """Eigenvalues, factor of the mean gradient, M and sigma2; or a refusal."""
    if not isinstance(problem, Quadratic) or problem.mirror is not None:
        raise InputError("exact moments need a quadratic without rotation")
    values = problem.spectrum
    if isinstance(oracle, Exact):
        return values, 1.0, 0.0, 0.0
    if not isinstance(oracle, Synthetic) or oracle.noise_law == "multiplicative":
        raise InputError("exact moments need exact gradients or coordinate-wise noise")
    if oracle.biased and (oracle.bias_law != "opposing" or oracle.C > 0):
        raise InputError("exact moments need no bias, or an opposing one with C = 0")
    return values, 1 - float(np.sqrt(oracle.B)), oracle.M, oracle.sigma2
