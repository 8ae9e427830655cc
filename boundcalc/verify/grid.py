"""The points of a sweep: what is simulated at each, and which of them share a simulation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from boundcalc.errors import UsageError
from boundcalc.exact.ranges import Range
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import GAMMA
from boundcalc.model.theorem import Theorem
from boundcalc.solve.values import read_values
from boundcalc.verify.constants import check_names
from boundcalc.verify.options import SimulationOptions
from boundcalc.verify.plan import complete
from boundcalc.verify.prepare import at_its_step, constants_of, discounted, method_parameters
from boundcalc.verify.problem import method, takes_own_estimator
from numerics import Metric, Oracle, Problem
from numerics.algorithms import parameters_of


@dataclass(frozen=True)
class GridPoint:
    """A point of the grid: ``at`` are the values on its axes, ``parameters`` all of them.

    ``parameters`` is None where the theorem admits no step size and none is given. Points of
    the same ``group`` differ in what the method is given alone: one estimator serves them all.
    """

    at: dict[str, Surd]
    parameters: dict[str, Surd] | None
    oracle: Oracle
    group: int

    def of_method(self, theorem: Theorem) -> dict[str, float]:
        """The parameters of the method as floats."""
        return method_parameters(theorem, self.parameters or {})


@dataclass(frozen=True)
class PreparedSweep:
    """A sweep that is ready to run: the same iterations and trials at all ``points``."""

    theorem: Theorem
    problem: Problem
    metric: Metric
    points: list[GridPoint]
    start: str
    iterations: int
    trials: int
    seed: int

    def metric_at(self, point: GridPoint) -> Metric:
        """Return what is measured at the point."""
        return discounted(self.metric, self.theorem, point.parameters or {})


def grid_points(
    theorem: Theorem, asked: SimulationOptions, problem: Problem, axes: Sequence[Range]
) -> list[GridPoint]:
    """Return the points of the grid, the last of the axes running fastest.

    Raises :class:`UsageError` for an axis of no parameter, or with values that it cannot have.
    """
    own = {*parameters_of(method(theorem)), *(p.name for p in theorem.free)}
    inner = [axis for axis in axes if axis.name in own]
    outer = [axis for axis in axes if axis.name not in own]
    if any(axis.name == "n" and len(axis.values) > 1 for axis in outer):
        raise UsageError(
            "n, the number of workers, belongs to the problem, and a sweep has one: sweep once for"
            " each, with --option workers=N"
        )
    found: dict[tuple[float, ...], GridPoint] = {}
    group = 0
    for around in _points(outer):
        values = {**asked.values, **around}
        here = replace(asked, values=values)
        check_names(theorem, values)
        oracle, constants = constants_of(theorem, here, problem)
        for within in _points(inner):
            chosen = {**around, **within}
            at = {axis.name: chosen[axis.name] for axis in axes}
            parameters, chosen_oracle = _completed(theorem, constants, {**values, **within}), oracle
            if parameters is not None:
                chosen_oracle, parameters = at_its_step(theorem, here, problem, oracle, parameters)
            point = GridPoint(at, parameters, chosen_oracle, group)
            found[tuple(map(float, at.values()))] = point
            # Every point has an estimator of its own where that depends on the step.
            group += takes_own_estimator(theorem)
        group += 1
    return [found[values] for values in product(*(axis.floats for axis in axes))]


def _points(axes: Sequence[Range]) -> Iterator[dict[str, Surd]]:
    names = [axis.name for axis in axes]
    for values in product(*(axis.values for axis in axes)):
        yield dict(zip(names, values, strict=True))


def _completed(
    theorem: Theorem, constants: Mapping[str, Surd], values: Mapping[str, Any]
) -> dict[str, Surd] | None:
    """Return values for all parameters; None where no step is given and the theorem admits none."""
    given = {name: v for name, v in values.items() if name in _of_method_and_proof(theorem)}
    if GAMMA.name in given:
        return complete(theorem, constants, given, own_example=False)
    # What is wrong with the values themselves is to be said, not to be taken for this.
    read_values(theorem, {**constants, **given}, required=False)
    try:
        return complete(theorem, constants, given, own_example=False)
    except UsageError:
        return None


def _of_method_and_proof(theorem: Theorem) -> set[str]:
    return {p.name for p in theorem.parameters if p.role in ("algorithm", "free")}
