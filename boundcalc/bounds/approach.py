"""Toward an infimum that no choice attains: ever smaller steps, parameters ever nearer their ends.

A search for the least residual ends a little inside, where it no longer gains much. From there the
step and the proof parameters beside an end of their domain are moved toward it, a part of what is
left at a time, as long as the proved value falls. What comes out is a proved bound like any other;
only it is as near the infimum as doubles tell.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from boundcalc.bounds.bound import proved_value
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import GAMMA
from boundcalc.solve.points import Point
from boundcalc.solve.values import Values

# By what the step, and what is left to an end, are divided at a time: conditions may tie them, as
# gamma < (1 - theta)^2.
_DIVISORS = ((100, 10), (1000, 10), (10, 10), (10, 3), (100, 1), (1, 10), (4, 2), (2, 1))
# Nearer than this to an end counts as beside it.
_BESIDE = Fraction(1, 5)
_ROUNDS = 60
# How finely the largest contraction is sought, and how far below it is proved.
_GRID, _REFINEMENTS = 256, 6
_BELOW = (0.0, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9)
_GAINED = 1e-15
_GAMMA = GAMMA.name


def approached(point: Point, given: Values) -> list[Point]:
    """Return choices, from the point on, whose bounds fall in the limit of ever more iterations.

    The last has the least of them; those before it, with longer steps, need fewer iterations.
    """
    value, path = proved_value(point, math.inf), [point]
    for _ in range(_ROUNDS):
        moved = ((other, proved_value(other, math.inf)) for other in _moves(path[-1], given))
        other, less = min(moved, key=lambda found: found[1], default=(point, value))
        if not less < value * (1 - _GAINED):
            break
        value = less
        path.append(other)
    return path


def _moves(point: Point, given: Values) -> Iterator[Point]:
    """Yield the admissible points a part of the way nearer to the ends."""
    program = point.program
    rate = program.theorem.step.unroll.rate
    contraction = rate.name if rate.is_Symbol and rate.name in program.free else None
    free = {name for name in program.free if name not in given and name != contraction}
    for of_step, of_rest in _DIVISORS:
        values = dict(point.values)
        if _GAMMA not in given:
            values[_GAMMA] = values[_GAMMA] * Surd.rational(Fraction(1, of_step))
        for name in free:
            values[name] = Surd.rational(_nearer(values[name], of_rest))
        moved = Point(program, values)
        if contraction is not None and contraction not in given:
            found = _fastest(moved, contraction, values[contraction], of_step)
            if found is not None:
                yield found
        elif program.broken(values) is None:
            yield moved


def _nearer(value: Surd, divisor: int) -> Fraction:
    """Return the value, nearer to 0 or 1 where it is beside that."""
    exactly = value.as_fraction()
    assert exactly is not None
    if exactly < _BESIDE:
        return exactly / divisor
    if 1 - _BESIDE < exactly <= 1:
        return 1 - (1 - exactly) / divisor
    return exactly


def _fastest(point: Point, name: str, before: Surd, of_step: int) -> Point | None:
    """Return the point with the largest contraction that is admissible beside the others.

    It is found in floats, and proved a little below.
    """
    program, start = point.program, float(before) / of_step
    env = {n: float(value) for n, value in point.values.items()}
    places = range(len(program.conditions))
    low, high = start / 4, min(4 * start, 1.0)
    for _ in range(_REFINEMENTS):
        grid = np.geomspace(low, high, _GRID)
        with np.errstate(all="ignore"):
            missed = program.missed({**env, name: grid}, places)
        inside = np.flatnonzero(np.broadcast_to(missed, grid.shape) == 0)
        if not len(inside):
            return None
        low, high = grid[inside[-1]], grid[min(inside[-1] + 1, _GRID - 1)]
    for part in _BELOW:
        value = Fraction(f"{low * (1 - part):.15g}")
        found = Point(program, {**point.values, name: Surd.rational(value)})
        if program.broken(found.values) is None:
            return found
    return None
