"""Exact expectations for quadratics, by a linear recursion on second moments.

Along an eigenvector with eigenvalue l the method is linear in the state (x, v): it becomes
T (x, v) + n z with T = [[1 - gamma beta c l, -gamma (1 - beta)], [beta c l, 1 - beta]] and
n = (-gamma beta, beta), so the second moments S become T S T' + n n' E z^2 exactly; plain SGD is
beta = 1. The noise variance of a coordinate is (M E||grad f||^2 + sigma2)/d. A bias that opposes
the gradient with C = 0 keeps the recursion linear: c = 1 - sqrt(B).

n workers with noise sigma0_2, whose messages are as they are, shrunk by a factor c, or compressed
without bias so that E(Q(v)_j - v_j)^2 = omega v_j^2: the noise variance of a coordinate is then
omega/n (mean_i E(grad f_i)_j^2 + sigma0_2/d) + c^2 sigma0_2/(nd).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.algorithms import SGD, SGDM, Algorithm, checked_parameters
from numerics.backend import Array
from numerics.compressors import AllOrNothing, Identity, RandK, Shrink
from numerics.errors import InputError
from numerics.metrics import GAP, SQUARED_GRADIENT, Metric
from numerics.oracles.base import Oracle
from numerics.oracles.exact import Exact
from numerics.oracles.synthetic import Synthetic
from numerics.oracles.workers import WorkerOracle
from numerics.problems.base import Problem
from numerics.problems.quadratic import Quadratic
from numerics.problems.shifted import ShiftedQuadratics
from numerics.starts import STARTS
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
    rademacher) or none, and no bias or one that opposes the gradient with C = 0; or for workers
    with such noise and a compressor as above (identity, randk, all-or-nothing, shrink). Metrics
    GAP and SQUARED_GRADIENT. Raises InputError for anything else.
    """
    model = _model(problem, oracle)
    values, gain = model.values, model.gain
    if algorithm not in (SGD, SGDM) or metric not in (GAP, SQUARED_GRADIENT):
        raise InputError("exact moments are known for sgd and sgdm with gap and squared-gradient")
    choice("start", start, STARTS)
    p = checked_parameters(algorithm, parameters)
    gamma, beta = p["gamma"], p.get("beta", 1.0)
    x = problem.start
    v = {"gradient": 1.0, "zero": 0.0, "first": gain}[start] * values * x
    xx, xv, vv = x * x, x * v, v * v
    if start == "first":
        vv = vv + model.noise(values**2 * xx)
    pull = beta * gain * values
    a, b, c, e = 1 - gamma * pull, -gamma * (1 - beta), pull, 1 - beta
    means, total, at = np.empty(len(checkpoints)), 0.0, 0
    for k in range(checkpoints[-1] + 1):
        squares = values**2 * xx
        if k == checkpoints[at]:
            means[at] = total / max(k, 1) if metric.average else np.sum(values * xx) / 2
            at += 1
        total += float(np.sum(squares))
        noise = model.noise(squares)
        xx, xv, vv = (
            a * a * xx + 2 * a * b * xv + b * b * vv + (gamma * beta) ** 2 * noise,
            a * c * xx + (a * e + b * c) * xv + b * e * vv - gamma * beta**2 * noise,
            c * c * xx + 2 * c * e * xv + e * e * vv + beta**2 * noise,
        )
    return means


@dataclass(frozen=True)
class _Model:
    """Eigenvalues (d,), the factor of the mean gradient, and the noise of a coordinate: a part of
    E||grad f||^2, a part of its own E(grad f)_j^2, and a constant, a number or (d,).
    """

    values: Array
    gain: float
    shared: float
    own: float
    constant: Any

    def noise(self, squares: Array) -> Array:
        """The variances, (d,), where E(grad f)_j^2 is ``squares`` (d,)."""
        total: Array = self.shared * np.sum(squares) + self.own * squares + self.constant
        return total


def _model(problem: Problem, oracle: Oracle) -> _Model:
    if not isinstance(problem, Quadratic) or problem.mirror is not None:
        raise InputError("exact moments need a quadratic without rotation")
    values, d = problem.spectrum, problem.dimension
    if isinstance(oracle, Exact):
        return _Model(values, 1.0, 0.0, 0.0, 0.0)
    if isinstance(oracle, WorkerOracle):
        return _workers(problem, oracle)
    if not isinstance(oracle, Synthetic) or oracle.noise_law == "multiplicative":
        raise InputError("exact moments need exact gradients or coordinate-wise noise")
    if oracle.biased and (oracle.bias_law != "opposing" or oracle.C > 0):
        raise InputError("exact moments need no bias, or an opposing one with C = 0")
    return _Model(values, 1 - float(np.sqrt(oracle.B)), oracle.M / d, 0.0, oracle.sigma2 / d)


def _workers(problem: Quadratic, oracle: WorkerOracle) -> _Model:
    compressor, n, d = oracle.compressor, oracle.count(problem), problem.dimension
    if oracle.noise_law == "multiplicative":
        raise InputError("exact moments need exact gradients or coordinate-wise noise")
    gain, omega, sigma = 1.0, 0.0, oracle.sigma0_2 / (n * d)
    if isinstance(compressor, Shrink):
        gain = 1 - float(np.sqrt(1 - compressor.alpha))
    elif isinstance(compressor, Identity | RandK | AllOrNothing):
        omega = compressor.constant(d)
    elif compressor is not None:
        raise InputError(
            f"exact moments are known for no compressor, or {Identity.name}, {RandK.name},"
            f" {AllOrNothing.name} and {Shrink.name}, not for {compressor.name}"
        )
    relative, constant = 1.0, np.zeros(d)
    if isinstance(problem, ShiftedQuadratics):
        # The cross term of grad f_i = s_i grad f - s_i Lambda c_i cancels in every coordinate.
        relative = float(np.mean(problem.scales**2))
        constant = np.mean((problem.scales[:, None] * problem.centres) ** 2, axis=0)
        constant *= problem.spectrum**2
    constant = omega / n * constant + (omega + gain**2) * sigma
    return _Model(problem.spectrum, gain, 0.0, omega / n * relative, constant)
