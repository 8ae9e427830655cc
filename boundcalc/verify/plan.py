"""Everything the user does not say: iterations and trials, and the parameters of the method."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from boundcalc.bounds.bound import best_bound
from boundcalc.bounds.stepsize import step_size
from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import number
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import BETA, GAMMA
from boundcalc.model.theorem import Theorem
from boundcalc.solve.points import Point, step_variable
from boundcalc.solve.values import read_values
from numerics import Oracle, Problem

# A run ends where the bound is this near to its limit, or at this part of its first value.
_NEAR, _PART = 1.1, 1e-4
_FEWEST, _MOST = 300, 3000
_FEWEST_TRIALS, _MOST_TRIALS = 100, 2000
# Work for a few seconds of one core, and what a step of a trial costs, in nanoseconds per
# coordinate, per number of the problem's data and per number of a sampled gradient.
_BUDGET = 4e9
_PER_COORDINATE, _PER_DATUM, _PER_DRAW = 15.0, 0.5, 20.0
# The example's weight of the new gradient is halved at most so often.
_HALVINGS = 12
# Where every step is admissible: the best after so many iterations.
_HORIZON = 3000


def complete(
    theorem: Theorem,
    constants: Mapping[str, Surd],
    values: Mapping[str, Any],
    *,
    own_example: bool,
) -> dict[str, Surd]:
    """Return values for all parameters, free ones as far as given.

    What is missing of the method's parameters is the example's. That of beta is halved until the
    theorem admits a step (noise that grows with the gradient asks for more averaging); a step size
    is the example's only on its own problem (``own_example``), if admissible, else the one that
    the theorem recommends.

    Raises:
        UsageError: a parameter has no value, or one outside its domain, or no step is admissible.
    """
    named = [p.name for p in theorem.parameters if p.role in ("algorithm", "free")]
    chosen = {**constants, **{n: number(values[n], n) for n in named if n in values}}
    known = theorem.example or (theorem.base.example if theorem.base is not None else None)
    example = known.values if known else {}
    for name in named:
        if name not in chosen and name in example and name not in (BETA.name, GAMMA.name):
            chosen[name] = number(example[name])
    if BETA.name in named and BETA.name not in chosen:
        chosen[BETA.name] = _beta(theorem, chosen, number(example.get(BETA.name, 1)))
    if GAMMA.name in named and GAMMA.name not in chosen:
        ours = own_example and GAMMA.name in example
        chosen[GAMMA.name] = _gamma(theorem, chosen, number(example[GAMMA.name]) if ours else None)
    # Also refuses what is missing or contradictory.
    return read_values(theorem, chosen)


def _beta(theorem: Theorem, chosen: Mapping[str, Surd], beta: Surd) -> Surd:
    first = beta
    for _ in range(_HALVINGS):
        given = {**chosen, BETA.name: beta}
        if GAMMA.name in chosen:
            return beta
        known = read_values(theorem, given, answers=(GAMMA.name,))
        if best_bound(theorem, 1, known, [step_variable(theorem, known)]) is not None:
            return beta
        beta = beta / number(2)
    return first


def _gamma(theorem: Theorem, chosen: Mapping[str, Surd], ours: Surd | None) -> Surd:
    if ours is not None:
        given = read_values(theorem, {**chosen, GAMMA.name: ours})
        if best_bound(theorem, 1, given) is not None:
            return ours
    horizon = None if theorem.limits_steps else _HORIZON
    recommended = step_size(theorem, chosen, horizon=horizon).gamma
    if not isinstance(recommended, float):
        raise UsageError(f"{theorem.name} recommends no step size here: give gamma")
    return number(recommended)


def planned_iterations(pace: Point, problem: Problem, oracle: Oracle) -> int:
    """Return after how many the bound at ``pace`` is near its limit, as far as time allows."""
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
    """Return the nanoseconds of a step of one trial.

    A model, not a clock: plans must be the same anywhere.
    """
    drawn = oracle.calls(problem) * problem.dimension
    data = problem.resident_bytes() / 8
    return _PER_COORDINATE * oracle.width(problem) + _PER_DATUM * data + _PER_DRAW * drawn


def _round(value: float) -> int:
    """Round down to two digits."""
    digits = max(0, math.floor(math.log10(max(value, 1.0))) - 1)
    return int(value // 10**digits * 10**digits)
