"""The problem to simulate, from what is asked for, and the theorem that is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from boundcalc import registry
from boundcalc.errors import UsageError, nearest
from boundcalc.exact.evaluate import number
from boundcalc.model.compose import compose
from boundcalc.model.estimator import Trial
from boundcalc.model.gradients import Gradients
from boundcalc.model.theorem import Example, Theorem
from boundcalc.verify.confidence import check_level
from boundcalc.verify.options import SimulationOptions, usage_errors
from numerics import Algorithm, Problem, make_problem, problem_from_data
from numerics.backend import backend
from numerics.problems import problem_options
from numerics.validation import integer

#: The estimators that can be simulated.
ESTIMATORS = ("exact", "synthetic", "minibatch")
# How the rows of a data file are dealt to workers.
_OF_DATA = ("workers", "split", "concentration", "seed")
# The options of problems, the first that a problem has, that a constant is the value of.
_OPTIONS = {
    "n": ("workers", "tasks"),
    "d": ("dimension",),
    "m": ("samples",),
    "inner_step": ("inner_step",),
}
# Options that make workers different, and the fewest workers who can be: fewer are alike in it.
_FEWEST = {"shifted-quadratics": {"spread": 4, "shift": 2}}
# What a problem must know of itself for a theorem to speak of it.
_KNOWN = ("mu",)


def requested(theorem: Theorem, asked: SimulationOptions) -> tuple[Theorem, SimulationOptions]:
    """Return the theorem, composed where the estimator is one of the catalogue, and the options.

    Raises :class:`UsageError` for an estimator that is not known, or not to be composed with, and
    for a seed, a level or a device that is none.
    """
    check_level(asked.level)
    with usage_errors():
        asked = replace(asked, seed=integer("seed", asked.seed, least=0))
        backend(asked.device)
    if asked.estimator is None or asked.estimator in ESTIMATORS:
        return theorem, asked
    composed = compose(theorem, registry.estimator(asked.estimator, ESTIMATORS))
    return composed, replace(asked, estimator=None)


def method(theorem: Theorem) -> Algorithm:
    """Return the algorithm of the theorem as the simulator runs it: the same object."""
    return cast(Algorithm, theorem.algorithm)


def takes_own_estimator(theorem: Theorem) -> bool:
    """Tell whether the theorem is composed with an estimator that stands in for the gradient.

    Such an estimator may depend on the step size. A compressor of messages does not.
    """
    return theorem.estimator is not None and theorem.gradients is not Gradients.MESSAGES


def choose_problem(theorem: Theorem, asked: SimulationOptions) -> Problem:
    """Return the problem to simulate.

    Raises :class:`UsageError` or ``InputError`` for a request that contradicts itself or names
    nothing.
    """
    if asked.data is not None:
        if asked.problem is not None:
            raise UsageError("a data file is the problem: name no other one")
        for option in asked.options:
            if option not in _OF_DATA:
                raise UsageError(
                    f"a data file has no option {option!r}{nearest(option, _OF_DATA)};"
                    f" there are {', '.join(_OF_DATA)}"
                )
        return problem_from_data(
            asked.data,
            asked.loss,
            float(number(asked.l2, "l2")),
            asked.target_column,
            asked.standardise,
            **asked.options,
        )
    if asked.target_column is not None or asked.loss != "squared" or asked.l2 != 0:
        raise UsageError(
            "target column, loss and l2 belong to a data file; problems take them as options"
        )
    if asked.standardise is not None:
        raise UsageError("only a data file is standardised, or not: give one with --data")
    if isinstance(asked.problem, Problem):
        if asked.options:
            raise UsageError("options go with the name of a problem, not with a finished one")
        return asked.problem
    names = {parameter.name for parameter in theorem.parameters}
    spoken = {name: value for name, value in asked.values.items() if name in names}
    if asked.problem is not None:
        return make_problem(asked.problem, **sized(asked.problem, asked.options, spoken))
    if takes_own_estimator(theorem):
        return _problem_of_estimator(theorem, asked.options, spoken)
    example = example_of(theorem)
    settled = sized(example.problem, asked.options, spoken)
    return make_problem(example.problem, **{**example.options, **settled})


def example_of(theorem: Theorem) -> Example:
    """Return the theorem's example; raises :class:`UsageError` where it has none."""
    if theorem.base is not None:
        return example_of(theorem.base)
    if theorem.example is None:
        raise UsageError(
            f"{theorem.name} has no example: name a problem (or a data file) and give the"
            " constants of the estimator"
        )
    return theorem.example


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


def simulation_of(theorem: Theorem) -> Trial:
    """Return how the theorem's estimator is simulated; raises :class:`UsageError` for no way."""
    assert theorem.estimator is not None
    if theorem.estimator.trial is None:
        raise UsageError(f"the simulator does not know the estimator {theorem.estimator.name}")
    return theorem.estimator.trial


def _problem_of_estimator(
    theorem: Theorem, options: Mapping[str, Any], values: Mapping[str, Any]
) -> Problem:
    """Return the first of the estimator's problems that has what the theorem needs.

    It is made with the ``options``, and ``values`` of constants that say what it is like, as its
    workers. Raises :class:`UsageError` where none has.
    """
    needed = [p.name for p in theorem.parameters if p.name in _KNOWN]
    simulation = simulation_of(theorem)
    for name, own in simulation.problems:
        problem = make_problem(name, **{**own, **sized(name, options, values)})
        if all(constant in problem.constants for constant in needed):
            return problem
    missing = " and ".join(needed)
    tried = " or ".join(dict.fromkeys(name for name, _ in simulation.problems))
    why = f": {simulation.lacking}" if simulation.lacking else "; name a problem that has it"
    raise UsageError(f"{theorem.name} needs {missing}, which {tried} does not have{why}")
