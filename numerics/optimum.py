"""What is known of a problem where it is least: constants of convex problems, rounded up."""

from __future__ import annotations

import numpy as np

from numerics.errors import InputError
from numerics.problems.base import Problem
from numerics.problems.distributed import Distributed
from numerics.problems.quadratic import Quadratic
from numerics.problems.shifted import ShiftedQuadratics
from numerics.rounding import up


def optimum(problem: Problem) -> dict[str, float]:
    """``D0``, ``sigma_star2``, ``D_inf``, ``L_max``, and ``mu`` where f is strongly convex.

    D0 = ||start - x_star||^2, sigma_star2 = mean ||grad f_i(x_star)||^2 and D_inf = f_inf - mean
    inf f_i over the workers; a problem without workers of its own stands for equal ones. Raises
    InputError for a problem that is not known to be convex, with its minimiser.
    """
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
