"""How far the average of gradients is from the true gradient before the first step."""

from __future__ import annotations

from numerics.algorithms import Algorithm
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem, squared_norm
from numerics.rounding import gamma, up
from numerics.starts import first_batch
from numerics.traits import traits


def initial_error(problem: Problem, oracle: Oracle, algorithm: Algorithm, start: str) -> float:
    """An upper bound of E0 = E||v - grad f(x_0)||^2 for this ``start``, rounded up.

    "gradient" gives 0, "zero" ||grad f(x_0)||^2, "first" the bound of the oracle's error, and a
    batch "first:B" of unbiased samples a B-th of it.
    Methods without an average have none to be wrong: 0.
    """
    batch = first_batch(start, algorithm)
    if start == "gradient" or "v" not in algorithm.state:
        return 0.0
    square = up(problem.enclose(problem.start).gradient_norm[1] ** 2)
    if start == "zero":
        return square
    assert batch is not None
    return up(oracle.error_bound(problem, square) / batch)


def initial_local_error(
    problem: Problem, oracle: Oracle, algorithm: Algorithm, start: str
) -> float:
    """An upper bound of a worker's E||v_i - grad f_i(x_0)||^2, in the mean over the workers.

    0 for methods whose workers have no average of their own.
    """
    if not traits(algorithm).owned or start == "gradient":
        return 0.0
    batch = first_batch(start, algorithm)
    if batch is not None:
        return up(oracle.local_error(problem) / batch)
    x = problem.start[None]
    local = oracle.local_gradients(problem, x, problem.gradient(x))[0]
    terms = 8 * problem.dimension + local.size
    return up(float(squared_norm(local).mean()) * (1 + gamma(terms)), terms)
