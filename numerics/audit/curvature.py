"""The directions in which a gradient changes most and least, for an inequality to be tried there.

Nothing here proves anything: what is found is put into the inequality that was stated.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from numerics.backend import Array

#: A map of rows (k, d), each by itself, to rows.
Gradients = Callable[[Array], Array]

_ROUNDS = 40
_TINY = 1e-12


def step_at(x: Array) -> Array:
    """Return how far to go from each row for a difference of gradients, (k,): so far that rounding
    is nothing beside it.
    """
    length: Array = 1e-3 * (1 + np.sqrt(np.einsum("...j,...j->...", x, x)))
    return length


def extremes(gradient: Gradients, x: Array, first: Array, rounds: int = _ROUNDS) -> Array:
    """Unit vectors along which the gradient at ``x`` (d,) changes least and most, (2, d).

    By Lanczos's method from ``first`` (d,): what is found lies in the span of what the Hessian
    makes of it, so from a gradient never in directions in which f is flat.
    """
    d, step = len(x), float(step_at(x))
    basis = np.zeros((0, d))
    v, diagonal, beside = first, [], []
    for _ in range(min(rounds, d)):
        # Twice is enough (Kahan and Parlett) against what orthogonality loses to rounding.
        before = float(np.linalg.norm(v))
        for _ in range(2):
            v = v - (basis @ v) @ basis
        length = float(np.linalg.norm(v))
        if not np.isfinite(length) or length <= _TINY * before or length == 0:
            break
        if len(basis):
            beside.append(length)
        basis = np.vstack([basis, v / length])
        v = _times(gradient, x, basis[-1], step)
        diagonal.append(float(basis[-1] @ v))
    if not diagonal:
        return np.zeros((2, d))
    tridiagonal = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    if not np.isfinite(tridiagonal).all():
        return np.zeros((2, d))
    vectors = np.linalg.eigh(tridiagonal)[1][:, [0, -1]]
    found: Array = vectors.T @ basis
    return found


def _times(gradient: Gradients, x: Array, v: Array, step: float) -> Array:
    both = gradient(np.stack([x + step * v, x - step * v]))
    times: Array = (both[0] - both[1]) / (2 * step)
    return times


def steepest(gradient: Gradients, x: Array, rng: np.random.Generator, rounds: int = 12) -> Array:
    """For each row of ``x`` (k, d) the unit vector along which its own gradient changes most, by
    power iteration, as (k, d).
    """
    step = step_at(x)[:, None]
    here = gradient(x)
    v = unit(rng.standard_normal(x.shape))
    for _ in range(rounds):
        v = unit(gradient(x + step * v) - here)
    return v


def unit(rows: Array) -> Array:
    """Return each row over its length, and 0 where that is 0 or no number."""
    length = np.sqrt(np.einsum("...j,...j->...", rows, rows))[..., None]
    usable = np.isfinite(length) & (length > 0)
    result: Array = np.divide(rows, length, out=np.zeros_like(rows), where=usable)
    return result
