"""The parameters of the method in a simulation: given, of the example, or recommended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boundcalc.bounds.bound import best_bound
from boundcalc.bounds.stepsize import step_size
from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import number
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import BETA, GAMMA
from boundcalc.model.theorem import Theorem
from boundcalc.solve.points import step_variable
from boundcalc.solve.values import read_values

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
