"""The largest value that a measured quantity can have, for methods that cannot run away.

A method with ``bounded_steps`` moves no coordinate by more than gamma in a step, whatever it draws:
after j steps x_j is within r_j = gamma j sqrt(d) of the start. With an L-Lipschitz gradient then
||grad f(x_j)|| <= ||grad f(x_0)|| + L r_j, the same with sqrt(d) L r_j for 1-norms, and
f(x_j) <= f(x_0) + ||grad f(x_0)|| r_j + L r_j^2/2.
"""

from __future__ import annotations

import numpy as np

from numerics.backend import Array
from numerics.jobs import Job, Point
from numerics.metrics import GAP, GRADIENT_1NORM, GRADIENT_NORM, SQUARED_GRADIENT
from numerics.traits import traits


def ceilings(job: Job, point: Point) -> Array:
    """No run at ``point`` can measure more at the checkpoints, (checkpoints,); inf for unknown."""
    unknown = np.full(len(job.checkpoints), np.inf)
    if not traits(job.algorithm).bounded_steps:
        return unknown
    problem, quantity = job.problem, job.metric.quantity
    start = problem.start[None]
    gradient = problem.gradient(start)
    norm = float(np.linalg.norm(gradient))
    steps = np.arange(job.checkpoints[-1] + 1)
    L, d = problem.constants["L"], problem.dimension
    radius = point.parameters["gamma"] * steps * d**0.5
    if quantity is GRADIENT_1NORM.quantity:
        highest = float(np.abs(gradient).sum()) + d**0.5 * L * radius
    elif quantity is GRADIENT_NORM.quantity:
        highest = norm + L * radius
    elif quantity is SQUARED_GRADIENT.quantity:
        highest = (norm + L * radius) ** 2
    elif quantity is GAP.quantity:
        first = float(problem.value(start)[0] - problem.f_inf)
        highest = first + norm * radius + L * radius**2 / 2
    else:
        return unknown
    if job.metric.average:
        # No mean is above the last of values that rise.
        highest = np.concatenate([highest[:1], highest[:-1]])
        if point.discount == 1:
            highest[1:] = np.cumsum(highest[1:]) / steps[1:]
    return np.asarray(highest)[list(job.checkpoints)]
