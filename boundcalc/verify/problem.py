"""Problems and estimators that fit an estimator of the catalogue, or the method itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import number
from boundcalc.model.estimator import Trial
from boundcalc.model.theorem import Theorem
from numerics import (
    Algorithm,
    Compressor,
    FiniteSum,
    MiniBatch,
    Oracle,
    Problem,
    ShuffledComponents,
    WorkerSamples,
    make_compressor,
    make_problem,
)
from numerics.problems import problem_options
from numerics.traits import traits

# The options of problems, the first that a problem has, that a constant is the value of.
_OPTIONS = {
    "n": ("workers", "tasks"),
    "d": ("dimension",),
    "m": ("samples",),
    "inner_step": ("inner_step",),
}
# Options that make workers different, and the fewest workers who can be: fewer are alike in it.
_FEWEST = {"shifted-quadratics": {"spread": 4, "shift": 2}}


def sized(problem: str, options: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the problem, with those that the ``values`` of constants settle.

    A theorem on n workers is true for one n, so a problem that can have any number of them is made
    with those that are asked for; an option that is given itself stays as it is.
    """
    known, found = problem_options(problem), dict(options)
    for name, candidates in _OPTIONS.items():
        option = next((one for one in candidates if one in known), None)
        if option is None or name not in values or option in options:
            continue
        value = number(values[name], name)
        whole = value.as_fraction()
        exactly = whole is not None and whole.denominator == 1
        found[option] = int(whole) if whole is not None and exactly else float(value)
    for option, fewest in _FEWEST.get(problem, {}).items():
        if option not in options and found.get("workers", fewest) < fewest:
            found[option] = 0.0
    return found


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


def sampler_of(algorithm: Algorithm, problem: Problem) -> Oracle | None:
    """Return the only estimator that fits the method; None where the user may choose.

    Raises :class:`UsageError` for a problem without the components that it needs.
    """
    found = traits(algorithm)
    if not found.samples:
        return None
    if not (found.votes or found.passes or found.period) and compressor_of(algorithm) is None:
        return None
    if not isinstance(problem, FiniteSum):
        raise UsageError(
            f"{algorithm.name} takes components of a finite sum, which {problem.title} is not: name"
            " the problem glm or sharded-glm, or give a data file"
        )
    if found.votes:
        return WorkerSamples()
    return ShuffledComponents() if found.passes else MiniBatch(1)


def compressor_of(algorithm: Algorithm) -> Compressor | None:
    """Return what a method that compresses sends by: the scaled sign."""
    return make_compressor("scaled-sign") if traits(algorithm).compresses else None
