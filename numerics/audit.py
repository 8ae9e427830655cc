"""Checking on the very problem that the stated assumptions hold where the method goes."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError
from numerics.memory import require_memory
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem, squared_norm

# Room for the rounding of the quantities compared.
_ROUNDING = 1e-9
# How many standard errors a sampled mean may lie beyond what it must not exceed.
_STANDARD_ERRORS = 4.5
_DRAWS = 400
# Vectors of the problem's length that an audit holds at its peak: 24 points, six arrays of each.
_ARRAYS = 6 * 24
_MOST_DOUBLES = 1 << 22


@dataclass(frozen=True)
class Finding:
    """One assumption on the sampled points: ``worst`` is the largest measured part of what is
    allowed, so at most 1 (up to rounding, and for means up to chance) when ``ok``.
    """

    assumption: str
    stated: str
    worst: float
    ok: bool


def audit(
    problem: Problem, oracle: Oracle, rng: np.random.Generator, points: Array | None = None
) -> list[Finding]:
    """Measure every assumption at ``points`` (n, d).

    By default: near the start, along a short run of gradient descent from it, and far away. Raises
    InputError for points of the wrong shape.
    """
    # The points, their gradients and differences, each with its enclosure.
    require_memory(8.0 * _ARRAYS * problem.width, "the audit of the assumptions")
    if points is None:
        points = sample_points(problem, rng)
    if points.ndim != 2 or points.shape[1] != problem.dimension or len(points) < 2:
        raise InputError(f"points must have shape (at least 2, {problem.dimension})")
    with np.errstate(all="ignore"):
        return [*_function(problem, points), *_oracle(problem, oracle, rng, points)]


def sample_points(problem: Problem, rng: np.random.Generator) -> Array:
    """Points near the start, along a short run from it, and far away, as (n, d)."""
    x, d = problem.start[None], problem.dimension
    size = 1.0 + float(np.abs(problem.start).max())
    shape = (8, d)
    near, far = (x + size * s * rng.standard_normal(shape) for s in (0.1, 100.0))
    path = [x]
    for _ in range(32):
        path.append(path[-1] - problem.gradient(path[-1]) / problem.constants["L"])
    return np.concatenate([x, near, *path[1:5], path[8], path[16], path[32], far])


def _finding(assumption: str, stated: str, ratios: Array, room: Array | float = 0.0) -> Finding:
    ratios = np.asarray(ratios)
    ok = bool((ratios - room <= 1 + _ROUNDING).all())
    return Finding(assumption, stated, float(ratios.max()), ok)


def _ratio(part: Array, whole: Any, floor: Array | float) -> Array:
    """part/whole, where both may vanish: what is below the rounding error ``floor`` counts as 0."""
    excess = np.maximum(part - floor, 0.0)
    ratio: Array = np.divide(
        excess, whole, out=np.where(excess > 0, np.inf, 0.0), where=np.asarray(whole) > 0
    )
    return ratio


def _function(problem: Problem, points: Array) -> list[Finding]:
    constants = problem.constants
    gradient = problem.gradient(points)
    # Rigorous intervals, so that rounding alone never looks like a violation.
    bounds = [problem.enclose(point) for point in points]
    lowest, highest = np.array([b.value for b in bounds]).T
    least, most = np.array([b.gradient_norm for b in bounds]).T
    findings = []
    steps = points[1:] - points[:-1]
    bends = np.sqrt(squared_norm(gradient[1:] - gradient[:-1]))
    floor = (most - least)[1:] + (most - least)[:-1]
    L = constants["L"]
    findings.append(
        _finding(
            "smooth",
            f"||grad f(x) - grad f(y)|| <= L ||x - y||, L = {L:.6g}",
            _ratio(bends, L * np.sqrt(squared_norm(steps)), floor),
        )
    )
    below = _ratio(problem.f_inf - highest, np.zeros_like(highest), 0.0)
    findings.append(_finding("bounded below", f"f >= {problem.f_inf:.6g}", below))
    if "mu" in constants:
        mu = constants["mu"]
        findings.append(
            _finding(
                "PL",
                f"||grad f||^2 >= 2 mu (f - f_star), mu = {mu:.6g}",
                _ratio(2 * mu * (lowest - problem.f_star), most**2, 0.0),
            )
        )
    return findings


def _oracle(
    problem: Problem, oracle: Oracle, rng: np.random.Generator, points: Array
) -> list[Finding]:
    c = oracle.constants(problem)
    draws = max(2, min(_DRAWS, _MOST_DOUBLES // problem.width)) if oracle.random else 2
    bias, noise, room, drift, drift_room = ([] for _ in range(5))
    for point in points:
        x = np.repeat(point[None], draws, axis=0)
        gradient = problem.gradient(x)
        square = float(squared_norm(gradient)[0])
        # The oracle draws its bias first, so a generator in the same state gives the same one.
        b = oracle.bias(problem, x, gradient, copy.deepcopy(rng)) + np.zeros_like(x)
        z = oracle.draw(problem, x, gradient, rng, np.empty_like(x)) - gradient - b
        sizes = squared_norm(z)
        floor = 1e-24 * square
        allowed = c["M"] * square + c["sigma2"]
        error = float(sizes.std(ddof=1)) / draws**0.5
        bias.append(_ratio(squared_norm(b), c["B"] * square + c["C"], floor).max())
        noise.append(_ratio(sizes.mean(), allowed, floor))
        room.append(_STANDARD_ERRORS * error / allowed if allowed > 0 else 0.0)
        spread = float(np.sqrt(sizes.mean() / draws))
        centre = float(np.sqrt(squared_norm(z.mean(axis=0)[None])[0]))
        drift.append(centre / spread if spread**2 > floor else 0.0)
        drift_room.append(_STANDARD_ERRORS - 1)
    return [
        _finding("bias", f"||b||^2 <= B||grad f||^2 + C, B = {c['B']:.6g}, C = {c['C']:.6g}",
                 np.array(bias)),
        _finding("noise", f"E||z||^2 <= M||grad f||^2 + sigma2, M = {c['M']:.6g},"
                 f" sigma2 = {c['sigma2']:.6g}", np.array(noise), np.array(room)),
        _finding("zero mean", "E z = 0 (mean over its standard error)",
                 np.array(drift), np.array(drift_room)),
    ]  # fmt: skip
