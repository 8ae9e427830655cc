"""What is known of a problem where it is least: constants of workers, rounded up."""

from __future__ import annotations

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError
from numerics.problems.base import Problem
from numerics.problems.distributed import Distributed, worker_smoothness
from numerics.problems.glm import GeneralisedLinear
from numerics.problems.quadratic import Quadratic
from numerics.problems.sharded import ShardedLinear
from numerics.problems.shifted import ShiftedQuadratics
from numerics.rounding import up


def optimum(problem: Problem) -> dict[str, float]:
    """``L_max`` and ``D_inf``, of convex problems ``D0`` and ``sigma_star2``, and ``mu`` where f is
    strongly convex.

    L_max is the smoothness of every worker's f_i, D0 = ||start - x_star||^2, sigma_star2 =
    mean ||grad f_i(x_star)||^2 and D_inf = f_inf - mean inf f_i over the workers; a problem without
    workers of its own stands for equal ones. Where f has many minimisers, x_star is the nearest to
    the start. Raises InputError for a problem of which nothing of this is known.
    """
    if isinstance(problem, GeneralisedLinear):
        return _of_data(problem)
    if not isinstance(problem, Quadratic) or problem.minimiser is None:
        raise InputError(f"{problem.title} is not known to be convex, with a known minimiser")
    terms = problem.dimension + 8
    known = {
        "D0": up(float(np.sum((problem.start - problem.minimiser) ** 2)), terms),
        "sigma_star2": 0.0,
        "D_inf": 0.0,
        "L_max": worker_smoothness(problem),
    }
    if problem.spectrum.min() > 0:
        known["mu"] = problem.constants["mu"]
    if isinstance(problem, ShiftedQuadratics):
        # At the minimiser the gradients are what they differ by; every f_i is least at 0.
        known["sigma_star2"] = problem.dissimilarity()[1]
        known["D_inf"] = problem.f_star
    elif isinstance(problem, Distributed):
        raise InputError(f"of {problem.title} no constants at the minimiser are known")
    return known


def _of_data(problem: GeneralisedLinear) -> dict[str, float]:
    """Return the losses are not negative, so that D_inf is at most what f is somewhere.

    It is also mean (f_i(x_star) - inf f_i), and a function that is strongly convex with modulus l2
    is nowhere more than ||grad f_i||^2/(2 l2) above its infimum: so D_inf <= sigma_star2/(2 l2).
    """
    known = {"L_max": worker_smoothness(problem), "D_inf": 0.0}
    if isinstance(problem, ShardedLinear):
        known["D_inf"] = min(problem.f_star, problem.enclose(problem.start).value[1])
    near = _nearest(problem)
    if near is None:
        return known
    y, off = near
    way = up(float(np.sqrt(np.sum((problem.start - y) ** 2))), problem.dimension + 8)
    known |= {"D0": up(up(way + off) ** 2), "sigma_star2": 0.0}
    if problem.minimiser is not None:
        known["mu"] = problem.constants["mu"]
    if isinstance(problem, ShardedLinear):
        sizes = problem.local_gradient_norms(y) + up(known["L_max"] * off)
        known["sigma_star2"] = up(float(np.mean(sizes**2)), len(sizes) + 4)
        if problem.l2:
            shallow = up(known["sigma_star2"] / (2 * problem.l2))
            known["D_inf"] = min(known["D_inf"], shallow)
    return known


def _nearest(problem: GeneralisedLinear) -> tuple[Array, float] | None:
    """Return a point y and a bound of its distance to x_star, a minimiser of a convex f; or None.

    Where f is strongly convex ||y - x_star|| <= ||grad f(y)||/mu. So it is for the squared loss
    without l2, with x_star the minimiser that is nearest to y: y - x_star lies in the range of the
    Hessian, whose least eigenvalue there is at least mu.
    """
    if problem.minimiser is not None:
        return problem.minimiser, problem.minimiser_error
    if problem.loss.name != "squared" or "mu" not in problem.constants:
        return None
    gradient = problem.enclose(problem.best).gradient_norm[1]
    return problem.best, up(gradient / problem.constants["mu"])
