"""Checking on the very problem that the stated assumptions hold where the method goes."""

from __future__ import annotations

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError
from numerics.findings import Finding, finding, ratio
from numerics.memory import require_memory
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem, squared_norm

# Vectors of the problem's length that an audit holds at its peak: 24 points, six arrays of each.
_ARRAYS = 6 * 24


def audit(
    problem: Problem, oracle: Oracle, rng: np.random.Generator, points: Array | None = None
) -> list[Finding]:
    """Measure every assumption at ``points`` (n, d).

    By default: near the start, along a short run of gradient descent from it, and far away. Raises
    InputError for points of the wrong shape.
    """
    # The points, their gradients and differences, each with its enclosure.
    require_memory(8.0 * _ARRAYS * oracle.width(problem), "the audit of the assumptions")
    if points is None:
        points = sample_points(problem, rng)
    if points.ndim != 2 or points.shape[1] != problem.dimension or len(points) < 2:
        raise InputError(f"points must have shape (at least 2, {problem.dimension})")
    with np.errstate(all="ignore"):
        return [*_function(problem, points), *oracle.findings(problem, points, rng)]


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
        finding(
            "smooth",
            f"||grad f(x) - grad f(y)|| <= L ||x - y||, L = {L:.6g}",
            ratio(bends, L * np.sqrt(squared_norm(steps)), floor),
        )
    )
    below = ratio(problem.f_inf - highest, np.zeros_like(highest), 0.0)
    findings.append(finding("bounded below", f"f >= {problem.f_inf:.6g}", below))
    if "mu" in constants:
        mu = constants["mu"]
        findings.append(
            finding(
                "PL",
                f"||grad f||^2 >= 2 mu (f - f_star), mu = {mu:.6g}",
                ratio(2 * mu * (lowest - problem.f_star), most**2, 0.0),
            )
        )
    return findings
