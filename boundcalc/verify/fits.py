"""Rates seen in simulations beside those that the theory predicts: exponents, and slopes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt

from boundcalc.bounds.rates.rate import BUDGET, COUNT
from boundcalc.bounds.schedules import settings_at
from boundcalc.errors import UsageError
from boundcalc.model.theorem import Theorem
from boundcalc.solve.values import Values
from numerics.backend import Array

_FEWEST = 3
# The rate shows where the bound is above this multiple of its limit.
_ABOVE = 2.0
# The least relative deviation of a mean: its rounding.
_ROUNDING = 1e-12
# The least deviation, as a part of the largest, that a mean is taken to have.
_SEEN = 1e-5


@dataclass(frozen=True)
class Prediction:
    """The speed at which the bound falls with the horizon K.

    ``kind`` is "power" (as ``K**exponent``, up to logarithms if ``logarithmic``), "geometric",
    "residual" (something stays, whatever K) or "unknown"; ``reason`` says it in words.
    """

    kind: Literal["power", "geometric", "residual", "unknown"]
    exponent: Fraction | None
    logarithmic: bool
    reason: str


@dataclass(frozen=True)
class Fit:
    """The line ``factor * K**exponent`` through the means; the exponent's interval at ``level``.

    The limits are None where nothing is random: the slope is then what it is.
    """

    exponent: float
    factor: float
    lower: float | None
    upper: float | None
    level: float

    def against(self, predicted: Fraction | float) -> Literal["contains", "beats", "misses"] | None:
        """Tell whether the interval contains the predicted exponent, or is below it, or above.

        None without an interval.
        """
        if self.lower is None or self.upper is None:
            return None
        if self.upper < predicted:
            return "beats"
        return "contains" if self.lower <= predicted else "misses"


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


def predicted_exponent(theorem: Theorem, given: Values) -> Prediction:
    """Return what the theorem's rate says at these values of constants and of fixed parameters."""
    try:
        found = settings_at(theorem, given)
    except UsageError as error:
        return Prediction("unknown", None, False, str(error))
    powers = [s.rate for s in found if not s.rate.linear]
    if not powers:
        (rate,) = (s.rate for s in found)
        if rate.floor:
            return Prediction("residual", None, False, _stays(theorem))
        return Prediction(
            "geometric", None, False, "the bound falls geometrically with K: as exp(-c K)"
        )
    rate = powers[0]
    if rate.floor:
        return Prediction("residual", None, False, _stays(theorem))
    # The calls that K iterations make, for a rate in calls.
    exponent = rate.decay[BUDGET] * rate.schedule[BUDGET][COUNT]
    log = ", up to logarithms" if rate.logarithmic else ""
    return Prediction(
        "power", exponent, rate.logarithmic, f"the bound falls as K^({exponent}){log}"
    )


def _stays(theorem: Theorem) -> str:
    return f"the bound of {theorem.name} keeps a residual here, whatever K"


def fitted_exponent(
    horizons: npt.NDArray[np.int64], mean: Array, variance: Array, level: float
) -> Fit | None:
    """Return the line through the logarithms of the means; ``variance`` is that of each mean.

    All are (horizons,). The logarithm of a mean has the variance ``variance/mean**2``, by the delta
    method, and weighs accordingly. A mean need not fall exactly as a power, so where the points lie
    farther from the line than their noise explains, the interval is widened by as much (the Birge
    ratio); its quantile is Student's, with two degrees of freedom fewer than there are horizons.
    None for fewer than three horizons with a positive and finite mean.
    """
    from scipy.special import stdtrit

    usable = (mean > 0) & np.isfinite(mean) & np.isfinite(variance)
    if usable.sum() < _FEWEST:
        return None
    x, y = np.log(horizons[usable].astype(float)), np.log(mean[usable])
    deviation = np.sqrt(variance[usable]) / mean[usable]
    if not deviation.any():
        slope, height = map(float, np.polyfit(x, y, 1))
        return Fit(slope, float(np.exp(height)), None, None, level)
    # A horizon at which all trials agree weighs most, but the others must still be seen.
    least = max(_ROUNDING, _SEEN * float(deviation.max()))
    weights = 1 / np.maximum(deviation, least)
    line, covariance = np.polyfit(x, y, 1, w=weights, cov="unscaled")
    freedom = len(x) - 2
    chi2 = float((((y - np.polyval(line, x)) * weights) ** 2).sum())
    spread = np.sqrt(covariance[0, 0] * max(1.0, chi2 / freedom))
    width = float(stdtrit(freedom, (1 + level) / 2) * spread)
    slope, height = map(float, line)
    return Fit(slope, float(np.exp(height)), slope - width, slope + width, level)


def fitted_slope(
    checkpoints: npt.NDArray[np.int64],
    mean: Array,
    bound: Array,
    residual: float,
    *,
    averaged: bool,
) -> Slope | None:
    """Return the slopes, or None where too few checkpoints show a rate.

    Args:
        checkpoints: numbers of iterations (checkpoints,).
        mean: the means there.
        bound: the bounds there.
        residual: the bound in the limit of many iterations.
        averaged: whether the bound is that of an average, so that the rate shows against log k.
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
