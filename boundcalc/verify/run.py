"""Holding the running method against the bound of a theorem."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from boundcalc.composition import compose
from boundcalc.errors import UsageError
from boundcalc.model import Theorem
from boundcalc.registry import catalogue
from boundcalc.registry import estimator as named
from boundcalc.verify.confidence import simultaneous_limits, trials_needed
from boundcalc.verify.envelope import Envelope, envelope
from boundcalc.verify.errors import usage_errors
from boundcalc.verify.prepare import Setting, prepare
from boundcalc.verify.setting import ESTIMATORS, Request, method
from boundcalc.verify.slopes import fitted_slope
from boundcalc.verify.verdict import Checkpoint, Verification, judge, tightness
from numerics import Problem, Result, default_checkpoints, simulate

__all__ = ["verify"]

# What rounding may add to a measured mean, relative to the bound.
_ROUNDING = 1e-9
_MOST_WORKERS = 8


def verify(
    theorem: Theorem,
    *,
    problem: str | Problem | None = None,
    options: Mapping[str, Any] | None = None,
    data: str | os.PathLike[str] | None = None,
    target_column: str | None = None,
    loss: str = "squared",
    l2: Any = 0.0,
    estimator: str | None = None,
    bias: str | None = None,
    noise: str | None = None,
    delays: str | None = None,
    start: str = "gradient",
    values: Mapping[str, Any] | None = None,
    iterations: int | None = None,
    trials: int | None = None,
    seed: int = 0,
    level: float = 0.99,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    check_proof: bool | None = None,
    **constants: Any,
) -> Verification:
    """Run the theorem's method many times and hold the mean against the bound.

    Without arguments this is the theorem's own example. The assumptions are audited on the problem
    simulated before anything is said of the bound.

    Args:
        theorem: the theorem, proved or not.
        problem: a problem of the simulator, by name or finished.
        options: the options of a named problem, or changes to those of the example; for data
            ``workers``, ``split`` ("order", "label" or "dirichlet", with its ``concentration``) and
            ``seed``, to deal the rows to workers.
        data: instead of a problem a CSV or LIBSVM file, fitted with ``loss`` (and ``l2``/2 times
            the squared norm) to predict ``target_column``, by default the last one.
        target_column: see ``data``.
        loss: see ``data``.
        l2: see ``data``.
        estimator: "exact", "synthetic" or "minibatch"; by default mini-batches for data with the
            squared loss, else synthetic. Or an estimator of the catalogue: the theorem is then
            composed with it, and ``values`` are in its constants.
        bias: the law of the synthetic bias.
        noise: the law of the synthetic noise.
        delays: the pattern of the delays where the method has them: "constant", "cyclic",
            "uniform", "heavy-tailed" or "adversarial" (the default).
        start: what the average holds before the first step: "gradient", "zero" or "first".
        values: parameters of the method, free proof parameters, constants of the synthetic
            estimator, ``batch``, and constants of the problem that its own ones imply.
        iterations: steps of a run; by default the example's, or what takes a few seconds.
        trials: independent runs; by default likewise.
        seed: the same seed gives the same result, whatever the number of workers.
        level: the probability with which all confidence limits hold together.
        workers: threads.
        progress: called with the steps done and their total, ten times a second at most.
        check_proof: whether to check the proof too; by default where the theorem is not one of an
            installed package.
        constants: more ``values``, as keywords.

    Raises:
        UsageError: wrong or contradictory input, a problem that the theorem does not speak of, an
            assumption that the audit finds broken, a step size that is not admissible.
    """
    started = time.perf_counter()
    if estimator is not None and estimator not in ESTIMATORS:
        theorem, estimator = compose(theorem, named(estimator, ESTIMATORS)), None
    if not 0 < level < 1:
        raise UsageError(f"level must be between 0 and 1, for example 0.99, not {level!r}")
    request = Request(
        problem, dict(options or {}), data, target_column, loss, l2, estimator, bias, noise,
        {**(values or {}), **constants}, delays,
    )  # fmt: skip
    with usage_errors():
        setting = prepare(
            theorem, request, start=start, iterations=iterations, trials=trials, seed=seed
        )
        checkpoints = default_checkpoints(setting.iterations, setting.metric)
        bounds = envelope(theorem, setting.parameters, checkpoints, setting.limit)
        result = _simulated(setting, checkpoints, workers, progress)
        _require_watched(setting, result)
    return _verification(setting, result, bounds, level, _proved(theorem, check_proof), started)


def _simulated(
    setting: Setting,
    checkpoints: tuple[int, ...],
    workers: int | None,
    progress: Callable[[int, int], None] | None,
) -> Result:
    return simulate(
        setting.problem,
        setting.oracle,
        method(setting.theorem),
        setting.of_method,
        metric=setting.metric,
        iterations=setting.iterations,
        trials=setting.trials,
        seed=setting.seed,
        start=setting.start,
        checkpoints=checkpoints,
        workers=min(_MOST_WORKERS, os.cpu_count() or 1) if workers is None else workers,
        progress=progress,
    )


def _require_watched(setting: Setting, result: Result) -> None:
    """What is assumed along the run must have been so."""
    assumed = float(setting.parameters["G2"]) if "G2" in setting.parameters else math.inf
    if result.watched is not None and not result.watched <= assumed:
        raise UsageError(
            f"no verdict on {setting.theorem.name}: the gradients of the workers reach"
            f" {result.watched:.6g} along the run, above G2 = {assumed:.6g}; give a larger G2"
        )


def _verification(
    setting: Setting,
    result: Result,
    bounds: Envelope,
    level: float,
    proved: bool | None,
    started: float,
) -> Verification:
    lower, upper = simultaneous_limits(result, level, random=setting.oracle.random)
    bound, mean = bounds.values, result.mean
    allowance = _ROUNDING * bound + setting.resolution
    verdict = judge(lower, upper, bound, allowance)
    needed = None
    if verdict == "inconclusive":
        needed = trials_needed(result, bound + allowance, upper > bound + allowance, level)
    least, last = tightness(mean, bound, setting.resolution)
    columns = zip(result.checkpoints, mean, lower, upper, bound, strict=True)
    hidden = {p.name for p in setting.theorem.parameters if p.role == "free" or not p.given}
    return Verification(
        theorem=setting.theorem,
        problem=setting.problem.title,
        estimator=setting.oracle.title,
        start=setting.start,
        verdict=verdict,
        checkpoints=tuple(Checkpoint(int(k), *map(float, numbers)) for k, *numbers in columns),
        level=level,
        tightness=least,
        tightness_last=last,
        slope=fitted_slope(
            result.checkpoints,
            mean,
            bound,
            bounds.residual,
            averaged=setting.theorem.step.unroll.averaged,
        ),
        residual=bounds.residual,
        iterations=setting.iterations,
        trials=result.trials,
        diverged=int(result.diverged[-1]),
        seed=result.seed,
        constants={n: float(v) for n, v in setting.parameters.items() if n not in hidden},
        proof_parameters=bounds.proof_parameters,
        findings=setting.findings,
        allowance=tuple(map(float, allowance)),
        needed_trials=needed,
        proved=proved,
        seconds=time.perf_counter() - started,
    )


def _proved(theorem: Theorem, check: bool | None) -> bool | None:
    """Whether the proof checks; by default only that of a theorem of no package is looked at."""
    if check is None:
        known = theorem.base or theorem
        check = catalogue().get(known.name) is not known
    return theorem.prove().proved if check else None
