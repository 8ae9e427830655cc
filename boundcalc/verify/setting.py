"""What is simulated: a problem and an estimator of its gradient, from what the user asked for."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from boundcalc.errors import UsageError, nearest
from boundcalc.exact.evaluate import number
from boundcalc.model.gradients import Gradients
from boundcalc.model.theorem import Example, Theorem
from boundcalc.verify.messages import messages
from boundcalc.verify.samplers import sampler_of
from boundcalc.verify.sizes import sized
from boundcalc.verify.trials import trial_oracle, trial_problem, trial_values
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
from numerics.algorithms import takes_samples
from numerics.problems.base import squared_norm
from numerics.rounding import up

__all__ = [
    "ESTIMATORS",
    "ORACLE_CONSTANTS",
    "TINY_STEP",
    "Request",
    "choose_oracle",
    "choose_problem",
    "method",
]

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


@dataclass(frozen=True)
class Request:
    """What the user asked for, as :func:`boundcalc.verify.verify` takes it."""

    problem: str | Problem | None
    options: Mapping[str, Any]
    data: str | os.PathLike[str] | None
    target_column: str | None
    loss: str
    l2: float
    estimator: str | None
    bias: str | None
    noise: str | None
    values: Mapping[str, Any]
    delays: str | None = None
    standardise: bool | None = None

    @property
    def default_problem(self) -> bool:
        """Whether it leaves the problem to the theorem's example."""
        return self.problem is None and self.data is None

    @property
    def default_setting(self) -> bool:
        """Whether it is the example's problem as it stands, with the estimator it comes with."""
        return self.default_problem and not self.options and self.estimator in (None, "synthetic")


def method(theorem: Theorem) -> Algorithm:
    """The algorithm of the theorem as the simulator runs it: the same object."""
    return cast(Algorithm, theorem.algorithm)


def choose_problem(theorem: Theorem, request: Request) -> Problem:
    """The problem to simulate.

    Raises :class:`UsageError` or ``InputError`` for a request that contradicts itself or names
    nothing.
    """
    if request.data is not None:
        if request.problem is not None:
            raise UsageError("a data file is the problem: name no other one")
        for option in request.options:
            if option not in _OF_DATA:
                raise UsageError(
                    f"a data file has no option {option!r}{nearest(option, _OF_DATA)};"
                    f" there are {', '.join(_OF_DATA)}"
                )
        return problem_from_data(
            request.data,
            request.loss,
            float(number(request.l2, "l2")),
            request.target_column,
            request.standardise,
            **request.options,
        )
    if request.target_column is not None or request.loss != "squared" or request.l2 != 0:
        raise UsageError(
            "target column, loss and l2 belong to a data file; problems take them as options"
        )
    if request.standardise is not None:
        raise UsageError("only a data file is standardised, or not: give one with --data")
    if isinstance(request.problem, Problem):
        if request.options:
            raise UsageError("options go with the name of a problem, not with a finished one")
        return request.problem
    if request.problem is not None:
        return make_problem(request.problem, **_sized(request.problem, theorem, request))
    if theorem.estimator is not None and theorem.gradients is not Gradients.MESSAGES:
        return trial_problem(theorem, request.options, _of_theorem(theorem, request))
    example = example_of(theorem)
    settled = _sized(example.problem, theorem, request)
    return make_problem(example.problem, **{**example.options, **settled})


def _sized(problem: str, theorem: Theorem, request: Request) -> dict[str, Any]:
    return sized(problem, request.options, _of_theorem(theorem, request))


def _of_theorem(theorem: Theorem, request: Request) -> dict[str, Any]:
    """The values of what the theorem speaks of."""
    names = {parameter.name for parameter in theorem.parameters}
    return {name: value for name, value in request.values.items() if name in names}


def example_of(theorem: Theorem) -> Example:
    """The theorem's example; raises :class:`UsageError` where it has none."""
    if theorem.base is not None:
        return example_of(theorem.base)
    if theorem.example is None:
        raise UsageError(
            f"{theorem.name} has no example: name a problem (or a data file) and give the"
            " constants of the estimator"
        )
    return theorem.example


def choose_oracle(
    theorem: Theorem, request: Request, problem: Problem, gamma: float = TINY_STEP
) -> Oracle:
    """The estimator of the gradient to simulate, beside steps of length ``gamma``.

    Raises :class:`UsageError` or ``InputError`` for a request that contradicts itself.
    """
    if theorem.gradients is Gradients.MESSAGES:
        if request.bias or request.noise or request.estimator is not None:
            raise UsageError(
                f"the method of {theorem.name} sends gradients through a compressor: name one, or"
                " give its constant omega, instead of laws or another estimator"
            )
        return messages(theorem, example_of(theorem), request.values, request.delays, problem)
    if request.delays is not None:
        raise UsageError(f"{theorem.name} speaks of no delays")
    if theorem.estimator is not None:
        if request.bias:
            raise UsageError("laws of bias belong to the synthetic estimator")
        made_with = trial_values(theorem, problem, request.values)
        return trial_oracle(theorem, made_with, gamma, request.noise)
    own = sampler_of(method(theorem), problem)
    if own is not None:
        _refuse_others(theorem, request, own)
        return own
    name = _estimator(theorem, request, problem)
    if name != "synthetic" and (request.bias or request.noise):
        raise UsageError(f"laws of bias and noise belong to the synthetic estimator, not to {name}")
    of_method = any(p.name == _BATCH for p in theorem.parameters)
    if name != "minibatch" and _BATCH in request.values and not of_method:
        raise UsageError(f"batch belongs to the minibatch estimator, not to {name}")
    if name == "exact":
        return Exact()
    if name == "minibatch":
        return MiniBatch(_batch(request, problem))
    return _synthetic(theorem, request, problem)


def _refuse_others(theorem: Theorem, request: Request, own: Oracle) -> None:
    """A method that draws its own samples leaves nothing to choose."""
    if request.estimator not in (None, own.name) or request.bias or request.noise:
        raise UsageError(
            f"{theorem.name} draws its own samples ({own.title}): give no estimator, bias or noise"
        )
    for name in (*ORACLE_CONSTANTS[:3], _BATCH):
        if name in request.values:
            raise UsageError(f"{theorem.name} draws its own samples ({own.title}), without {name}")


def _estimator(theorem: Theorem, request: Request, problem: Problem) -> str:
    if request.estimator is not None:
        if request.estimator not in ESTIMATORS:
            raise UsageError(
                f"unknown estimator {request.estimator!r}"
                f"{nearest(request.estimator, ESTIMATORS)}; known are {', '.join(ESTIMATORS)}"
            )
        return request.estimator
    of_method = any(p.name == _BATCH for p in theorem.parameters)
    if _BATCH in request.values and (isinstance(problem, FiniteSum) or not of_method):
        return "minibatch"
    if takes_samples(method(theorem)) and isinstance(problem, FiniteSum):
        return "minibatch"
    made_up = request.bias or request.noise or any(n in request.values for n in ORACLE_CONSTANTS)
    return "minibatch" if request.data is not None and not made_up else "synthetic"


def _batch(request: Request, problem: Problem) -> Any:
    if _BATCH in request.values:
        return float(number(request.values[_BATCH], _BATCH))
    m = problem.components if isinstance(problem, FiniteSum) else 1
    return max(1, min(_LARGEST_BATCH, m // 2))


def _synthetic(theorem: Theorem, request: Request, problem: Problem) -> Synthetic:
    """Constants that are not given are the example's, absolute ones to the scale of the problem.

    They are those of a sample; a method's batch of them is less noisy.
    """
    example = theorem.example
    bias = request.bias or (example.bias if example else "opposing")
    noise = request.noise or (example.noise if example else "gaussian")
    silent = {n for law, pair in ((bias, "B C"), (noise, "M sigma2")) if law == "none"
              for n in pair.split()}  # fmt: skip
    constants: dict[str, Any] = {}
    for name in ORACLE_CONSTANTS:
        if name in request.values:
            constants[name] = float(number(request.values[name], name))
        elif example and name in example.values and name not in silent:
            constants[name] = float(number(example.values[name], name))
            if name in _ABSOLUTE and not request.default_problem:
                constants[name] = _scaled(constants[name], example, problem)
    if any(p.name == _BATCH for p in theorem.parameters) and "sigma2" in constants:
        constants["sigma2"] = _shared(constants["sigma2"], _batch_of_method(request))
    return Synthetic(bias, noise, **constants)


def _batch_of_method(request: Request) -> float:
    return float(number(request.values.get(_BATCH, 1), _BATCH))


def _shared(variance: float, batch: float) -> float:
    """The variance of a batch, so rounded that its multiple is not above that of a sample."""
    part = variance / batch if batch > 0 else variance
    while batch > 1 and part > 0 and up(part * batch) > variance:
        part = math.nextafter(part, 0.0)
    return part


def _scaled(value: float, example: Example, problem: Problem) -> float:
    """The value made the same part of the first squared gradient norm as in the example."""
    known = make_problem(example.problem, **example.options)
    here, there = (float(squared_norm(p.gradient(p.start[None]))[0]) for p in (problem, known))
    return float(f"{value * here / there:.3g}")
