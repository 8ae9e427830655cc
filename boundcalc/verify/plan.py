"""How many iterations and trials show most in a few seconds, where the user does not say."""

from __future__ import annotations

import math

from boundcalc.solve.points import Point
from numerics import Oracle, Problem

# A run ends where the bound is this near to its limit, or at this part of its first value.
_NEAR, _PART = 1.1, 1e-4
_FEWEST, _MOST = 300, 3000
_FEWEST_TRIALS, _MOST_TRIALS = 100, 2000
# Work for a few seconds of one core, and what a step of a trial costs, in nanoseconds per
# coordinate, per number of the problem's data and per number of a sampled gradient.
_BUDGET = 4e9
_PER_COORDINATE, _PER_DATUM, _PER_DRAW = 15.0, 0.5, 20.0


def planned_iterations(pace: Point, problem: Problem, oracle: Oracle) -> int:
    """Until the bound at ``pace`` is near its limit, if that can be had in the time."""
    values = {name: float(v) for name, v in pace.values.items()}

    def bound(K: float) -> float:
        return float(pace.program.unchecked_bound(values, K))

    goal = max(_NEAR * bound(math.inf), _PART * bound(1))
    wanted = _FEWEST
    while wanted < _MOST and bound(wanted) > goal:
        wanted = math.ceil(1.25 * wanted)
    affordable = _BUDGET / (_FEWEST_TRIALS * _cost(problem, oracle))
    return max(2, _round(min(_MOST, wanted, affordable)))


def planned_trials(iterations: int, problem: Problem, oracle: Oracle) -> int:
    """Return as many as the time allows, within reason; one where nothing is random."""
    if not oracle.varies(problem):
        return 1
    affordable = _BUDGET / (iterations * _cost(problem, oracle))
    return max(_FEWEST_TRIALS, min(_MOST_TRIALS, _round(affordable)))


def _cost(problem: Problem, oracle: Oracle) -> float:
    """Nanoseconds of a step of one trial. A model, not a clock: plans must be the same anywhere."""
    drawn = oracle.calls(problem) * problem.dimension
    data = problem.resident_bytes() / 8
    return _PER_COORDINATE * oracle.width(problem) + _PER_DATUM * data + _PER_DRAW * drawn


def _round(value: float) -> int:
    """Down to two digits."""
    digits = max(0, math.floor(math.log10(max(value, 1.0))) - 1)
    return int(value // 10**digits * 10**digits)
