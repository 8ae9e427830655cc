"""The problem and the estimator that are simulated, from what the user asked for."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

from boundcalc import registry
from boundcalc.errors import UsageError, nearest
from boundcalc.exact.evaluate import number
from boundcalc.model.compose import compose
from boundcalc.model.gradients import Gradients
from boundcalc.model.theorem import Example, Theorem
from boundcalc.verify.confidence import check_level
from boundcalc.verify.messages import messages
from boundcalc.verify.options import SimulationOptions, usage_errors
from boundcalc.verify.problem import sampler_of, sized, trial_oracle, trial_problem, trial_values
from numerics import (
    Algorithm,
    Exact,
    FiniteSum,
    MiniBatch,
    Oracle,
    Problem,
    Synthetic,
    make_problem,
    problem_from_data,
)
from numerics.problems.base import squared_norm
from numerics.rounding import up
from numerics.traits import traits
from numerics.validation import integer

#: The estimators that can be simulated.
ESTIMATORS = ("exact", "synthetic", "minibatch")
#: The constants by which theorems see an estimator: bias, then noise.
ORACLE_CONSTANTS = ("B", "C", "M", "sigma2")
_ABSOLUTE = ("C", "sigma2")
_BATCH = "batch"
# How the rows of a data file are dealt to workers.
_OF_DATA = ("workers", "split", "concentration", "seed")
_LARGEST_BATCH = 256
#: A step that every estimator takes, while the step size is not known yet.
TINY_STEP = 1e-9


def requested(theorem: Theorem, asked: SimulationOptions) -> tuple[Theorem, SimulationOptions]:
    """Return the theorem, composed where the estimator is one of the catalogue, and the options.

    Raises :class:`UsageError` for an estimator that is not known, or not to be composed with, and
    for a seed or a level that is none.
    """
    check_level(asked.level)
    with usage_errors():
        asked = replace(asked, seed=integer("seed", asked.seed, least=0))
    if asked.estimator is None or asked.estimator in ESTIMATORS:
        return theorem, asked
    composed = compose(theorem, registry.estimator(asked.estimator, ESTIMATORS))
    return composed, replace(asked, estimator=None)


def method(theorem: Theorem) -> Algorithm:
    """Return the algorithm of the theorem as the simulator runs it: the same object."""
    return cast(Algorithm, theorem.algorithm)


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
    if asked.problem is not None:
        return make_problem(asked.problem, **_sized(asked.problem, theorem, asked))
    if theorem.estimator is not None and theorem.gradients is not Gradients.MESSAGES:
        return trial_problem(theorem, asked.options, _of_theorem(theorem, asked))
    example = example_of(theorem)
    settled = _sized(example.problem, theorem, asked)
    return make_problem(example.problem, **{**example.options, **settled})


def _sized(problem: str, theorem: Theorem, asked: SimulationOptions) -> dict[str, Any]:
    return sized(problem, asked.options, _of_theorem(theorem, asked))


def _of_theorem(theorem: Theorem, asked: SimulationOptions) -> dict[str, Any]:
    """Return the values of what the theorem speaks of."""
    names = {parameter.name for parameter in theorem.parameters}
    return {name: value for name, value in asked.values.items() if name in names}


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


def choose_oracle(
    theorem: Theorem, asked: SimulationOptions, problem: Problem, gamma: float = TINY_STEP
) -> Oracle:
    """Return the estimator of the gradient to simulate, beside steps of length ``gamma``.

    Raises :class:`UsageError` or ``InputError`` for a request that contradicts itself.
    """
    if theorem.gradients is Gradients.MESSAGES:
        if asked.bias or asked.noise or asked.estimator is not None:
            raise UsageError(
                f"the method of {theorem.name} sends gradients through a compressor: name one, or"
                " give its constant omega, instead of laws or another estimator"
            )
        return messages(theorem, example_of(theorem), asked.values, asked.delays, problem)
    if asked.delays is not None:
        raise UsageError(f"{theorem.name} speaks of no delays")
    if theorem.estimator is not None:
        if asked.bias:
            raise UsageError("laws of bias belong to the synthetic estimator")
        made_with = trial_values(theorem, problem, asked.values)
        return trial_oracle(theorem, made_with, gamma, asked.noise)
    own = sampler_of(method(theorem), problem)
    if own is not None:
        _refuse_others(theorem, asked, own)
        return own
    name = _estimator(theorem, asked, problem)
    if name != "synthetic" and (asked.bias or asked.noise):
        raise UsageError(f"laws of bias and noise belong to the synthetic estimator, not to {name}")
    of_method = any(p.name == _BATCH for p in theorem.parameters)
    if name != "minibatch" and _BATCH in asked.values and not of_method:
        raise UsageError(f"batch belongs to the minibatch estimator, not to {name}")
    if name == "exact":
        return Exact()
    if name == "minibatch":
        return MiniBatch(_batch(asked, problem))
    return _synthetic(theorem, asked, problem)


def _refuse_others(theorem: Theorem, asked: SimulationOptions, own: Oracle) -> None:
    """A method that draws its own samples leaves nothing to choose."""
    if asked.estimator not in (None, own.name) or asked.bias or asked.noise:
        raise UsageError(
            f"{theorem.name} draws its own samples ({own.title}): give no estimator, bias or noise"
        )
    for name in (*ORACLE_CONSTANTS[:3], _BATCH):
        if name in asked.values:
            raise UsageError(f"{theorem.name} draws its own samples ({own.title}), without {name}")


def _estimator(theorem: Theorem, asked: SimulationOptions, problem: Problem) -> str:
    if asked.estimator is not None:
        if asked.estimator not in ESTIMATORS:
            raise UsageError(
                f"unknown estimator {asked.estimator!r}"
                f"{nearest(asked.estimator, ESTIMATORS)}; known are {', '.join(ESTIMATORS)}"
            )
        return asked.estimator
    of_method = any(p.name == _BATCH for p in theorem.parameters)
    if _BATCH in asked.values and (isinstance(problem, FiniteSum) or not of_method):
        return "minibatch"
    if traits(method(theorem)).samples and isinstance(problem, FiniteSum):
        return "minibatch"
    made_up = asked.bias or asked.noise or any(n in asked.values for n in ORACLE_CONSTANTS)
    return "minibatch" if asked.data is not None and not made_up else "synthetic"


def _batch(asked: SimulationOptions, problem: Problem) -> Any:
    if _BATCH in asked.values:
        return float(number(asked.values[_BATCH], _BATCH))
    m = problem.components if isinstance(problem, FiniteSum) else 1
    return max(1, min(_LARGEST_BATCH, m // 2))


def _synthetic(theorem: Theorem, asked: SimulationOptions, problem: Problem) -> Synthetic:
    """Constants that are not given are the example's, absolute ones to the scale of the problem.

    They are those of a sample; a method's batch of them is less noisy.
    """
    example = theorem.example
    bias = asked.bias or (example.bias if example else "opposing")
    noise = asked.noise or (example.noise if example else "gaussian")
    silent = {n for law, pair in ((bias, "B C"), (noise, "M sigma2")) if law == "none"
              for n in pair.split()}  # fmt: skip
    constants: dict[str, Any] = {}
    for name in ORACLE_CONSTANTS:
        if name in asked.values:
            constants[name] = float(number(asked.values[name], name))
        elif example and name in example.values and name not in silent:
            constants[name] = float(number(example.values[name], name))
            if name in _ABSOLUTE and not asked.default_problem:
                constants[name] = _scaled(constants[name], example, problem)
    if any(p.name == _BATCH for p in theorem.parameters) and "sigma2" in constants:
        constants["sigma2"] = _shared(constants["sigma2"], _batch_of_method(asked))
    return Synthetic(bias, noise, **constants)


def _batch_of_method(asked: SimulationOptions) -> float:
    return float(number(asked.values.get(_BATCH, 1), _BATCH))


def _shared(variance: float, batch: float) -> float:
    """Return the variance of a batch, so rounded that its multiple is not above that of a
    sample.
    """
    part = variance / batch if batch > 0 else variance
    while batch > 1 and part > 0 and up(part * batch) > variance:
        part = math.nextafter(part, 0.0)
    return part


def _scaled(value: float, example: Example, problem: Problem) -> float:
    """Return the value made the same part of the first squared gradient norm as in the example."""
    known = make_problem(example.problem, **example.options)
    here, there = (float(squared_norm(p.gradient(p.start[None]))[0]) for p in (problem, known))
    return float(f"{value * here / there:.3g}")
