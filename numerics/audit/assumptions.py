"""The audit of a problem and an estimator."""

from __future__ import annotations

import numpy as np

from numerics.audit.components import component_findings
from numerics.audit.course import STEPS, course_findings
from numerics.audit.function import function_findings
from numerics.audit.points import sample_points
from numerics.audit.workers import worker_assumptions
from numerics.audit_result import Finding
from numerics.backend import Array
from numerics.compressors.base import Compressor
from numerics.errors import InputError
from numerics.memory import require_memory
from numerics.oracles.base import Oracle
from numerics.oracles.components import ShuffledComponents
from numerics.oracles.sample_findings import sample_findings
from numerics.oracles.worker_findings import compression
from numerics.problems.base import Problem

# Vectors of the problem's length that an audit holds at its peak: 24 points, six arrays of each.
_ARRAYS = 6 * 24


def audit(
    problem: Problem,
    oracle: Oracle,
    rng: np.random.Generator,
    points: Array | None = None,
    *,
    steps: int = STEPS,
    samples: bool = False,
    compressor: Compressor | None = None,
    function: bool = True,
) -> list[Finding]:
    """Measure every assumption at ``points`` (n, d), and over ``steps`` estimates in a row.

    ``samples`` says that the method draws samples of the oracle, and not estimates;
    ``compressor`` is what the method itself sends by. Without ``function`` the function itself is
    left out, where another estimator's audit has looked at it.

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
        return [
            *(function_findings(problem, points, rng) if function else []),
            *_of_estimates(problem, oracle, points, rng, samples),
            *_of_compressor(problem, compressor, points, rng),
            *component_findings(problem, oracle, points, rng),
            *worker_assumptions(problem, oracle, points, rng),
            *course_findings(problem, oracle, points, rng, steps, samples),
        ]


def _of_estimates(
    problem: Problem, oracle: Oracle, points: Array, rng: np.random.Generator, samples: bool
) -> list[Finding]:
    """Return those of the oracle's kind; of what draws samples, the samples."""
    drawn = samples and not isinstance(oracle, ShuffledComponents)
    return (sample_findings if drawn else _own)(problem, oracle, points, rng)


def _own(
    problem: Problem, oracle: Oracle, points: Array, rng: np.random.Generator
) -> list[Finding]:
    return oracle.findings(problem, points, rng)


def _of_compressor(
    problem: Problem, compressor: Compressor | None, points: Array, rng: np.random.Generator
) -> list[Finding]:
    if compressor is None:
        return []
    return compression(problem.gradient(points)[:, None], compressor, rng)
