"""Certified least values of separable functions, by branch and bound in every coordinate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from numerics.backend import Array
from numerics.rounding import down, gamma, up

#: Cells per coordinate that the search starts with.
CELLS = 64
_ROUNDS = 40
# Beyond so many cells per coordinate (a very flat minimum) what is certified by then is enough.
_MOST_CELLS = 4096

#: Computed values and their error bounds (cells,) at points (cells,) of given coordinates (cells,).
Values = Callable[[Array, npt.NDArray[np.intp]], tuple[Array, Array]]


def least_sum(values: Values, low: Array, high: Array, bend: Array) -> tuple[float, float]:
    """Bounds, below and above, of the minimum of f(x) = sum_j f_j(x_j).

    ``values`` evaluates f_j. Each f_j has a global minimiser in [``low``, ``high``] (both (d,)),
    is differentiable there and |f_j''| <= ``bend`` (d,). A cell of radius r that holds it has
    f_j(centre) <= min f_j + bend r^2/2, since the derivative vanishes at the minimiser; cells
    that cannot hold it are dropped, the others halved until rounding is all that is left.
    """
    d = len(low)
    # Centres are off by a few roundings a round, so the cells are taken a little larger.
    loose = gamma(4 * _ROUNDS) * (np.abs(low) + np.abs(high))
    radius = (high - low) / (2 * CELLS)
    at = np.repeat(np.arange(d), CELLS)
    centre = low[at] + (2 * np.tile(np.arange(CELLS), d) + 1) * radius[at]
    best = np.full(d, np.inf)
    for _ in range(_ROUNDS):
        computed, error = values(centre, at)
        np.minimum.at(best, at, _up(computed + error))
        fall = _up(bend * (radius + loose) ** 2)
        below = -_up(fall[at] / 2 + error - computed)
        keep = below <= best[at]
        floor = np.full(d, np.inf)
        np.minimum.at(floor, at[keep], below[keep])
        if (fall.max() <= error.max()) or np.count_nonzero(keep) > _MOST_CELLS * d:
            break
        radius = radius / 2
        shift = radius[at[keep]]
        centre = np.concatenate([centre[keep] - shift, centre[keep] + shift])
        at = np.tile(at[keep], 2)
    blur = up(gamma(d) * float(np.abs(floor).sum()), d)
    return down(float(floor.sum()) - blur), up(up(float(best.sum()), d))


def _up(value: Any) -> Any:
    """Entrywise above what a few roundings could have lowered."""
    return value + gamma(16) * np.abs(value)
