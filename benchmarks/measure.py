"""What a benchmark says of one measurement, and how seconds are taken.

A module of benchmarks is a function ``rows()`` that yields a :class:`Row` for each measurement.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One measurement against its target.

    Attributes:
        name: what was measured.
        measured: the result in words, with its unit.
        target: the result aimed at, in the same words; None where there is none.
        met: whether the target is met; None where there is none, or where nothing was measured.
        reason: why the target is not met, or why nothing was measured.
    """

    name: str
    measured: str
    target: str | None = None
    met: bool | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Times:
    """Seconds of contenders: ``rounds[i][j]`` is what contender ``j`` took in round ``i``."""

    rounds: tuple[tuple[float, ...], ...]

    def seconds(self, contender: int = 0) -> float:
        """The median of one contender."""
        return median(times[contender] for times in self.rounds)

    def ratio(self, contender: int = 0, reference: int = 1) -> float:
        """The median over the rounds of the ratio of two contenders."""
        return median(times[contender] / times[reference] for times in self.rounds)


def alternate(*contenders: Work, rounds: int = 10, warm: bool = True) -> Times:
    """Time the contenders in turns, so that the load of the machine falls on all of them alike.

    With ``warm`` each runs once before, untimed.
    """
    if warm:
        for work in contenders:
            work()
    return Times(tuple(tuple(_seconds(work) for work in contenders) for _ in range(rounds)))


def _seconds(work: Work) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def process(*arguments: str) -> Work:
    """A fresh interpreter with these arguments; it must end with status 0."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
