"""The start of a run: how the first average is made, and what its error is."""

from __future__ import annotations

from numerics.algorithms import Algorithm
from numerics.errors import InputError
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem, squared_norm
from numerics.rounding import gamma, up
from numerics.traits import traits
from numerics.validation import choice, integer

STARTS = ("gradient", "zero", "first")


def first_batch(start: str, algorithm: Algorithm) -> int | None:
    """Return how many estimates the first average is the mean of; None where it is not one of them.

    ``start`` is "gradient", "zero", "first" (one fresh estimate) or "first:B", a batch of B, for a
    method that takes samples. Raises InputError for anything else, and for a start that the
    method does not have.
    """
    kind, colon, size = start.partition(":")
    choice("start", kind, STARTS)
    if colon and kind != "first":
        raise InputError(f"start {kind!r} has no size; only first:B has")
    if traits(algorithm).starts_exactly and kind != "gradient":
        raise InputError(f"{algorithm.name} starts at the exact gradient, not at {start!r}")
    if kind != "first":
        return None
    if colon and not size.isdecimal():
        raise InputError(f"start must be first:B with a whole number B, got {start!r}")
    batch = integer("size of the first batch", int(size)) if colon else 1
    if batch > 1 and not traits(algorithm).samples:
        raise InputError(f"{algorithm.name} takes no samples, so its start has no batch of them")
    return batch


def initial_error(problem: Problem, oracle: Oracle, algorithm: Algorithm, start: str) -> float:
    """Return an upper bound of E0 = E||v - grad f(x_0)||^2 for this ``start``, rounded up.

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
    """Return an upper bound of a worker's E||v_i - grad f_i(x_0)||^2, in the mean over the workers.

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
