"""What an audit reports, and how a measured part is compared with what is allowed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.backend import Array
from numerics.evidence import Drift, Excess

# Room for the rounding of the quantities compared.
_ROUNDING = 1e-9
#: What rounding adds to an error, of the size of the vectors that it is the difference of.
SLIP = 1e-12
#: How many times draws are taken, where what they say looks suspicious and decides nothing.
MOST_ROUNDS = 8
_DRAWS = 400
_MOST_DOUBLES = 1 << 22


@dataclass(frozen=True)
class Finding:
    """One assumption on the sampled points: ``worst`` is the largest measured part of what is
    allowed, so at most 1 (up to rounding) when ``ok``; of what is sampled it is the mean of all
    draws, and only evidence at :data:`numerics.evidence.LEVEL` counts against it.

    ``constants`` are the names of those that it looks at. One that is not ``audited`` says in
    ``stated`` why.
    """

    assumption: str
    stated: str
    worst: float
    ok: bool
    constants: tuple[str, ...] = ()
    audited: bool = True


def finding(assumption: str, stated: str, ratios: Any, constants: tuple[str, ...] = ()) -> Finding:
    """Return the finding of ``ratios`` (measured over allowed); what is no number is a breach."""
    worst = float(np.max(np.nan_to_num(np.asarray(ratios, dtype=float), nan=np.inf)))
    return Finding(assumption, stated, worst, worst <= 1 + _ROUNDING, constants)


def of_mean(
    assumption: str, stated: str, excess: Excess, constants: tuple[str, ...] = ()
) -> Finding:
    """Return the finding of a mean that was sampled."""
    if excess.undecided:
        why = (
            f"{stated}: {excess.mean:.3g} times that was measured in {excess.count} draws, too few"
            " of a law with such tails"
        )
        return Finding(assumption, why, excess.mean, True, constants, audited=False)
    return Finding(assumption, stated, excess.worst, not excess.refuted, constants)


def of_drift(
    assumption: str, stated: str, drift: Drift, constants: tuple[str, ...] = ()
) -> Finding:
    """Return the finding of a mean that must be 0: ``worst`` is the evidence over what refutes
    it.
    """
    stated = f"{stated}; evidence against it, over what refutes it"
    return Finding(assumption, stated, drift.worst, not drift.refuted, constants)


def not_audited(assumption: str, why: str, constants: tuple[str, ...] = ()) -> Finding:
    """Say that nothing was looked at."""
    return Finding(assumption, why, math.nan, True, constants, audited=False)


def ratio(part: Any, whole: Any, floor: Any = 0.0) -> Array:
    """part/whole, where both may vanish: what is below the rounding error ``floor`` counts as 0."""
    excess = np.maximum(part - floor, 0.0)
    result: Array = np.divide(
        excess, whole, out=np.where(excess > 0, np.inf, 0.0), where=np.asarray(whole) > 0
    )
    return result


def directed(error: Any, directions: Any, variance: Any, floor: float = 0.0) -> Array:
    """<error, u> over the root of ``variance`` for the unit vectors u along the ``directions``, 0
    where one is 0; arrays that broadcast to (..., d).

    Without variance an error above the rounding error ``floor`` (of its size) is infinite.
    """
    size = np.sqrt(np.einsum("...j,...j->...", directions, directions))
    along = np.einsum("...j,...j->...", error, directions)
    along = np.divide(along, size, out=np.zeros_like(along), where=size > 0)
    root = np.broadcast_to(np.sqrt(variance), along.shape)
    still = np.where(np.abs(along) > floor, np.copysign(np.inf, along), 0.0)
    result: Array = np.divide(along, root, out=still, where=root > 0)
    # Rounding alone is no drift where hardly any noise is allowed.
    return np.where(np.abs(along) <= floor, 0.0, result)


def along_known(error: Array, given: Array, variance: float, slip: float = 0.0) -> Array:
    """Errors (count, d) of draws at one point along what is known before each of them is drawn.

    The directions are those ``given`` (k, d), all ones, the error of the draw before, the sum of
    all errors before, and for the second half of them the mean of the first. As (count, k + 4); see
    :func:`directed`.
    """
    count, d = error.shape
    before = np.zeros_like(error)
    before[1:] = error[:-1]
    total = np.zeros_like(error)
    np.cumsum(error[:-1], axis=0, out=total[1:])
    half = np.zeros_like(error)
    half[count // 2 :] = error[: count // 2].mean(axis=0)
    known = [*given, np.ones(d), before, total, half]
    return np.stack([directed(error, u, variance, slip) for u in known], axis=-1)


def draws(width: int) -> int:
    """Return how often to sample at one point where a sample takes ``width`` doubles; at least
    twice.
    """
    return max(2, min(_DRAWS, _MOST_DOUBLES // width))
