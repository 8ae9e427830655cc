"""Problems by name, with their options checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from numerics.errors import unknown
from numerics.problems.base import Problem
from numerics.problems.composite import composite
from numerics.problems.finite_sums import glm, least_squares, sharded_glm
from numerics.problems.maml import maml
from numerics.problems.quadratic import quadratic
from numerics.problems.shifted import shifted_quadratics
from numerics.problems.sine import sine

PROBLEMS: dict[str, Callable[..., Problem]] = {
    "quadratic": quadratic,
    "least-squares": least_squares,
    "sine": sine,
    "glm": glm,
    "shifted-quadratics": shifted_quadratics,
    "sharded-glm": sharded_glm,
    "composite": composite,
    "maml": maml,
}


def problem_options(name: str) -> dict[str, object]:
    """The options of a problem with their defaults; InputError for an unknown name."""
    if name not in PROBLEMS:
        raise unknown("problem", name, PROBLEMS)
    parameters = inspect.signature(PROBLEMS[name]).parameters
    return {option: parameter.default for option, parameter in parameters.items()}


def make_problem(name: str, **options: object) -> Problem:
    """The problem of that name; InputError names the nearest option for one it does not have."""
    known = problem_options(name)
    for option in options:
        if option not in known:
            raise unknown(f"option of problem {name}", option, known)
    return PROBLEMS[name](**options)
