"""How far the average of gradients is from the true gradient before the first step."""

from __future__ import annotations

from numerics.algorithms import Algorithm
from numerics.block import STARTS
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem
from numerics.rounding import up
from numerics.validation import choice


def initial_error(problem: Problem, oracle: Oracle, algorithm: Algorithm, start: str) -> float:
    """An upper bound of E0 = E||v - grad f(x_0)||^2 for this ``start``, rounded up.

    "gradient" gives 0, "zero" ||grad f(x_0)||^2, and "first" the bound of the oracle's error.
    Methods without an average have none to be wrong: 0.
    """
    choice("start", start, STARTS)
    if start == "gradient" or algorithm.state == ("x",):
        return 0.0
    square = up(problem.enclose(problem.start).gradient_norm[1] ** 2)
    if start == "zero":
        return square
    return oracle.error_bound(problem, square)
