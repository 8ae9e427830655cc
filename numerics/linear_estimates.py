"""Estimators of a quadratic's gradient whose second moments are linear in those of the iterates.

In the basis of eigenvectors every coordinate has a state z of its own: the iterate x_k, a
momentum's average, earlier iterates x_{k-1}, ..., and the constant 1. Given all that came before,
the estimate of the coordinate has the mean m z and, about it, the variance tr(W E z z') + a part
``shared`` of E||grad f||^2 + a constant. Noise has mean zero and, as one coordinate sees it:

- gaussian, rademacher: (M E||grad f||^2 + sigma2)/d, in any basis;
- multiplicative, along the gradient: M E(grad f)_j^2. What is along the gradient and has a fixed
  size (sigma2, or a worker's sigma0_2) is not linear; but where all eigenvalues are the same, only
  the sum over the coordinates counts, and there each may have the d-th part;
- a random bias counts as noise (B E||grad f||^2 + C)/d, an opposing one with C = 0 as the factor
  1 - sqrt(B), a fixed one with B = 0 as a constant;
- n workers, with what they send compressed without bias and E(Q(v)_j - v_j)^2 = omega_j v_j^2:
  (1/n^2) sum_i (omega_j E(v_i)_j^2 + (1 + omega_j) sigma0_2/d), to which drawn delays add the
  variance of the point that is answered at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from numerics.backend import Array
from numerics.compressors import AllOrNothing, Compressor, Identity, RandK, Scaled, Shrink
from numerics.compressors.sparsifier import Sparsifier
from numerics.delays import PATTERNS, RANDOM_PATTERNS, delays
from numerics.errors import InputError
from numerics.oracles.base import Oracle
from numerics.oracles.exact import Exact
from numerics.oracles.stale import Messages
from numerics.oracles.synthetic import Synthetic
from numerics.oracles.workers import WorkerOracle, Workers
from numerics.problems.quadratic import Quadratic
from numerics.problems.shifted import ShiftedQuadratics

_ALONG = "multiplicative"


@dataclass(frozen=True)
class Layout:
    """Where things stand in the state of a coordinate: x at 0, then ``average`` (1, if there is
    one), the iterates of 1, 2, ..., ``lags`` steps ago, and 1 at the end.
    """

    average: bool
    lags: int

    @property
    def size(self) -> int:
        """Numbers in a state."""
        return 2 + self.average + self.lags

    def past(self, lag: int) -> int:
        """Return the place of x_{k - lag}."""
        return 0 if lag == 0 else int(self.average) + lag


@dataclass(frozen=True)
class Estimate:
    """Mean and variance of the estimate in a step: ``mean`` (d, s), ``spread`` (d, s, s),
    ``shared`` and ``constant``, a number or (d,), as at the top.
    """

    mean: Array
    spread: Array
    shared: float
    constant: Array | float


def rotated(problem: Quadratic) -> bool:
    """Return whether the axes of its eigenvectors are not those of its coordinates; of equal
    eigenvalues any axes are.
    """
    return problem.mirror is not None and not _equal(problem)


def lags_of(oracle: Oracle) -> int:
    """Return how many earlier iterates the estimate can look at."""
    return (oracle.tau or 0) if isinstance(oracle, Messages) else 0


def estimates(problem: Quadratic, oracle: Oracle, layout: Layout) -> Sequence[Estimate]:
    """Return the estimates of steps 0, 1, ...; after the last of them they come round again.

    Raises InputError where second moments are not linear.
    """
    if type(oracle) is Exact:
        return [_plain(problem, layout)]
    if type(oracle) is Synthetic:
        return [_synthetic(problem, oracle, layout)]
    if type(oracle) is WorkerOracle:
        local = _Local(problem, oracle)
        gain, omega = _compression(problem, oracle.compressor)
        noise = (omega + 1) * gain**2 * _of_workers(problem, oracle, omega) / local.count
        return [local.sent(layout, omega, gain, [np.zeros(local.count, int)], [1.0], noise)]
    if type(oracle) is Messages:
        return _messages(problem, oracle, layout)
    raise InputError(
        "exact moments need exact gradients, synthetic noise or workers that compress without"
        f" bias, not {oracle.title}"
    )


def _equal(problem: Quadratic) -> bool:
    return bool((problem.spectrum == problem.spectrum[0]).all())


def _plain(problem: Quadratic, layout: Layout, gain: float = 1.0) -> Estimate:
    d, s = problem.dimension, layout.size
    mean = np.zeros((d, s))
    mean[:, 0] = gain * problem.spectrum
    return Estimate(mean, np.zeros((d, s, s)), 0.0, 0.0)


def _synthetic(problem: Quadratic, oracle: Synthetic, layout: Layout) -> Estimate:
    d = problem.dimension
    gain, shared, constant = 1.0, 0.0, 0.0
    estimate = _plain(problem, layout)
    if oracle.biased:
        if oracle.bias_law == "opposing" and oracle.C == 0:
            gain = 1 - float(np.sqrt(oracle.B))
        elif oracle.bias_law == "fixed" and oracle.B == 0:
            along = np.full((1, d), np.sqrt(oracle.C / d))
            estimate.mean[:, -1] = problem.to_eigenbasis(along)[0]
        elif oracle.bias_law == "random":
            shared, constant = oracle.B / d, oracle.C / d
        else:
            raise InputError(
                "exact moments need no bias, a random one, an opposing one with C = 0 or a fixed"
                " one with B = 0"
            )
    estimate.mean[:, 0] *= gain
    if oracle.noise_law == _ALONG:
        estimate.spread[:, 0, 0] = oracle.M * problem.spectrum**2
        if oracle.sigma2 and not _equal(problem):
            raise InputError(
                "exact moments need noise along the gradient to be relative (sigma2 = 0), or equal"
                " eigenvalues"
            )
    else:
        shared += oracle.M / d
    return Estimate(estimate.mean, estimate.spread, shared, constant + oracle.sigma2 / d)


def _compression(problem: Quadratic, compressor: Compressor | None) -> tuple[float, Array]:
    """Return the factor of what is sent, and omega_j of its relative variance, (d,)."""
    d = problem.dimension
    none = np.zeros(d)
    if compressor is None or type(compressor) is Identity:
        return 1.0, none
    if type(compressor) is Shrink:
        return 1 - float(np.sqrt(1 - compressor.alpha)), none
    if type(compressor) is Scaled:
        return 1 / (1 + compressor.inner.constant(d)), _compression(problem, compressor.inner)[1]
    if type(compressor) is AllOrNothing:
        return 1.0, none + compressor.constant(d)
    if type(compressor) in (RandK, Sparsifier) and not rotated(problem):
        compressor.constant(d)
        if isinstance(compressor, Sparsifier):
            return 1.0, none + 1 / np.asarray(compressor.probabilities) - 1
        return 1.0, none + compressor.constant(d)
    if compressor.kind == "unbiased" and compressor.constant(d) == 0:
        return 1.0, none
    where = " on a rotated quadratic" if rotated(problem) else ""
    raise InputError(
        "exact moments are known for no compressor, and for compressors whose variance in a"
        f" coordinate is a part of its square, not for {compressor.name}{where}"
    )


def _of_workers(problem: Quadratic, oracle: Workers, omega: Array) -> float:
    """Return the variance of a worker's noise in one coordinate."""
    if not oracle.sigma0_2:
        return 0.0
    alike = _equal(problem) and bool((omega == omega[0]).all())
    if oracle.noise_law == _ALONG and not alike:
        raise InputError(
            "exact moments need noise of the workers in all directions, or equal eigenvalues"
        )
    return oracle.sigma0_2 / problem.dimension


class _Local:
    """The gradients s_i Lambda (x - c_i) of the workers, in the basis of eigenvectors."""

    def __init__(self, problem: Quadratic, oracle: Workers) -> None:
        self.count = oracle.count(problem)
        self._spectrum = problem.spectrum
        self._scales, self._centres = np.ones(self.count), np.zeros((self.count, problem.dimension))
        if isinstance(problem, ShiftedQuadratics):
            self._scales, self._centres = problem.scales, problem.centres

    def sent(
        self,
        layout: Layout,
        omega: Array,
        gain: float,
        lags: Sequence[Array],
        chances: Sequence[float],
        noise: Array | float = 0.0,
    ) -> Estimate:
        """Return the mean of what they send, with the ``lags`` (n,) one of which is drawn for a
        worker.

        ``noise`` is the variance that their own noise adds to the mean.
        """
        d, s, n = len(self._spectrum), layout.size, self.count
        mean, spread = np.zeros((d, s)), np.zeros((d, s, s))
        for i in range(n):
            row, square = np.zeros((d, s)), np.zeros((d, s, s))
            for lag, chance in zip(lags, chances, strict=True):
                at = np.zeros((d, s))
                at[:, layout.past(int(lag[i]))] = self._scales[i] * self._spectrum
                at[:, -1] = -self._scales[i] * self._spectrum * self._centres[i]
                row += chance * at
                square += chance * at[:, :, None] * at[:, None, :]
            mean += row
            # Where nothing is drawn the difference is 0 to the last bit, so it is not formed.
            spread += omega[:, None, None] * square
            if len(lags) > 1:
                spread += square - row[:, :, None] * row[:, None, :]
        return Estimate(gain * mean / n, gain**2 * spread / n**2, 0.0, noise)


def _messages(problem: Quadratic, oracle: Messages, layout: Layout) -> list[Estimate]:
    gain, omega = _compression(problem, oracle.compressor)
    tau = oracle.tau or 0
    if oracle.aggregated:
        # The gradient of f itself is sent, as by one worker that has all of f.
        whole = Quadratic(problem.spectrum, problem.start, problem.mirror, problem.title)
        local = _Local(whole, WorkerOracle(workers=1))
    else:
        local = _Local(problem, WorkerOracle(workers=oracle.workers))
    n, every = local.count, np.arange(tau + 1)
    if oracle.pattern in RANDOM_PATTERNS:
        if oracle.pattern == "uniform":
            chances = np.full(tau + 1, 1 / (tau + 1))
        else:
            # P(delay >= j) = 1/(1 + j), cut off at tau.
            chances = -np.diff([*(1 / (1 + every)), 0.0])
        return [local.sent(layout, omega, gain, [np.full(n, j) for j in every], chances.tolist())]
    assert oracle.pattern in PATTERNS
    steps = tau + 1 if oracle.pattern == "cyclic" else 1
    rng = np.random.default_rng(0)
    lags = [delays(oracle.pattern, step, 1, n, tau, rng)[0] for step in range(steps)]
    return [local.sent(layout, omega, gain, [one], [1.0]) for one in lags]
