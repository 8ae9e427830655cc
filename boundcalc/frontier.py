"""The least bound of a theorem after K iterations, for many K at once.

A search can end beside the least bound. Searches for many K correct each other: a choice of step
size and proof parameters that is good for one K is good near it, so it is tried for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from boundcalc.bounds import best_bound, proved_value, why_not
from boundcalc.choice import Point, best_each, programs, step_axis
from boundcalc.errors import UsageError
from boundcalc.inputs import Values
from boundcalc.model import Theorem
from boundcalc.parameters import GAMMA
from boundcalc.program import Program

__all__ = ["Frontier"]

Count = int | float


class Frontier:
    """What is known of the least bounds of a theorem at given constants.

    The step size is chosen for each K, unless it is given. Counts may be any real numbers, and
    infinite: the bound's formula is taken there.
    """

    def __init__(self, theorem: Theorem, given: Values) -> None:
        self.theorem, self.given = theorem, given
        self.axes = [] if GAMMA.name in given else [step_axis(given)]
        self._known: list[tuple[Point, dict[str, float]]] = []
        self._searched: set[Count] = set()

    def explore(self, counts: Sequence[Count]) -> None:
        """Search for the least bounds at these counts, side by side.

        Raises :class:`UsageError` where no step is admissible, or not the one given.
        """
        rows = np.array(counts, dtype=float)[:, None]

        def worth(program: Program, env: dict[str, Any]) -> tuple[Any, Any]:
            return program.unchecked_bound(env, rows), 0.0

        for program in programs(self.theorem, self.given):
            for point in best_each(program, [self.given] * len(rows), worth, self.axes):
                if point is not None:
                    self.learn(point)
        if not self._known:
            # Few parameters are admissible: each search has to be a thorough one.
            for K in counts:
                self.point(K)

    def point(self, K: Count) -> Point:
        """The choice with the least bound after K iterations.

        Raises :class:`UsageError` as above.
        """
        if K not in self._searched:
            point = best_bound(self.theorem, K, self.given, self.axes)
            if point is not None:
                self.learn(point)
            elif not self._known:
                raise UsageError(why_not(self.theorem, self.given))
            self._searched.add(K)
        return self.known([K])[0]

    def value(self, K: Count) -> float:
        """The least bound after K iterations, proved."""
        return proved_value(self.point(K), K)

    def known_value(self, K: Count) -> float:
        """The best bound after K iterations without another search, proved."""
        return proved_value(self.known([K])[0], K)

    def known(self, counts: Sequence[Count] | npt.NDArray[np.float64]) -> list[Point]:
        """The best of the choices known for each count, without another search."""
        rows = np.asarray(counts, dtype=float)
        bounds = [
            np.broadcast_to(point.program.unchecked_bound(env, rows), rows.shape)
            for point, env in self._known
        ]
        chosen = np.argmin(np.nan_to_num(bounds, nan=math.inf), axis=0)
        return [self._known[i][0] for i in chosen]

    def learn(self, point: Point) -> None:
        """Try this choice for every count, too."""
        self._known.append((point, {name: float(v) for name, v in point.values.items()}))
