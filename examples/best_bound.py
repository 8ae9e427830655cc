"""The best bound of a theorem, quickly: the compiled form, searched over step and proof parameters.

`Theorem.step_size(horizon=K)` answers the same question with a number that is proved, cell by cell;
a map of many cells wants floats, and the same search in each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

import boundcalc
from boundcalc.solve.program import Program

Array = npt.NDArray[np.float64]
SIDE, ROUNDS, NARROWER = 9, 80, 0.86


@dataclass(frozen=True)
class Axis:
    """A number to search for: its value at a coordinate between ``low`` and ``high``."""

    name: str
    low: float
    high: float
    value: Callable[[Array], Array]


AXES = (
    Axis("gamma", math.log(1e-6), math.log(2.0), np.exp),
    Axis("theta", -4.0, 10.0, expit),
    Axis("rho", 0.01, 1.0, np.asarray),  # the share of what it can be at most
    Axis("p", 0.3, 1.95, np.asarray),
)


@cache
def program(name: str) -> Program:
    """The sharp form of a theorem, compiled once in each process."""
    theorem = boundcalc.theorem(name)
    return Program(theorem, theorem.form("sharp"))


def best_bound(theorem: str, given: Mapping[str, float], K: float) -> float:
    """The least bound at the constants, L near 1, over what is not given of gamma, theta, rho, p.

    A grid over all of them is centred on its best point and narrowed, again and again.
    """
    bound = program(theorem)
    axes = [axis for axis in AXES if axis.name in bound.inputs and axis.name not in given]
    centre = np.array([(axis.low + axis.high) / 2 for axis in axes])
    half = np.array([(axis.high - axis.low) / 2 for axis in axes])
    offsets = np.stack(np.meshgrid(*[np.linspace(-1, 1, SIDE)] * len(axes)), axis=-1)
    offsets = offsets.reshape(-1, len(axes))
    least = math.inf
    for _ in range(ROUNDS):
        points = centre + half * offsets
        values = {axis.name: axis.value(points[:, i]) for i, axis in enumerate(axes)}
        numbers: dict[str, Any] = {**given, **values}
        if "rho" in values:
            most = np.minimum(
                2 * numbers["mu"] * numbers["gamma"],
                numbers.get("beta", 1) * numbers.get("theta", 1),
            )
            numbers["rho"] = values["rho"] * most
        with np.errstate(invalid="ignore"):  # outside the conditions anything may come out
            found = bound.bound(numbers, K)
        if found.min() < least:
            least, centre = float(found.min()), points[found.argmin()]
        half *= NARROWER
    return least
