"""The cells of a sweep: what is simulated in each, and which of them share a simulation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from boundcalc.errors import UsageError
from boundcalc.exact.ranges import Range
from boundcalc.exact.surd import Surd
from boundcalc.model.gradients import Gradients
from boundcalc.model.parameters import GAMMA
from boundcalc.model.theorem import Theorem
from boundcalc.solve.values import read_values
from boundcalc.verify.constants import check_names
from boundcalc.verify.options import SimulationOptions
from boundcalc.verify.plan import complete
from boundcalc.verify.prepare import constants_of
from boundcalc.verify.setting import TINY_STEP, method
from numerics import Oracle, Problem
from numerics.algorithms import parameters_of


@dataclass(frozen=True)
class Place:
    """A point of the grid: ``at`` are the values on its axes, ``parameters`` all of them.

    ``parameters`` is None where the theorem admits no step size and none is given. Places with the
    same ``group`` differ in what the method is given alone: one estimator serves them all.
    """

    at: dict[str, Surd]
    parameters: dict[str, Surd] | None
    oracle: Oracle
    group: int

    def of_method(self, theorem: Theorem) -> dict[str, float]:
        """Return the parameters of the method as floats."""
        known = self.parameters or {}
        return {name: float(known[name]) for name in parameters_of(method(theorem))}


def places(
    theorem: Theorem, asked: SimulationOptions, problem: Problem, axes: Sequence[Range]
) -> list[Place]:
    """Return the points of the grid, the last of the axes running fastest.

    Raises :class:`UsageError` for an axis of no parameter, or with values that it cannot have.
    """
    own = {*parameters_of(method(theorem)), *(p.name for p in theorem.free)}
    inner = [axis for axis in axes if axis.name in own]
    outer = [axis for axis in axes if axis.name not in own]
    # The estimators of composed theorems may depend on the step.
    stepwise = theorem.estimator is not None and theorem.gradients is not Gradients.MESSAGES
    if any(axis.name == "n" and len(axis.values) > 1 for axis in outer):
        raise UsageError(
            "n, the number of workers, belongs to the problem, and a sweep has one: sweep once for"
            " each, with --option workers=N"
        )
    found: dict[tuple[float, ...], Place] = {}
    group = 0
    for around in _points(outer):
        values = {**asked.values, **around}
        setting = replace(asked, values=values)
        check_names(theorem, values)
        oracle, constants = constants_of(theorem, setting, problem)
        for within in _points(inner):
            chosen = {**around, **within}
            at = {axis.name: chosen[axis.name] for axis in axes}
            place = Place(at, _completed(theorem, constants, {**values, **within}), oracle, group)
            if stepwise:
                place = replace(_at_its_step(theorem, setting, problem, place), group=group)
                group += 1
            found[tuple(map(float, at.values()))] = place
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


def _at_its_step(
    theorem: Theorem, asked: SimulationOptions, problem: Problem, place: Place
) -> Place:
    """Return the same with the estimator beside its own step size."""
    if place.parameters is None:
        return place
    gamma = float(place.parameters.get(GAMMA.name, TINY_STEP))
    oracle, constants = constants_of(theorem, asked, problem, gamma)
    return replace(place, oracle=oracle, parameters={**place.parameters, **constants})
