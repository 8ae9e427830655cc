"""A ladder of horizons: the method, scheduled anew for each, held against the bound there."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
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
from boundcalc.verify.confidence import check_level
from boundcalc.verify.constants import check_names
from boundcalc.verify.errors import usage_errors
from boundcalc.verify.evidence import evidence, expectation
from boundcalc.verify.exponents import fitted_exponent, predicted_exponent
from boundcalc.verify.messages import sparsity_of
from boundcalc.verify.prepare import Setting, constants_of, prepare, worst
from boundcalc.verify.request import requested
from boundcalc.verify.rungs import Ladder, Rung
from boundcalc.verify.setting import Request, choose_problem, method
from boundcalc.verify.simulation import ROUNDING, Execution, joined, own_seed, simulated
from numerics import Problem, Result
from numerics.validation import integer

__all__ = ["verify_horizons"]

_BATCH = "batch"


def verify_horizons(
    theorem: Theorem,
    horizons: Sequence[int],
    *,
    start: str = "gradient",
    trials: int | None = None,
    seed: int = 0,
    level: float = 0.99,
    workers: int | str | None = None,
    resume: str | os.PathLike[str] | None = None,
    device: str = "cpu",
    progress: Callable[[int, int], None] | None = None,
    check_proof: bool = True,
    **setting: Any,
) -> Ladder:
    """Run the theorem's method with the best schedule for each horizon, against the bound there.

    For a bound that holds for parameters made for a horizon K, and a rate in K: at each horizon
    the parameters of the method that are not given are those with the least bound
    (:func:`boundcalc.bounds.schedules.best_schedule`), and the mean after K iterations is held
    against that bound. The exponent of the means in K is fitted, and held against the one that the
    rate predicts.

    Args:
        theorem: the theorem, proved or not.
        horizons: numbers of iterations.
        start: what the average holds before the first step: "gradient", "zero", "first" (a fresh
            estimate) or "first:B", the mean of a batch.
        trials: independent runs at each horizon; by default the example's, or what the longest
            takes a few seconds for.
        seed: the same seed gives the same result, whatever the number of workers.
        level: the probability with which the confidence limits at all horizons hold together, and
            that of the interval of the exponent.
        workers: as :func:`boundcalc.verify.verify` takes them; all horizons run side by side.
        resume: as there.
        device: as there.
        progress: called with the steps done and their total, over all horizons.
        check_proof: whether the answer says if the theorem is proved.
        setting: problem, estimator and values as :func:`boundcalc.verify.verify` takes them.

    Raises:
        UsageError: as there; or no horizons, or nothing limits a parameter that is to be chosen.
    """
    started = time.perf_counter()
    check_level(level)
    counts = _distinct(theorem, horizons)
    seed = integer("seed", seed, least=0)
    theorem, request = requested(theorem, **setting)
    with usage_errors():
        execution = Execution(workers, resume, progress, device)
        check_names(theorem, request.values)
        problem = choose_problem(theorem, request)
        given = _given(theorem, request, problem, start)
        settings: list[Setting] = []
        # The longest first: it tells how many trials the time allows.
        for K in reversed(counts):
            one = _scheduled(theorem, request, problem, given, K, start, trials, own_seed(seed, K))
            trials = one.trials
            settings.insert(0, one)
        points = [_point(one) for one in settings]
        found = simulated(settings, [(one.iterations,) for one in settings], execution)
        result = replace(joined(found), seed=seed)
    return _ladder(settings, points, result, given, level, device, check_proof, started)


def _distinct(theorem: Theorem, horizons: Sequence[int]) -> list[int]:
    counts = sorted({check_iterations(theorem, K) for K in horizons})
    if not counts or counts[0] < 1 or math.inf in counts:
        raise UsageError("horizons are finite whole numbers from 1, and there is at least one")
    return [int(K) for K in counts]


def _given(theorem: Theorem, request: Request, problem: Problem, start: str) -> dict[str, Surd]:
    """The constants, with what the user gives of method and proof."""
    mine = {p.name for p in theorem.parameters if p.role in ("algorithm", "free")}
    fixed = {n: number(v, n) for n, v in request.values.items() if n in mine}
    _, constants = constants_of(theorem, _of_a_sample(theorem, request), problem, start)
    return read_values(theorem, {**constants, **fixed}, answers=mine)


def _of_a_sample(theorem: Theorem, request: Request) -> Request:
    """The request with batches of one, where their size is not given."""
    if any(p.name == _BATCH for p in theorem.parameters):
        return replace(request, values={_BATCH: 1, **request.values})
    return request


def _scheduled(
    theorem: Theorem,
    request: Request,
    problem: Problem,
    given: Mapping[str, Surd],
    K: int,
    start: str,
    trials: int | None,
    seed: int,
) -> Setting:
    """The simulation of K iterations with the best schedule for them."""
    schedule = best_schedule(theorem, K, given)
    values = {**request.values, **schedule.parameters}
    return prepare(
        theorem,
        replace(request, values=values),
        start=start,
        iterations=K,
        trials=trials,
        seed=seed,
        problem=problem,
    )


def _point(setting: Setting) -> Point:
    """The choice behind the bound: a batch's constants can be better than a sample's."""
    return best_bound(setting.theorem, setting.iterations, setting.parameters) or setting.limit


def _ladder(
    settings: Sequence[Setting],
    points: Sequence[Point],
    result: Result,
    given: Mapping[str, Surd],
    level: float,
    device: str,
    check_proof: bool,
    started: float,
) -> Ladder:
    longest = settings[-1]
    theorem = longest.theorem
    random = any(one.oracle.varies(one.problem) for one in settings)
    exact = [expectation(one, method(theorem), (one.iterations,)) for one in settings]
    known = evidence(result, np.concatenate(exact), level, random=random)
    bound = np.array([proved_value(p, s.iterations) for p, s in zip(points, settings, strict=True)])
    allowance = ROUNDING * bound + longest.resolution
    verdict = known.verdict(bound, allowance)
    needed = known.trials_needed(bound, allowance) if verdict == "inconclusive" else None
    predicted = predicted_exponent(theorem, given)
    fit = fit_bound = None
    if predicted.kind != "geometric":
        noise = np.where(np.isnan(known.exact), result.variance / result.trials, 0.0)
        fit = fitted_exponent(result.checkpoints, known.expected, noise, level)
        fit_bound = fitted_exponent(result.checkpoints, bound, np.zeros_like(bound), level)
    names = [p.name for p in theorem.parameters if p.role == "algorithm"]
    shown = {p.name for p in theorem.parameters if p.role != "free" and p.given}
    rungs = [
        Rung(
            one.iterations,
            {name: float(one.parameters[name]) for name in names},
            point.free,
            *(mean, lower, upper),
            *(float(most), float(allowed)),
            *(exact_one, carried),
        )
        for one, point, most, allowed, (mean, lower, upper, exact_one, carried) in zip(
            settings, points, bound, allowance, known.columns(), strict=True
        )
    ]
    return Ladder(
        theorem=theorem,
        problem=longest.problem.title,
        estimator=longest.oracle.title,
        start=longest.start,
        verdict=verdict,
        rungs=tuple(rungs),
        level=level,
        predicted=predicted,
        fit=fit,
        fit_bound=fit_bound,
        trials=result.trials,
        diverged=int(result.diverged.max()),
        seed=result.seed,
        device=device,
        constants={n: float(v) for n, v in given.items() if n in shown},
        sparsity=sparsity_of(theorem, longest.problem, longest.oracle),
        findings=worst(finding for one in settings for finding in one.findings),
        needed_trials=needed,
        proof_checked=check_proof,
        seconds=time.perf_counter() - started,
    )
