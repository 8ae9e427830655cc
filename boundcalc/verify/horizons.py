"""A study of horizons: the method, scheduled anew for each, held against the bound there."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from boundcalc.bounds.bound import best_bound, proved_value
from boundcalc.bounds.schedules import best_schedule
from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import number
from boundcalc.exact.surd import Surd
from boundcalc.model.theorem import Theorem
from boundcalc.solve.points import Point
from boundcalc.solve.values import check_iterations, read_values
from boundcalc.verify.constants import check_names
from boundcalc.verify.evidence import evidence, expectation
from boundcalc.verify.fits import fitted_exponent, predicted_exponent
from boundcalc.verify.options import SimulationOptions, usage_errors
from boundcalc.verify.oracle import sparsity_of
from boundcalc.verify.prepare import PreparedRun, constants_of, prepare, worst
from boundcalc.verify.problem import choose_problem, requested
from boundcalc.verify.results import Horizon, HorizonStudy
from boundcalc.verify.run import ROUNDING, joined, own_seed, simulated
from numerics import Problem, Result

_BATCH = "batch"


def verify_horizons(theorem: Theorem, horizons: Sequence[int], **given: Any) -> HorizonStudy:
    """Run the theorem's method with the best schedule for each horizon, against the bound there.

    For a bound that holds for parameters made for a horizon K, and a rate in K: at each horizon
    the parameters of the method that are not given are those with the least bound
    (:func:`boundcalc.bounds.schedules.best_schedule`), and the mean after K iterations is held
    against that bound. The exponent of the means in K is fitted, and held against the one that the
    rate predicts.

    Args:
        theorem: the theorem, proved or not.
        horizons: numbers of iterations.
        given: options as :func:`boundcalc.verify.verify` takes them. All horizons run side by
            side; ``level`` is also that of the interval of the exponent.

    Raises:
        UsageError: as there; or no horizons, or nothing limits a parameter that is to be chosen.
    """
    started = time.perf_counter()
    counts = _distinct(theorem, horizons)
    theorem, asked = requested(theorem, SimulationOptions.of(given))
    if asked.iterations is not None:
        raise UsageError("horizons are numbers of iterations: leave iterations out")
    with usage_errors():
        check_names(theorem, asked.values)
        problem = choose_problem(theorem, asked)
        known = _given(theorem, asked, problem)
        runs: list[PreparedRun] = []
        # The longest first: it tells how many trials the time allows.
        for K in reversed(counts):
            part = replace(asked, iterations=K, seed=own_seed(asked.seed, K))
            one = _scheduled(theorem, part, problem, known)
            asked = replace(asked, trials=one.trials)
            runs.insert(0, one)
        points = [_point(one) for one in runs]
        found = simulated(runs, [(one.iterations,) for one in runs], asked)
        result = replace(joined(found), seed=asked.seed)
    return _study(runs, points, result, known, asked, started)


def _distinct(theorem: Theorem, horizons: Sequence[int]) -> list[int]:
    counts = sorted({check_iterations(theorem, K) for K in horizons})
    if not counts or counts[0] < 1 or math.inf in counts:
        raise UsageError("horizons are finite whole numbers from 1, and there is at least one")
    return [int(K) for K in counts]


def _given(theorem: Theorem, asked: SimulationOptions, problem: Problem) -> dict[str, Surd]:
    """Return the constants, with what the user gives of method and proof."""
    mine = {p.name for p in theorem.parameters if p.role in ("algorithm", "free")}
    fixed = {n: number(v, n) for n, v in asked.values.items() if n in mine}
    _, constants = constants_of(theorem, _of_a_sample(theorem, asked), problem)
    return read_values(theorem, {**constants, **fixed}, answers=mine)


def _of_a_sample(theorem: Theorem, asked: SimulationOptions) -> SimulationOptions:
    """Return the options with batches of one, where their size is not given."""
    if any(p.name == _BATCH for p in theorem.parameters):
        return replace(asked, values={_BATCH: 1, **asked.values})
    return asked


def _scheduled(
    theorem: Theorem, asked: SimulationOptions, problem: Problem, given: Mapping[str, Surd]
) -> PreparedRun:
    """Return the simulation of the iterations asked for, with the best schedule for them."""
    assert asked.iterations is not None
    schedule = best_schedule(theorem, asked.iterations, given)
    values = {**asked.values, **schedule.parameters}
    return prepare(theorem, replace(asked, values=values), problem)


def _point(prepared: PreparedRun) -> Point:
    """Return the choice behind the bound: a batch's constants can be better than a sample's."""
    return best_bound(prepared.theorem, prepared.iterations, prepared.parameters) or prepared.limit


def _study(
    runs: Sequence[PreparedRun],
    points: Sequence[Point],
    result: Result,
    given: Mapping[str, Surd],
    asked: SimulationOptions,
    started: float,
) -> HorizonStudy:
    longest = runs[-1]
    theorem = longest.theorem
    random = any(one.oracle.varies(one.problem) for one in runs)
    exact = [expectation(one, (one.iterations,)) for one in runs]
    known = evidence(result, np.concatenate(exact), asked.level, random=random)
    bound = np.array([proved_value(p, s.iterations) for p, s in zip(points, runs, strict=True)])
    allowance = ROUNDING * bound + longest.resolution
    verdict = known.verdict(bound, allowance)
    needed = known.trials_needed(bound, allowance) if verdict == "inconclusive" else None
    predicted = predicted_exponent(theorem, given)
    fit = fit_bound = None
    if predicted.kind != "geometric":
        noise = np.where(np.isnan(known.exact), result.variance / result.trials, 0.0)
        fit = fitted_exponent(result.checkpoints, known.expected, noise, asked.level)
        fit_bound = fitted_exponent(result.checkpoints, bound, np.zeros_like(bound), asked.level)
    names = [p.name for p in theorem.parameters if p.role == "algorithm"]
    shown = {p.name for p in theorem.parameters if p.role != "free" and p.given}
    rungs = [
        Horizon(
            horizon=one.iterations,
            parameters={name: float(one.parameters[name]) for name in names},
            proof_parameters=point.free,
            mean=mean,
            lower=lower,
            upper=upper,
            bound=float(most),
            allowance=float(allowed),
            exact=exact_one,
            carried=carried,
        )
        for one, point, most, allowed, (mean, lower, upper, exact_one, carried) in zip(
            runs, points, bound, allowance, known.columns(), strict=True
        )
    ]
    return HorizonStudy(
        theorem=theorem,
        problem=longest.problem.title,
        estimator=longest.oracle.title,
        start=longest.start,
        verdict=verdict,
        rungs=tuple(rungs),
        level=asked.level,
        predicted=predicted,
        fit=fit,
        fit_bound=fit_bound,
        trials=result.trials,
        diverged=int(result.diverged.max()),
        seed=result.seed,
        device=asked.device,
        constants={n: float(v) for n, v in given.items() if n in shown},
        sparsity=sparsity_of(theorem, longest.problem, longest.oracle),
        findings=worst(finding for one in runs for finding in one.findings),
        needed_trials=needed,
        proof_checked=asked.check_proof,
        seconds=time.perf_counter() - started,
    )
