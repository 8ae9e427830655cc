"""Everything that is settled, and audited, before the simulation starts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from boundcalc.bounds.bound import best_bound, bound, proved_value
from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import exact
from boundcalc.exact.surd import Surd
from boundcalc.kernel import Growth
from boundcalc.model.parameters import GAMMA
from boundcalc.model.theorem import Theorem
from boundcalc.solve.points import Point
from boundcalc.verify.constants import check_names, implied_constants
from boundcalc.verify.options import SimulationOptions
from boundcalc.verify.oracle import TINY_STEP, choose_oracle, compressor_of, estimator_values
from boundcalc.verify.plan import complete, planned_iterations, planned_trials
from boundcalc.verify.problem import choose_problem, method, takes_own_estimator
from numerics import DISTANCE, GAP, MEAN_GAP, Finding, Metric, Oracle, Problem, audit, metrics
from numerics.algorithms import parameters_of
from numerics.audit_result import not_audited
from numerics.traits import traits
from numerics.validation import integer

_MANY = 1000
# What a run is made with, and nothing that could be measured.
_CHOSEN = (
    "d", "sqrt_d", "k", "levels", "pitch", "p_min", "batch", "batch_inner", "faulty", "clip",
    "inner_step", "m", "n",
)  # fmt: skip
# How the simulator measures a measure of theorems: by the same name.
_METRICS = {one.name: one for one in vars(metrics).values() if isinstance(one, Metric)}


@dataclass(frozen=True)
class PreparedRun:
    """A simulation that is ready to run, and what its bound is made of.

    ``parameters`` are exact values for the theorem, ``limit`` the choice of its free ones that is
    best in the limit; ``resolution`` is what the measured quantity cannot tell from 0.
    """

    theorem: Theorem
    problem: Problem
    oracle: Oracle
    start: str
    metric: Metric
    parameters: dict[str, Surd]
    limit: Point
    findings: tuple[Finding, ...]
    resolution: float
    iterations: int
    trials: int
    seed: int

    @property
    def of_method(self) -> dict[str, float]:
        """The parameters of the method as floats."""
        return method_parameters(self.theorem, self.parameters)


def method_parameters(theorem: Theorem, parameters: Mapping[str, Surd]) -> dict[str, float]:
    """Return the parameters of the theorem's method as floats."""
    return {name: float(parameters[name]) for name in parameters_of(method(theorem))}


def prepare(
    theorem: Theorem, asked: SimulationOptions, problem: Problem | None = None
) -> PreparedRun:
    """Settle problem, estimator, constants and sizes, and audit the assumptions.

    With ``problem`` that of the options is known already.

    Raises:
        UsageError: see :func:`boundcalc.verify.verify`.
        InputError: input that the simulator refuses.
    """
    check_names(theorem, asked.values)
    metric = metric_of(theorem)
    if problem is None:
        problem = choose_problem(theorem, asked)
    oracle, constants = constants_of(theorem, asked, problem)
    resolution = resolution_of(problem, metric)
    parameters = complete(theorem, constants, asked.values, own_example=asked.own_example)
    metric = discounted(metric, theorem, parameters)
    oracle, parameters = at_its_step(theorem, asked, problem, oracle, parameters)
    limit = limit_point(theorem, parameters)
    ours = asked.own_example and theorem.estimator is None
    example = theorem.example if ours else None
    iterations, trials = asked.iterations, asked.trials
    if iterations is None:
        iterations = (
            example.iterations
            if example
            else planned_iterations(_pace(theorem, parameters, limit), problem, oracle)
        )
    iterations = integer("iterations", iterations)
    findings = audited(theorem, problem, oracle, asked.seed, iterations)
    if trials is None:
        trials = example.trials if example else planned_trials(iterations, problem, oracle)
    return PreparedRun(
        theorem, problem, oracle, asked.start, metric, parameters, limit, findings, resolution,
        iterations, integer("trials", trials), asked.seed,
    )  # fmt: skip


def constants_of(
    theorem: Theorem, asked: SimulationOptions, problem: Problem, gamma: float = TINY_STEP
) -> tuple[Oracle, dict[str, Surd]]:
    """Return the estimator beside steps of length ``gamma``, and the theorem's constants with it.

    While the step is not known yet it is one that every estimator takes.
    """
    oracle = choose_oracle(theorem, asked, problem, gamma)
    made_with = None
    if theorem.estimator is not None:
        made_with = estimator_values(theorem, problem, asked.values)
    return oracle, implied_constants(theorem, problem, oracle, asked.start, asked.values, made_with)


def at_its_step(
    theorem: Theorem,
    asked: SimulationOptions,
    problem: Problem,
    oracle: Oracle,
    parameters: dict[str, Surd],
) -> tuple[Oracle, dict[str, Surd]]:
    """Return estimator and parameters once the step size is among these.

    An estimator that is composed with may depend on the step, and then the start of an average
    does; any other one stays as it is.
    """
    if not takes_own_estimator(theorem):
        return oracle, parameters
    gamma = float(parameters.get(GAMMA.name, TINY_STEP))
    oracle, constants = constants_of(theorem, asked, problem, gamma)
    return oracle, {**parameters, **constants}


def limit_point(theorem: Theorem, given: Mapping[str, Surd]) -> Point:
    """Return the choice of free parameters with the least bound in the limit.

    Raises :class:`UsageError`, with the reason, where the values admit no bound.
    """
    point = best_bound(theorem, math.inf, given)
    if point is None:
        # The public way to the same question knows the reason.
        bound(theorem, math.inf, given)
        raise UsageError(f"no bound of {theorem.name} is admissible at these values")
    return point


def _pace(theorem: Theorem, parameters: dict[str, Surd], limit: Point) -> Point:
    """Return a choice whose bound falls fast, which that for a limit of 0 need not do."""
    if proved_value(limit, math.inf) > 0:
        return limit
    return best_bound(theorem, _MANY, parameters) or limit


def metric_of(theorem: Theorem) -> Metric:
    """Return what is measured for the theorem; raises :class:`UsageError` for nothing."""
    measure = theorem.step.measure
    if measure.name not in _METRICS:
        raise UsageError(
            f"the simulator cannot measure {measure.text!r}; it knows {', '.join(_METRICS)}"
        )
    return _METRICS[measure.name]


def discounted(metric: Metric, theorem: Theorem, parameters: dict[str, Surd]) -> Metric:
    """Return the mean in which a growing Lyapunov function weighs the steps.

    The least is at most that.
    """
    rule = theorem.step.unroll
    if type(rule) is not Growth:
        return metric
    numbers = {theorem.parameter(name).symbol: value for name, value in parameters.items()}
    growth = theorem.form(theorem.readable).resolve(rule.growth)
    return replace(metric, discount=1 / (1 + float(exact(growth, numbers))))


def resolution_of(problem: Problem, metric: Metric) -> float:
    """Return what the metric cannot tell from 0.

    The gap is measured from the certified lower bound of f, so it is off by at most the distance
    from there to a value that f attains; about as much again for the rounding of f.
    """
    if metric is DISTANCE and problem.minimiser is not None:
        # ||x - y||^2 and ||x - x_star||^2 differ by at most 2 ||x - x_star|| e + e^2, e being how
        # far y is off; this is enough up to twice the distance of the start, and beyond it e is
        # smaller than the rounding that is allowed for.
        off, way = problem.minimiser_error, problem.start - problem.minimiser
        return 4 * off * (float(np.linalg.norm(way)) + off)
    if metric not in (GAP, MEAN_GAP):
        return 0.0
    distance = 2 * max(0.0, problem.f_star - problem.f_inf)
    if not math.isfinite(distance):
        raise UsageError(
            f"the least value of the objective is not known ({problem.title}),"
            " so the gap to it cannot be measured"
        )
    return distance


def worst(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return, of many audits, the worst that was found of each assumption."""
    found: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = (finding.assumption, finding.stated)
        if key not in found or finding.worst > found[key].worst:
            found[key] = finding
    return tuple(found.values())


def audited(
    theorem: Theorem,
    problem: Problem,
    oracle: Oracle,
    seed: int,
    iterations: int,
    before: tuple[Finding, ...] = (),
) -> tuple[Finding, ...]:
    """Return the findings of the audit, and last the constants that it says nothing of.

    Args:
        theorem: the theorem whose assumptions are looked at.
        problem: the problem, which is sampled.
        oracle: the estimator, which is sampled where the method goes.
        seed: that of the samples.
        iterations: the steps of a run.
        before: findings with other estimators on the same problem, whose function is then not
            looked at again.

    Raises:
        UsageError: an assumption is broken.
    """
    samples = traits(method(theorem)).samples
    rng = np.random.default_rng([seed, 1])
    findings = tuple(
        audit(
            problem,
            oracle,
            rng,
            steps=iterations,
            samples=samples,
            compressor=compressor_of(method(theorem)),
            function=not before,
        )
    )
    for finding in findings:
        if not finding.ok:
            raise UsageError(
                f"no verdict on {theorem.name}: the assumption {finding.assumption!r}"
                f" ({finding.stated}) does not hold on {problem.title} with {oracle.title}:"
                f" {finding.worst:.6g} times what is allowed was measured"
            )
    return (*findings, *_unseen(theorem, (*before, *findings)))


def _unseen(theorem: Theorem, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the theorem's constants that no finding looks at: the word of problem and estimator."""
    seen = {name for finding in findings if finding.audited for name in finding.constants}
    for p in theorem.parameters:
        constant = p.role in ("constant", "start") and p.derived is None and p.given
        if constant and p.name not in {*seen, *_CHOSEN}:
            yield not_audited(p.name, "the word of problem and estimator", (p.name,))
