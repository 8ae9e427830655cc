"""Running what has been prepared, and holding the mean against the bound of a theorem."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from boundcalc.bounds.bound import proved_value
from boundcalc.bounds.least_bounds import LeastBounds
from boundcalc.errors import UsageError
from boundcalc.exact.surd import Surd
from boundcalc.model.theorem import Theorem
from boundcalc.solve.points import Point
from boundcalc.verify.evidence import evidence, expectation
from boundcalc.verify.fits import fitted_slope
from boundcalc.verify.options import SimulationOptions, usage_errors
from boundcalc.verify.oracle import compressor_of, sparsity_of
from boundcalc.verify.prepare import PreparedRun, prepare
from boundcalc.verify.problem import method, requested
from boundcalc.verify.results import Checkpoint, Verification
from numerics import Job, Result, default_checkpoints, make_job, run
from numerics.backend import Array

#: What rounding may add to a measured mean, relative to the bound.
ROUNDING = 1e-9
# Searches besides the one in the limit. A choice of the free parameters is valid at every
# checkpoint, and nearly the best one at those near the one that it was made for.
_SEARCHES = 11


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
        prepared = prepare(theorem, asked)
        checkpoints = default_checkpoints(prepared.iterations, prepared.metric)
        bounds = checkpoint_bounds(theorem, prepared.parameters, checkpoints, prepared.limit)
        (result,) = simulated([prepared], [checkpoints], asked)
    return _verification(prepared, result, bounds, asked, started)


def _verification(
    prepared: PreparedRun,
    result: Result,
    bounds: CheckpointBounds,
    asked: SimulationOptions,
    started: float,
) -> Verification:
    theorem = prepared.theorem
    checkpoints = [int(k) for k in result.checkpoints]
    exact = expectation(prepared, checkpoints)
    random = prepared.oracle.varies(prepared.problem)
    known = evidence(result, exact, asked.level, random=random)
    bound, mean = bounds.values, known.expected
    allowance = ROUNDING * bound + prepared.resolution
    verdict = known.verdict(bound, allowance)
    needed = known.trials_needed(bound, allowance) if verdict == "inconclusive" else None
    least, last = _tightness(mean, bound, prepared.resolution)
    hidden = {p.name for p in theorem.parameters if p.role == "free" or not p.given}
    return Verification(
        theorem=theorem,
        problem=prepared.problem.title,
        estimator=prepared.oracle.title,
        start=prepared.start,
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
            averaged=theorem.step.unroll.averaged,
        ),
        residual=bounds.residual,
        iterations=prepared.iterations,
        trials=result.trials,
        diverged=int(result.diverged[-1]),
        seed=result.seed,
        device=asked.device,
        constants={n: float(v) for n, v in prepared.parameters.items() if n not in hidden},
        proof_parameters=bounds.proof_parameters,
        sparsity=sparsity_of(theorem, prepared.problem, prepared.oracle),
        findings=prepared.findings,
        allowance=tuple(map(float, allowance)),
        needed_trials=needed,
        proof_checked=asked.check_proof,
        seconds=time.perf_counter() - started,
    )


def _tightness(mean: Array, bound: Array, resolution: float) -> tuple[float, float]:
    """Return bound/mean: the least after the first checkpoint, and at the last.

    The arrays are (checkpoints,). A mean below the ``resolution`` of the measurement counts as 0,
    and the quotient as inf.
    """
    ratios = np.full_like(bound, math.inf)
    np.divide(bound, mean, out=ratios, where=mean > resolution)
    after = ratios[1:] if len(ratios) > 1 else ratios
    return float(after.min()), float(ratios[-1])


@dataclass(frozen=True)
class CheckpointBounds:
    """The bound: ``values`` (checkpoints,), in the limit ``residual``, every number proved.

    ``proof_parameters`` are those behind the last of the values.
    """

    values: Array
    residual: float
    proof_parameters: dict[str, float]


def checkpoint_bounds(
    theorem: Theorem, given: Mapping[str, Surd], checkpoints: Sequence[int], limit: Point
) -> CheckpointBounds:
    """Return the least of the bounds that a few good choices of the free parameters give.

    ``limit`` is the choice of :func:`boundcalc.verify.prepare.limit_point` at the same values.
    """
    places = np.unique(np.linspace(0, len(checkpoints) - 1, _SEARCHES).round().astype(int))
    least = LeastBounds(theorem, given)
    least.learn(limit)
    least.explore([checkpoints[i] for i in places])
    chosen = least.known(checkpoints)
    return CheckpointBounds(
        np.array([proved_value(p, k) for p, k in zip(chosen, checkpoints, strict=True)]),
        proved_value(limit, math.inf),
        chosen[-1].free,
    )


def simulated(
    prepared: Sequence[PreparedRun],
    checkpoints: Sequence[tuple[int, ...]],
    asked: SimulationOptions,
) -> list[Result]:
    """Return the trials of each of the runs, measured at its checkpoints.

    Raises :class:`UsageError` where something assumed along a run was not so.
    """
    jobs = [_job(one, at) for one, at in zip(prepared, checkpoints, strict=True)]
    results = [found[0] for found in run_jobs(jobs, asked)]
    for one, result in zip(prepared, results, strict=True):
        check_watched(one.theorem, one.parameters, result)
    return results


def run_jobs(jobs: Sequence[Job], asked: SimulationOptions) -> list[list[Result]]:
    """Return the results at all points of all jobs, computed where and by whom it is asked."""
    placed = [replace(job, device=asked.device) for job in jobs]
    return run(placed, workers=asked.workers, resume=asked.resume, progress=asked.progress)


def joined(results: Sequence[Result]) -> Result:
    """Return several results as the checkpoints of one, with trials and seed of the first."""

    def column(name: str) -> Any:
        return np.concatenate([getattr(result, name) for result in results])

    names = (
        "checkpoints", "mean", "variance", "minimum", "maximum", "count", "diverged", "drawn",
        "ceiling", "rare",
    )  # fmt: skip
    first = results[0]
    return Result(**{name: column(name) for name in names}, trials=first.trials, seed=first.seed)


def own_seed(seed: int, part: int) -> int:
    """Return a seed of its own for each part of a run (a horizon, a group of points).

    Their trials are independent, whatever the other parts.
    """
    return int(np.random.SeedSequence([seed, part]).generate_state(1, np.uint64)[0])


def check_watched(theorem: Theorem, parameters: Mapping[str, Surd], result: Result) -> None:
    """Raise :class:`UsageError` where something assumed along a run was not so."""
    assumed = float(parameters["G2"]) if "G2" in parameters else math.inf
    if result.watched is not None and not result.watched <= assumed:
        raise UsageError(
            f"no verdict on {theorem.name}: the gradients of the workers reach"
            f" {result.watched:.6g} along the run, above G2 = {assumed:.6g}; give a larger G2"
        )


def _job(prepared: PreparedRun, checkpoints: tuple[int, ...]) -> Job:
    algorithm = method(prepared.theorem)
    return make_job(
        prepared.problem,
        prepared.oracle,
        algorithm,
        [prepared.of_method],
        metric=prepared.metric,
        iterations=prepared.iterations,
        trials=prepared.trials,
        seed=prepared.seed,
        start=prepared.start,
        checkpoints=checkpoints,
        compressor=compressor_of(algorithm),
    )
