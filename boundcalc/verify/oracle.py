"""The estimator of the gradient that is simulated: as asked, or as method and theorem have it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from boundcalc.errors import UsageError, nearest
from boundcalc.exact.evaluate import number
from boundcalc.kernel.stale import StaleGradient
from boundcalc.model.gradients import Gradients
from boundcalc.model.theorem import Example, Theorem
from boundcalc.verify.options import SimulationOptions
from boundcalc.verify.problem import ESTIMATORS, example_of, method, simulation_of
from numerics import (
    Algorithm,
    Compressor,
    Exact,
    FiniteSum,
    MiniBatch,
    Oracle,
    Overlap,
    Problem,
    ShuffledComponents,
    Synthetic,
    WorkerSamples,
    make_compressor,
    make_problem,
)
from numerics.compressors import AllOrNothing
from numerics.oracles import Messages
from numerics.problems.base import squared_norm
from numerics.rounding import up
from numerics.traits import traits

#: The constants by which theorems see an estimator: bias, then noise.
ORACLE_CONSTANTS = ("B", "C", "M", "sigma2")
_ABSOLUTE = ("C", "sigma2")
_BATCH = "batch"
_LARGEST_BATCH = 256
#: A step that every estimator takes, while the step size is not known yet.
TINY_STEP = 1e-9
# The law of noise of an estimator of the catalogue, and the pattern of delays.
_LAW, _OLDEST = "gaussian", "adversarial"
_TAU, _OMEGA, _WORKERS, _SPARSITY = "tau", "omega", "n", "s"


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
        return _messages(theorem, asked, problem)
    if asked.delays is not None:
        raise UsageError(f"{theorem.name} speaks of no delays")
    if theorem.estimator is not None:
        if asked.bias:
            raise UsageError("laws of bias belong to the synthetic estimator")
        made_with = {"gamma": gamma, **estimator_values(theorem, problem, asked.values)}
        made: Oracle = simulation_of(theorem).oracle(made_with, asked.noise or _LAW)
        return made
    own = _sampler_of(method(theorem), problem)
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
    """Raise :class:`UsageError` for a choice where the method draws its own samples."""
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
    """Return the synthetic estimator.

    Constants that are not given are the example's, absolute ones to the scale of the problem. They
    are those of a sample; a method's batch of them is less noisy.
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
        batch = float(number(asked.values.get(_BATCH, 1), _BATCH))
        constants["sigma2"] = _shared(constants["sigma2"], batch)
    return Synthetic(bias, noise, **constants)


def _shared(variance: float, batch: float) -> float:
    """Return a batch's variance, so rounded that its multiple is not above that of a sample."""
    part = variance / batch if batch > 0 else variance
    while batch > 1 and part > 0 and up(part * batch) > variance:
        part = math.nextafter(part, 0.0)
    return part


def _scaled(value: float, example: Example, problem: Problem) -> float:
    """Return the value made the same part of the first squared gradient norm as in the example."""
    known = make_problem(example.problem, **example.options)
    here, there = (float(squared_norm(p.gradient(p.start[None]))[0]) for p in (problem, known))
    return float(f"{value * here / there:.3g}")


def _messages(theorem: Theorem, asked: SimulationOptions, problem: Problem) -> Oracle:
    """Return what the server steps with: by default the example's delay and compressor.

    A theorem on any compressor is tried with one that meets its inequality with equality. Raises
    :class:`UsageError` where delays are asked for and the theorem has none, ``InputError`` for
    values that make no compressor.
    """
    example, values = example_of(theorem), asked.values
    late = any(p.name == _TAU for p in theorem.parameters)
    if asked.delays is not None and not late:
        raise UsageError(f"{theorem.name} speaks of no delays")

    def value(name: str) -> float:
        return float(number(values.get(name, example.values.get(name, 0)), name))

    return Messages(
        compressor=_compressor(theorem, values, problem, value),
        tau=int(value(_TAU)) if late else None,
        pattern=asked.delays or _OLDEST,
        aggregated=any(type(a) is StaleGradient for a in theorem.assumes),
        workers=int(value(_WORKERS)) if _WORKERS in values else None,
    )


def _compressor(
    theorem: Theorem,
    values: Mapping[str, Any],
    problem: Problem,
    value: Callable[[str], float],
) -> Compressor:
    estimator = theorem.estimator
    if estimator is None or estimator.compressor is None:
        return AllOrNothing(value(_OMEGA))
    names = {p.name for p in estimator.parameters}
    given = {name: float(number(v, name)) for name, v in values.items() if name in names}
    made = estimator.compressor({**simulation_of(theorem).values(problem), **given})
    assert isinstance(made, Compressor)
    return made


def estimator_values(
    theorem: Theorem, problem: Problem, values: Mapping[str, Any]
) -> dict[str, float]:
    """Return what a composed theorem's estimator is made with: the user's values, else its own."""
    assert theorem.estimator is not None
    names = {p.name for p in theorem.estimator.parameters if p.role != "free"}
    given = {name: float(number(v, name)) for name, v in values.items() if name in names}
    return {**simulation_of(theorem).values(problem), **given}


def _sampler_of(algorithm: Algorithm, problem: Problem) -> Oracle | None:
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


def sparsity_of(theorem: Theorem, problem: Problem, oracle: Oracle) -> Overlap | None:
    """Return what the workers of the problem share, where the theorem speaks of it."""
    if not isinstance(oracle, Messages) or all(p.name != _SPARSITY for p in theorem.parameters):
        return None
    return oracle.sharing(problem)
