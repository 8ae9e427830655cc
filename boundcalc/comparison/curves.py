"""The least bound at each number of iterations, over the step size, and where two of them cross."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from boundcalc.bounds.bound import proved_value
from boundcalc.bounds.least_bounds import LeastBounds
from boundcalc.comparison.communication import Contender
from boundcalc.solve.bracketing import first_reached

Array = npt.NDArray[np.float64]
Unit = Literal["iterations", "bits"]

# Searches for one curve, and the points drawn for each of them.
_SEARCHES, _DENSITY = 25, 2
# Searches near a crossing: one alone can end beside the least bound.
_NEAR = 8
# Curves this close, relatively, count as one: the search for the least bound is no finer.
_SAME = 1e-4
_TINY = 1e-300


@dataclass(frozen=True)
class Curve:
    """An envelope at a geometric grid of iterations; ``limit`` is the bound as K -> infinity."""

    contender: Contender
    iterations: Array
    bounds: Array
    limit: float

    def per(self, axis: Unit) -> float:
        """Return how far one iteration goes along the axis: bits are those of all workers."""
        return 1.0 if axis == "iterations" else self.contender.bits_per_iteration

    def along(self, axis: Unit) -> Array:
        """Return the coordinates of the points."""
        return self.iterations * self.per(axis)

    def logarithm(self, x: Array, axis: Unit) -> Array:
        """Return the logarithm of the bound at coordinates in range, by interpolation."""
        return np.interp(np.log(x), np.log(self.along(axis)), _log(self.bounds))


@dataclass(frozen=True)
class Crossing:
    """Where the order of two envelopes changes.

    From ``at`` (iterations, or bits of all workers) on, and not just before, ``lower`` has a
    smaller bound than ``other``; ``bound`` is the one there. Between iterations, where the same
    bits are a whole number of them for one method only, the bound's formula is taken at real K.
    """

    axis: Unit
    at: float
    lower: str
    other: str
    bound: float


@dataclass(frozen=True)
class Envelope:
    """The least bound of a contender after K iterations, for any real K >= 1, up to ``last``.

    Some step must be admissible, or the one given.
    """

    contender: Contender
    frontier: LeastBounds
    last: float

    @cached_property
    def curve(self) -> Curve:
        """The envelope from K = 1 to ``last``."""
        self.frontier.explore([*_grid(self.last, _SEARCHES).tolist(), math.inf])
        counts = _grid(self.last, _SEARCHES * _DENSITY)
        *points, limit = self.frontier.known([*counts.tolist(), math.inf])
        bounds = [proved_value(point, K) for point, K in zip(points, counts, strict=True)]
        return Curve(self.contender, counts, np.array(bounds), proved_value(limit, math.inf))


def _grid(last: float, points: int) -> Array:
    """From 1 to ``last``, by a constant factor; whole numbers."""
    return np.unique(np.round(np.geomspace(1.0, last, points)))


def _log(bounds: Array) -> Array:
    return np.log(np.clip(bounds, _TINY, 1 / _TINY))


def crossings(
    one: Envelope, other: Envelope, axis: Unit, high: float, least: float
) -> Iterator[Crossing]:
    """Yield where two envelopes cross along the axis, up to ``high``, at bounds above ``least``."""
    curves = one.curve, other.curve
    low = max(curve.per(axis) for curve in curves)
    nodes = np.unique(np.concatenate([curve.along(axis) for curve in curves]))
    nodes = nodes[(nodes >= low) & (nodes <= high)]
    if not len(nodes):
        return
    logs = [curve.logarithm(nodes, axis) for curve in curves]
    above = logs[0] - logs[1]
    of_interest = np.maximum(*logs) > math.log(max(least, _TINY))
    apart = np.flatnonzero((np.abs(above) > _SAME) & of_interest).tolist()
    for i, j in pairwise(apart):
        if above[i] * above[j] < 0:
            falling = (one, other) if above[i] > 0 else (other, one)
            wider = (max(i - 1, 0), min(j + 1, len(nodes) - 1))
            found = _refined(falling, axis, [(nodes[a], nodes[b]) for a, b in ((i, j), wider)])
            if found is not None and found.bound > least:
                yield found


def _refined(
    falling: tuple[Envelope, Envelope], axis: Unit, brackets: Sequence[tuple[float, float]]
) -> Crossing | None:
    """Return the crossing in the first bracket that has one; the first envelope is lower after
    it.
    """
    lower, other = falling
    steps = [envelope.curve.per(axis) for envelope in falling]
    finest = min(steps)

    def excess(K: int) -> float:
        counts = [K * (finest / step) for step in steps]
        values = [e.frontier.known_value(x) for e, x in zip(falling, counts, strict=True)]
        after, before = _log(np.array(values))
        return float(after - before)

    def explore(counts: Array) -> None:
        for envelope, step in zip(falling, steps, strict=True):
            envelope.frontier.explore((counts * (finest / step)).tolist())

    for start, end in brackets:
        first, last = math.ceil(start / finest), math.ceil(end / finest)
        explore(np.geomspace(first, last, _NEAR))
        if excess(first) < _SAME / 2 or excess(last) > -_SAME / 2:
            continue
        found, K = 0, first_reached(excess, first, last)
        # Searches right there may move it: until they do no more.
        while found != K:
            for envelope, step in zip(falling, steps, strict=True):
                for near in (K - 1, K):
                    envelope.frontier.point(near * (finest / step))
            found, K = K, first_reached(excess, first, last)
        bound = lower.frontier.value(K * (finest / lower.curve.per(axis)))
        return Crossing(axis, K * finest, lower.contender.label, other.contender.label, bound)
    return None
