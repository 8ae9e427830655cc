"""The points of an audit: near the start, along a descent from it, where f is low, and far away."""

from __future__ import annotations

import numpy as np

from numerics.backend import Array
from numerics.problems.base import Problem

_LONGEST, _SHORTEST = 256, 32
# What the numbers of all data may be multiplied with, for descents of full length.
_WORK = 1 << 27
_RUNS = 4


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


def descents(problem: Problem, rng: np.random.Generator) -> Array:
    """Points along gradient descent from the start and a few points around it, and last that at
    which conjugate gradients end, (n, d).
    """
    from scipy.optimize import minimize

    size = 1.0 + float(np.abs(problem.start).max())
    x = problem.start + size * rng.standard_normal((_RUNS, problem.dimension))
    x[0] = problem.start
    data = _RUNS * (problem.dimension + problem.resident_bytes() // 8)
    steps = int(np.clip(_WORK // max(data, 1), _SHORTEST, _LONGEST))
    kept, at = [], {int(k) for k in np.geomspace(1, steps, 9)}
    for k in range(1, steps + 1):
        x = x - problem.gradient(x) / problem.constants["L"]
        if k in at:
            kept.append(x)

    def value_and_gradient(point: Array) -> tuple[float, Array]:
        value, gradient = problem.value_and_gradient(point[None])
        return float(value[0]), gradient[0]

    options = {"maxiter": steps, "gtol": 1e-12}
    end = minimize(value_and_gradient, problem.start, jac=True, method="CG", options=options).x
    found = np.concatenate([*kept, end[None]])
    usable: Array = found[np.isfinite(found).all(axis=1)]
    return usable
