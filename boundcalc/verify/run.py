"""Holding the running method against the bound of a theorem."""

from __future__ import annotations

import time
from typing import Any

from boundcalc.model.theorem import Theorem
from boundcalc.verify.envelope import CheckpointBounds, envelope
from boundcalc.verify.evidence import evidence, expectation
from boundcalc.verify.fits import fitted_slope
from boundcalc.verify.messages import sparsity_of
from boundcalc.verify.options import SimulationOptions, usage_errors
from boundcalc.verify.prepare import PreparedRun, prepare
from boundcalc.verify.setting import method, requested
from boundcalc.verify.simulation import ROUNDING, Execution, simulated
from boundcalc.verify.verdict import Checkpoint, Verification, tightness
from numerics import Result, default_checkpoints


def verify(theorem: Theorem, **given: Any) -> Verification:
    """Run the theorem's method many times and hold the mean against the bound.

    Without options this is the theorem's own example. The assumptions are audited on the problem
    simulated before anything is said of the bound.

    Args:
        theorem: the theorem, proved or not.
        given: options of :class:`boundcalc.verify.options.SimulationOptions` by name; any other
            name is that of a value.

    Raises:
        UsageError: wrong or contradictory input, a problem that the theorem does not speak of, an
            assumption that the audit finds broken, a step size that is not admissible.
    """
    started = time.perf_counter()
    theorem, asked = requested(theorem, SimulationOptions.of(given))
    with usage_errors():
        execution = Execution.of(asked)
        setting = prepare(theorem, asked)
        checkpoints = default_checkpoints(setting.iterations, setting.metric)
        bounds = envelope(theorem, setting.parameters, checkpoints, setting.limit)
        (result,) = simulated([setting], [checkpoints], execution)
    return _verification(setting, result, bounds, asked, started)


def _verification(
    setting: PreparedRun,
    result: Result,
    bounds: CheckpointBounds,
    asked: SimulationOptions,
    started: float,
) -> Verification:
    checkpoints = [int(k) for k in result.checkpoints]
    exact = expectation(setting, method(setting.theorem), checkpoints)
    random = setting.oracle.varies(setting.problem)
    known = evidence(result, exact, asked.level, random=random)
    bound, mean = bounds.values, known.expected
    allowance = ROUNDING * bound + setting.resolution
    verdict = known.verdict(bound, allowance)
    needed = known.trials_needed(bound, allowance) if verdict == "inconclusive" else None
    least, last = tightness(mean, bound, setting.resolution)
    hidden = {p.name for p in setting.theorem.parameters if p.role == "free" or not p.given}
    return Verification(
        theorem=setting.theorem,
        problem=setting.problem.title,
        estimator=setting.oracle.title,
        start=setting.start,
        verdict=verdict,
        checkpoints=tuple(
            Checkpoint(k, mean, lower, upper, float(most), exact, carried)
            for k, most, (mean, lower, upper, exact, carried) in zip(
                checkpoints, bound, known.columns(), strict=True
            )
        ),
        level=asked.level,
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
        device=asked.device,
        constants={n: float(v) for n, v in setting.parameters.items() if n not in hidden},
        proof_parameters=bounds.proof_parameters,
        sparsity=sparsity_of(setting.theorem, setting.problem, setting.oracle),
        findings=setting.findings,
        allowance=tuple(map(float, allowance)),
        needed_trials=needed,
        proof_checked=asked.check_proof,
        seconds=time.perf_counter() - started,
    )
