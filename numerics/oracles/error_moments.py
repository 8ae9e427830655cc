"""Moments of a sampled error, and their comparison with what is allowed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numerics.backend import Array
from numerics.findings import STANDARD_ERRORS, Finding, finding, ratio


@dataclass(frozen=True)
class ErrorMoment:
    """Of one error at one point: mean square norm and its standard error, the largest square of an
    entry, and the length of the mean over its standard error.
    """

    square: float
    doubt: float
    largest: float
    drift: float

    @classmethod
    def of(cls, error: Array) -> ErrorMoment:
        """Of draws (count, n, d), the tasks counting as so many more."""
        squares = squared_norms(error)
        mean, size = float(squares.mean()), squares.size
        centre = float(np.linalg.norm(error.mean(axis=(0, 1))))
        return cls(
            mean,
            float(squares.std()) / size**0.5,
            float(np.abs(error).max()) ** 2,
            centre / (mean / size) ** 0.5 if mean > 0 else 0.0,
        )


def within(
    assumption: str, what: str, name: str, level: float, batch: int, moments: list[ErrorMoment]
) -> Finding:
    """That a mean square is at most level/batch, up to chance."""
    allowed = level / batch
    room = [STANDARD_ERRORS * m.doubt / allowed if allowed > 0 else 0.0 for m in moments]
    stated = f"{what} <= {name}/S, {name} = {level:.6g}, S = {batch}"
    return finding(assumption, stated, [ratio(m.square, allowed) for m in moments], room)


def squared_norms(rows: Array) -> Array:
    """||row||^2 along the last axis."""
    squares: Array = np.einsum("...j,...j->...", rows, rows)
    return squares
