"""The steps of a method that draws what it needs itself: samples, snapshots, passes, coins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numerics.algorithms import Algorithm, period
from numerics.backend import Array
from numerics.compressors.base import Compressor
from numerics.draws import ArrayDraws
from numerics.oracles.base import Oracle, Pass
from numerics.problems.base import Problem


class Steps:
    """What goes on from one step of a block to the next: the pass that it is in."""

    def __init__(
        self,
        algorithm: Algorithm,
        parameters: Mapping[str, float],
        problem: Problem,
        oracle: Oracle,
        rng: Any,
        compressor: Compressor | None,
    ) -> None:
        self._algorithm, self._parameters = algorithm, parameters
        self._problem, self._oracle, self._rng = problem, oracle, rng
        self._compressor = compressor
        every = period(algorithm)
        self._period = None if every is None else int(parameters[every])
        self._passes = bool(getattr(algorithm, "passes", False))
        self._pass: Pass | None = None
        self._snapshot: tuple[Array, Array] | None = None

    def take(self, k: int, state: Mapping[str, Any], trials: int) -> dict[str, Any]:
        """The state after step ``k``, which takes a snapshot first where its turn has come."""
        position = 0 if self._period is None else k % self._period
        if self._period is not None and position == 0:
            state = self._algorithm.restart(state)  # type: ignore[attr-defined]
            if self._passes:
                self._pass = self._oracle.cycle_sampler(self._problem, trials, self._rng)
        if self._pass is not None:
            sample = self._pass.at(position)
        else:
            sample = self._oracle.sampler(self._problem, trials, self._rng)
        draws = ArrayDraws(self._full, sample, self._rng, self._compressor)
        return dict(self._algorithm.update(state, draws, self._parameters))

    def _full(self, point: Array) -> Array:
        """The gradient itself; that of a snapshot is worked out once, and nothing changes it."""
        if self._snapshot is None or self._snapshot[0] is not point:
            self._snapshot = point, self._problem.gradient(point)
        return self._snapshot[1]
