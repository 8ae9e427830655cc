"""At how many gradient calls the best bounds of two theorems meet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from boundcalc.comparison.budget import Budget
from boundcalc.comparison.entries import Candidate

Array = npt.NDArray[np.float64]

#: Bounds this close, relatively, count as one: the search for the best is no finer.
SAME = 1e-4
# How exactly a crossover is found, as a part of its number of calls.
_PRECISION = 1e-4


@dataclass(frozen=True)
class Crossover:
    """From ``calls`` on, and not just before, ``lower`` has a smaller bound than ``other``.

    ``bound`` is the one there. The search for the best bounds leaves about three digits of
    ``calls``.
    """

    calls: int
    lower: str
    other: str
    bound: float


@dataclass(frozen=True)
class CandidateCurve:
    """An candidate with its budget, and its bounds at some numbers of calls."""

    candidate: Candidate
    budget: Budget
    curve: Array

    def bound(self, calls: int) -> float:
        """Return the best bound for so many calls."""
        self.budget.explore([calls])
        return self.candidate.converted(self.budget.value(calls))


def crossovers(
    one: CandidateCurve, other: CandidateCurve, nodes: Sequence[int]
) -> Iterator[Crossover]:
    """Yield where two curves cross between the nodes, which are numbers of calls."""
    with np.errstate(all="ignore"):
        above = np.log(one.curve) - np.log(other.curve)
    apart = [i for i in range(len(nodes)) if np.isfinite(above[i]) and abs(above[i]) > SAME]
    for i, j in pairwise(apart):
        if above[i] * above[j] < 0:
            lower, higher = (one, other) if above[i] > 0 else (other, one)
            calls = _meeting(lower, higher, nodes[i], nodes[j])
            if calls is not None:
                labels = lower.candidate.label, higher.candidate.label
                yield Crossover(calls, *labels, lower.bound(calls))


def _meeting(lower: CandidateCurve, higher: CandidateCurve, low: int, high: int) -> int | None:
    """From where the first is below the second; None if more searches find it so at ``low``."""

    def excess(logarithm: float) -> float:
        calls = min(max(round(math.exp(logarithm)), low), high)
        return math.log(lower.bound(calls)) - math.log(higher.bound(calls))

    ends = math.log(low), math.log(high)
    if not excess(ends[0]) > 0 > excess(ends[1]):
        return None
    root = brentq(excess, *ends, xtol=_PRECISION)
    # The root may lie on the side where the order has not changed.
    return min(math.ceil(math.exp(root + _PRECISION)), high)
