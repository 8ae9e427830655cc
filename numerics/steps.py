"""The steps of a method, one after the other: on an estimate, or on what it draws itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from numerics.algorithms import Algorithm
from numerics.backend import Array
from numerics.compressors.base import Compressor
from numerics.draws import ArrayDraws
from numerics.inplace import updates
from numerics.oracles.base import Oracle, Pass
from numerics.problems.base import Problem
from numerics.traits import traits


class Steps(Protocol):
    """A method under way: its state, and the next step of all trials of a block."""

    @property
    def state(self) -> Mapping[str, Any]:
        """Its vectors, (trials, d) or (trials, n, d); the next step may change them."""

    def take(self, k: int, gradient: Array) -> None:
        """Step ``k``, from the point where the true gradient is ``gradient`` (trials, d)."""


def stepping(
    algorithm: Algorithm,
    parameters: Mapping[str, Any],
    state: Mapping[str, Any],
    problem: Problem,
    oracle: Oracle,
    rng: Any,
    compressor: Compressor | None = None,
) -> Steps:
    """Return the method from this state on; parameters are numbers or, for a method that is given
    an estimate, (trials, 1) arrays of one for every trial.
    """
    if traits(algorithm).samples:
        return _Sampling(algorithm, parameters, state, problem, oracle, rng, compressor)
    return _Estimating(algorithm, parameters, state, problem, oracle, rng)


def takes_columns(algorithm: Algorithm, points: Sequence[Mapping[str, float]]) -> bool:
    """Return whether the update can be given these parameters as (trials, 1) arrays, one for every
    trial.

    For one point there is no need, and one that is given samples is never asked to. One that looks
    at a number (``if p["gamma"] > 1``) cannot, and one that looks at all of them at once would mix
    the points.
    """
    if traits(algorithm).samples or len(points) == 1:
        return False
    some = [points[0], points[-1]]
    columns = {name: np.array([[point[name]] for point in some]) for name in points[0]}
    x = np.ones((2, 3))

    def after(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        return algorithm.update(algorithm.initial(x, x.copy()), x.copy(), parameters)

    try:
        with np.errstate(all="ignore"):
            together, alone = after(columns), [after(point) for point in some]
        rows = {name: [one[name][i] for i, one in enumerate(alone)] for name in together}
        return all(
            np.shape(vector) == x.shape and np.array_equal(vector, rows[name], equal_nan=True)
            for name, vector in together.items()
        )
    except Exception:
        # Whatever it may be: if it has another reason, it comes again with numbers.
        return False


class _Estimating:
    """Steps that are given an estimate of the gradient."""

    def __init__(
        self,
        algorithm: Algorithm,
        parameters: Mapping[str, Any],
        state: Mapping[str, Any],
        problem: Problem,
        oracle: Oracle,
        rng: Any,
    ) -> None:
        self._problem, self._oracle, self._rng = problem, oracle, rng
        self._update = updates(algorithm, parameters, state)

    @property
    def state(self) -> Mapping[str, Any]:
        return self._update.state

    def take(self, k: int, gradient: Array) -> None:
        x = self.state["x"]
        self._oracle.draw(self._problem, x, gradient, self._rng, self._update.estimate)
        self._update.step()


class _Sampling:
    """Steps that draw what they need: samples, snapshots, passes, coins."""

    def __init__(
        self,
        algorithm: Algorithm,
        parameters: Mapping[str, float],
        state: Mapping[str, Any],
        problem: Problem,
        oracle: Oracle,
        rng: Any,
        compressor: Compressor | None,
    ) -> None:
        self.state: Mapping[str, Any] = dict(state)
        self._algorithm, self._parameters = algorithm, parameters
        self._problem, self._oracle, self._rng = problem, oracle, rng
        self._compressor = compressor
        every = traits(algorithm).period
        self._period = None if every is None else int(parameters[every])
        self._passes = traits(algorithm).passes
        self._pass: Pass | None = None
        self._snapshot: tuple[Array, Array] | None = None

    def take(self, k: int, gradient: Array) -> None:
        """One step, which takes a snapshot first where its turn has come."""
        trials = len(gradient)
        position = 0 if self._period is None else k % self._period
        if self._period is not None and position == 0:
            self.state = self._algorithm.restart(self.state)  # type: ignore[attr-defined]
            if self._passes:
                self._pass = self._oracle.cycle_sampler(self._problem, trials, self._rng)
        if self._pass is not None:
            sample = self._pass.at(position)
        else:
            sample = self._oracle.sampler(self._problem, trials, self._rng)
        draws = ArrayDraws(self._full, sample, self._rng, self._compressor)
        self.state = dict(self._algorithm.update(self.state, draws, self._parameters))

    def _full(self, point: Array) -> Array:
        """Return the gradient itself; that of a snapshot is worked out once, and nothing changes
        it.
        """
        if self._snapshot is None or self._snapshot[0] is not point:
            self._snapshot = point, self._problem.gradient(point)
        return self._snapshot[1]
