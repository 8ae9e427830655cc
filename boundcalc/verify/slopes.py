"""The rate seen in the simulation beside the one that the bound predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from numerics.backend import Array

# The rate shows where the bound is above this multiple of its limit.
_ABOVE = 2.0
_FEWEST = 3


@dataclass(frozen=True)
class Slope:
    """Slopes of straight lines through the logarithms of the mean and of the bound.

    Against log k (``log-log``: K^-1 has slope -1) for bounds of averages, against k
    (``log-linear``: (1 - rho)^k has slope log(1 - rho)) for bounds of the last iterate. Both lines
    are fitted at the same checkpoints, the later half of those with a bound well above its limit,
    so that what is left of the residual bends both alike.
    """

    kind: Literal["log-log", "log-linear"]
    fitted: float
    predicted: float


def fitted_slope(
    checkpoints: npt.NDArray[np.int64],
    mean: Array,
    bound: Array,
    residual: float,
    *,
    averaged: bool,
) -> Slope | None:
    """Return the slopes, or None where too few checkpoints (all arrays: (checkpoints,)) show a
    rate.
    """
    usable = (checkpoints >= 1) & (bound > _ABOVE * residual) & (mean > 0)
    usable &= np.isfinite(mean) & np.isfinite(bound) & (bound > 0)
    at = np.flatnonzero(usable)
    at = at[len(at) // 2 :]
    if len(at) < _FEWEST:
        return None
    k = checkpoints[at].astype(float)
    along = np.log(k) if averaged else k
    fitted, predicted = (float(np.polyfit(along, np.log(y[at]), 1)[0]) for y in (mean, bound))
    return Slope("log-log" if averaged else "log-linear", fitted, predicted)
