"""A composed theorem tried out: problem and estimator in the constants of that estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import number
from boundcalc.model.estimator import Trial
from boundcalc.model.theorem import Theorem
from boundcalc.verify.sizes import sized
from numerics import Oracle, Problem, make_problem

# What a problem must know of itself for a theorem to speak of it.
_KNOWN = ("mu",)
_LAW = "gaussian"


def trial_of(theorem: Theorem) -> Trial:
    """Return how the theorem's estimator is simulated; :class:`UsageError` where it is not
    known.
    """
    assert theorem.estimator is not None
    if theorem.estimator.trial is None:
        raise UsageError(f"the simulator does not know the estimator {theorem.estimator.name}")
    return theorem.estimator.trial


def trial_problem(
    theorem: Theorem, options: Mapping[str, Any], values: Mapping[str, Any]
) -> Problem:
    """Return the first of the estimator's problems that has what the theorem needs, with these
    options.

    ``values`` are those of constants that say what the problem is like, as its workers.

    Raises :class:`UsageError` where none has.
    """
    needed = [p.name for p in theorem.parameters if p.name in _KNOWN]
    for name, own in trial_of(theorem).problems:
        settled = sized(name, options, values)
        problem = make_problem(name, **{**own, **settled})
        if all(constant in problem.constants for constant in needed):
            return problem
    trial, missing = trial_of(theorem), " and ".join(needed)
    tried = " or ".join(dict.fromkeys(name for name, _ in trial.problems))
    why = f": {trial.lacking}" if trial.lacking else "; name a problem that has it"
    raise UsageError(f"{theorem.name} needs {missing}, which {tried} does not have{why}")


def trial_values(theorem: Theorem, problem: Problem, values: Mapping[str, Any]) -> dict[str, float]:
    """Return the values that the estimator is made with: the user's, else those of its trial."""
    assert theorem.estimator is not None
    names = {p.name for p in theorem.estimator.parameters if p.role != "free"}
    given = {name: float(number(v, name)) for name, v in values.items() if name in names}
    return {**trial_of(theorem).values(problem), **given}


def trial_oracle(
    theorem: Theorem, values: Mapping[str, float], gamma: float, law: str | None
) -> Oracle:
    """Return the estimator as the simulator runs it, beside steps of length ``gamma``.

    Raises ``InputError`` for values that make none.
    """
    made: Oracle = trial_of(theorem).oracle({"gamma": gamma, **values}, law or _LAW)
    return made
