"""The proved bound at many checkpoints, at the price of a few searches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from boundcalc.bounds.bound import best_bound, bound, proved_value
from boundcalc.bounds.least_bounds import LeastBounds
from boundcalc.errors import UsageError
from boundcalc.exact.surd import Surd
from boundcalc.model.theorem import Theorem
from boundcalc.solve.points import Point
from numerics.backend import Array

# Searches besides the one in the limit. A choice of the free parameters is valid at every
# checkpoint, and nearly the best one at those near the one that it was made for.
_SEARCHES = 11


@dataclass(frozen=True)
class CheckpointBounds:
    """The bound: ``values`` (checkpoints,), in the limit ``residual``, every number proved.

    ``proof_parameters`` are those behind the last of the values.
    """

    values: Array
    residual: float
    proof_parameters: dict[str, float]


def limit_point(theorem: Theorem, given: Mapping[str, Surd]) -> Point:
    """Return the choice of free parameters with the least bound in the limit.

    Raises :class:`UsageError`, with the reason, where the values admit no bound.
    """
    point = best_bound(theorem, math.inf, given)
    if point is None:
        # The public way to the same question knows the reason.
        bound(theorem, math.inf, given)
        raise UsageError(f"no bound of {theorem.name} is admissible at these values")
    return point


def envelope(
    theorem: Theorem, given: Mapping[str, Surd], checkpoints: Sequence[int], limit: Point
) -> CheckpointBounds:
    """Return the least of the bounds that a few good choices of the free parameters give.

    ``limit`` is the choice of :func:`limit_point` at the same values.
    """
    places = np.unique(np.linspace(0, len(checkpoints) - 1, _SEARCHES).round().astype(int))
    frontier = LeastBounds(theorem, given)
    frontier.learn(limit)
    frontier.explore([checkpoints[i] for i in places])
    chosen = frontier.known(checkpoints)
    return CheckpointBounds(
        np.array([proved_value(p, k) for p, k in zip(chosen, checkpoints, strict=True)]),
        proved_value(limit, math.inf),
        chosen[-1].free,
    )
