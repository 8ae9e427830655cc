"""How far the average of gradients is from the true gradient before the first step."""

from __future__ import annotations

from numerics.algorithms import Algorithm, owned
from numerics.block import STARTS
from numerics.errors import InputError
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem, squared_norm
from numerics.rounding import gamma, up
from numerics.validation import choice


def checked_start(algorithm: Algorithm, start: str) -> str:
    """The ``start``; InputError where there is no such one, or the method has another one."""
    choice("start", start, STARTS)
    if getattr(algorithm, "starts_exactly", False) and start != "gradient":
        raise InputError(f"{algorithm.name} starts at the exact gradient, not at {start!r}")
    return start


def initial_error(problem: Problem, oracle: Oracle, algorithm: Algorithm, start: str) -> float:
    """An upper bound of E0 = E||v - grad f(x_0)||^2 for this ``start``, rounded up.

    "gradient" gives 0, "zero" ||grad f(x_0)||^2, and "first" the bound of the oracle's error.
    Methods without an average have none to be wrong: 0. Raises InputError for a start that the
    method does not have.
    """
    checked_start(algorithm, start)
    if start == "gradient" or "v" not in algorithm.state:
        return 0.0
    square = up(problem.enclose(problem.start).gradient_norm[1] ** 2)
    if start == "zero":
        return square
    return oracle.error_bound(problem, square)


def initial_local_error(
    problem: Problem, oracle: Oracle, algorithm: Algorithm, start: str
) -> float:
    """An upper bound of a worker's E||v_i - grad f_i(x_0)||^2, in the mean over the workers.

    0 for methods whose workers have no average of their own.
    """
    if not owned(algorithm) or start == "gradient":
        return 0.0
    if start == "first":
        return oracle.local_error(problem)
    x = problem.start[None]
    local = oracle.local_gradients(problem, x, problem.gradient(x))[0]
    terms = 8 * problem.dimension + local.size
    return up(float(squared_norm(local).mean()) * (1 + gamma(terms)), terms)
