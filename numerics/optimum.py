"""What is known of a problem where it is least: constants of workers, rounded up."""

from __future__ import annotations

import numpy as np

from numerics.errors import InputError
from numerics.problems.base import Problem
from numerics.problems.distributed import Distributed
from numerics.problems.glm import GeneralisedLinear
from numerics.problems.quadratic import Quadratic
from numerics.problems.sharded import ShardedLinear
from numerics.problems.shifted import ShiftedQuadratics
from numerics.rounding import up


def optimum(problem: Problem) -> dict[str, float]:
    """``L_max`` and ``D_inf``, of convex problems ``D0`` and ``sigma_star2``, and ``mu`` where f is
    strongly convex.

    D0 = ||start - x_star||^2, sigma_star2 = mean ||grad f_i(x_star)||^2 and D_inf = f_inf - mean
    inf f_i over the workers; a problem without workers of its own stands for equal ones. Raises
    InputError for a problem of which nothing of this is known.
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
        "L_max": problem.constants["L"],
    }
    if problem.spectrum.min() > 0:
        known["mu"] = problem.constants["mu"]
    if isinstance(problem, ShiftedQuadratics):
        # At the minimiser the gradients are what they differ by; every f_i is least at 0.
        known["sigma_star2"] = problem.dissimilarity()[1]
        known["D_inf"] = problem.f_star
        known["L_max"] = problem.constants["L_max"]
    elif isinstance(problem, Distributed):
        raise InputError(f"of {problem.title} no constants at the minimiser are known")
    return known


def _of_data(problem: GeneralisedLinear) -> dict[str, float]:
    """From a point y near the minimiser: ||y - x_star|| <= ||grad f(y)||/mu.

    The losses are not negative, so that D_inf is at most what f is somewhere.
    """
    own = isinstance(problem, ShardedLinear)
    known = {"L_max": problem.constants["L_max"], "D_inf": 0.0}
    if own:
        known["D_inf"] = min(problem.f_star, problem.enclose(problem.start).value[1])
    if problem.minimiser is None:
        return known
    y, terms = problem.minimiser, problem.dimension + 8
    off = problem.minimiser_error
    way = up(float(np.sqrt(np.sum((problem.start - y) ** 2))), terms)
    known |= {"D0": up(up(way + off) ** 2), "sigma_star2": 0.0, "mu": problem.constants["mu"]}
    if isinstance(problem, ShardedLinear):
        sizes = problem.local_gradient_norms(y) + up(problem.constants["L_max"] * off)
        known["sigma_star2"] = up(float(np.mean(sizes**2)), len(sizes) + 4)
    return known
