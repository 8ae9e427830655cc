"""Bound and simulation over a grid of parameters, as one run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from boundcalc.bounds.bound import best_bound, least_bounds, proved_value
from boundcalc.bounds.stepsize import largest_admissible_step
from boundcalc.errors import UsageError
from boundcalc.exact.ranges import Range, read_ranges
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import GAMMA
from boundcalc.model.theorem import Theorem
from boundcalc.solve.values import check_iterations
from boundcalc.verify.evidence import Evidence, Verdict, evidence, known_mean
from boundcalc.verify.grid import GridPoint, PreparedSweep, grid_points
from boundcalc.verify.options import SimulationOptions, usage_errors
from boundcalc.verify.oracle import compressor_of
from boundcalc.verify.plan import planned_trials
from boundcalc.verify.prepare import audited, metric_of, resolution_of, worst
from boundcalc.verify.problem import choose_problem, example_of, method, requested
from boundcalc.verify.run import ROUNDING, check_watched, joined, own_seed, run_jobs
from boundcalc.verify.sweep_results import Cell, Sweep
from numerics import Finding, Job, Problem, Result, make_job
from numerics.validation import integer

_MOST_CELLS = 100_000
# Points that differ in the step alone, from which on it pays to look for their largest one first.
_SHARED = 6
# That one is searched for, too: beyond it by less than this nothing is taken for granted.
_BEYOND = 1.01
# Steps of exact recursions at all points together, a minute or so.
_MOST_EXACT = 1_000_000


def sweep(
    theorem: Theorem,
    over: Sequence[Range | str],
    *,
    bounding: Callable[[int, int], None] | None = None,
    **given: Any,
) -> Sweep:
    """Run the theorem's method at every point of a grid, and hold the mean against the bound.

    Axes may be parameters of the method, constants of the estimator and ``batch``, free proof
    parameters, and constants that those of the problem imply. A step size that is neither on an
    axis nor given is the one that the theorem recommends at each point. Points that differ in the
    method alone run side by side in the same arrays.

    Args:
        theorem: the theorem.
        over: parameters and what they run through, as axes or as
            :func:`boundcalc.exact.ranges.read_range` reads them.
        bounding: called with the searches for bounds that are done, and their number.
        given: options as :func:`boundcalc.verify.verify` takes them.

    Raises:
        UsageError: as there; or an axis of no parameter, of a value that is given, or with values
            that make no sense.
    """
    started = time.perf_counter()
    theorem, asked = requested(theorem, SimulationOptions.of(given))
    # Which parameters are whole is known once the theorem is in the estimator's constants.
    read = iter(read_ranges([one for one in over if isinstance(one, str)], theorem.whole))
    axes = [next(read) if isinstance(one, str) else one for one in over]
    _check(axes, asked.values)
    with usage_errors():
        problem = choose_problem(theorem, asked)
        metric = metric_of(theorem)
        resolution = resolution_of(problem, metric)
        grid = grid_points(theorem, asked, problem, axes)
        K = _iterations(theorem, asked.iterations)
        bounds = _bounds(theorem, K, grid, bounding)
        findings = _findings(theorem, problem, grid, asked.seed, K)
        trials = asked.trials
        if trials is None:
            trials = planned_trials(K * len(grid), problem, grid[0].oracle)
        prepared = PreparedSweep(
            theorem, problem, metric, grid, asked.start, K, integer("trials", trials), asked.seed
        )
        jobs, members = _jobs(prepared)
        found = run_jobs(jobs, asked)
    results: list[Result | None] = [None] * len(grid)
    for indices, ones in zip(members, found, strict=True):
        for index, one in zip(indices, ones, strict=True):
            results[index] = one
    exact = _exact(prepared, bounds)
    known = _evidence(prepared, bounds, results, exact, asked.level)
    cells = _cells(prepared, bounds, results, known)
    return Sweep(
        theorem=theorem,
        axes=tuple(axes),
        cells=tuple(cells),
        problem=problem.title,
        estimator=_estimator(grid),
        start=asked.start,
        iterations=K,
        trials=prepared.trials,
        seed=asked.seed,
        device=asked.device,
        level=asked.level,
        verdict=_verdict(bounds, known, resolution),
        limits=_limits(theorem, axes, grid),
        findings=findings,
        proof_checked=asked.check_proof,
        seconds=time.perf_counter() - started,
    )


def _check(axes: Sequence[Range], values: Mapping[str, Any]) -> None:
    if not axes:
        raise UsageError("a sweep needs an axis, as in gamma=1e-4:1:25log")
    for axis in axes:
        if not isinstance(axis, Range):
            raise UsageError(f"an axis is text, as gamma=1e-4:1:25log is, not {axis!r}")
        if axis.name in values:
            raise UsageError(f"{axis.name} runs through values and is given one")
    size = math.prod(len(axis.values) for axis in axes)
    if size > _MOST_CELLS:
        raise UsageError(f"the grid has {size} points, at most {_MOST_CELLS} are accepted")


def _iterations(theorem: Theorem, iterations: int | None) -> int:
    K = example_of(theorem).iterations if iterations is None else iterations
    count = check_iterations(theorem, K)
    if not isinstance(count, int) or count < 1:
        raise UsageError(f"iterations must be a finite whole number from 1, not {K}")
    return count


def _bounds(
    theorem: Theorem,
    K: int,
    grid: Sequence[GridPoint],
    progress: Callable[[int, int], None] | None,
) -> list[float]:
    """Return the least bound at every point; infinite where none is admissible."""
    found = [math.inf] * len(grid)
    given = {i: point.parameters for i, point in enumerate(grid) if point.parameters is not None}
    rows = {tuple(v for n, v in one.items() if n != GAMMA.name) for one in given.values()}
    if _SHARED * len(rows) <= len(given):
        given = {i: one for i, one in given.items() if _worth_a_search(theorem, one, _BEYOND)}
    least = least_bounds(theorem, K, [*given.values()], progress)
    for (i, one), bound in zip(given.items(), least, strict=True):
        found[i] = bound
        if math.isinf(bound) and _worth_a_search(theorem, one):
            best = best_bound(theorem, K, one)
            found[i] = math.inf if best is None else proved_value(best, K)
    return found


def _worth_a_search(theorem: Theorem, given: Mapping[str, Surd], slack: float = 1.0) -> bool:
    """Tell whether a search for a bound may find one: above the largest step it is in vain."""
    step = given.get(GAMMA.name)
    return step is None or float(step) <= slack * largest_admissible_step(theorem, given)


def _estimator(grid: Sequence[GridPoint]) -> str:
    titles = dict.fromkeys(point.oracle.title for point in grid)
    first, *others = titles
    return f"{first}; others along the grid" if others else first


def _findings(
    theorem: Theorem, problem: Problem, grid: Sequence[GridPoint], seed: int, K: int
) -> tuple[Finding, ...]:
    """Return what the audits of all estimators found; raises where an assumption is broken."""
    oracles = {id(point.oracle): point.oracle for point in grid}
    found: tuple[Finding, ...] = ()
    for oracle in oracles.values():
        found += audited(theorem, problem, oracle, seed, K, found)
    return worst(found)


def _jobs(prepared: PreparedSweep) -> tuple[list[Job], list[list[int]]]:
    """Return a job for every group of points, and the indices of its points."""
    algorithm, points = method(prepared.theorem), prepared.points
    groups: dict[int, list[int]] = {}
    for i, point in enumerate(points):
        if point.parameters is not None:
            groups.setdefault(point.group, []).append(i)
    jobs = [
        make_job(
            prepared.problem,
            points[chosen[0]].oracle,
            algorithm,
            [points[i].of_method(prepared.theorem) for i in chosen],
            metric=prepared.metric,
            discounts=[prepared.metric_at(points[i]).discount for i in chosen],
            iterations=prepared.iterations,
            trials=prepared.trials,
            seed=own_seed(prepared.seed, group),
            start=prepared.start,
            checkpoints=(prepared.iterations,),
            compressor=compressor_of(algorithm),
        )
        for group, chosen in groups.items()
    ]
    return jobs, [*groups.values()]


def _exact(prepared: PreparedSweep, bounds: Sequence[float]) -> list[float]:
    """Return the exact means at the points with a bound; nan elsewhere and where none is known.

    None is looked for where the points are so many that it would take longer than the runs.
    """
    found = [math.nan] * len(bounds)
    claimed = [i for i, bound in enumerate(bounds) if bound < math.inf]
    K, theorem = prepared.iterations, prepared.theorem
    if K * len(claimed) > _MOST_EXACT:
        return found
    for i in claimed:
        point = prepared.points[i]
        (mean,) = known_mean(
            prepared.problem, point.oracle, method(theorem), point.of_method(theorem),
            prepared.metric_at(point), (K,), prepared.start,
        )  # fmt: skip
        found[i] = float(mean)
    return found


def _evidence(
    prepared: PreparedSweep,
    bounds: Sequence[float],
    results: Sequence[Result | None],
    exact: Sequence[float],
    level: float,
) -> dict[int, Evidence]:
    """Return what is known at each point with a bound to hold against.

    Args:
        prepared: what was run.
        bounds: the bounds (points,), inf for none.
        results: the simulated means (points,), None where nothing ran.
        exact: the exact means (points,), nan for unknown.
        level: the probability with which the limits at all points hold together.
    """
    claimed = {
        i: one
        for i, (bound, one) in enumerate(zip(bounds, results, strict=True))
        if bound < math.inf and one is not None
    }
    if not claimed:
        return {}
    random = any(prepared.points[i].oracle.varies(prepared.problem) for i in claimed)
    together = evidence(
        joined([*claimed.values()]), np.array([exact[i] for i in claimed]), level, random=random
    )
    return {i: together.at(n) for n, i in enumerate(claimed)}


def _cells(
    prepared: PreparedSweep,
    bounds: Sequence[float],
    results: Sequence[Result | None],
    known: Mapping[int, Evidence],
) -> list[Cell]:
    """Return what was found, point by point; arguments as those of :func:`_evidence`."""
    theorem, cells = prepared.theorem, []
    for i, (point, bound, result) in enumerate(zip(prepared.points, bounds, results, strict=True)):
        lower, upper, exact, carried = math.nan, math.nan, None, math.nan
        if i in known and result is not None:
            check_watched(theorem, point.parameters or {}, result)
            _, lower, upper, exact, carried = known[i].columns()[0]
        cells.append(
            Cell(
                at={name: float(value) for name, value in point.at.items()},
                parameters={} if point.parameters is None else point.of_method(theorem),
                bound=bound,
                mean=math.nan if result is None else float(result.mean[-1]),
                lower=lower,
                upper=upper,
                diverged=0 if result is None else int(result.diverged[-1]),
                admissible=bound < math.inf,
                exact=exact,
                carried=carried,
            )
        )
    return cells


def _verdict(
    bounds: Sequence[float], known: Mapping[int, Evidence], resolution: float
) -> Verdict | None:
    verdicts = set()
    for i, one in known.items():
        bound = np.array([bounds[i]])
        verdicts.add(one.verdict(bound, ROUNDING * bound + resolution))
    order: tuple[Verdict, ...] = ("violated", "inconclusive", "holds")
    return next((verdict for verdict in order if verdict in verdicts), None)


def _limits(
    theorem: Theorem, axes: Sequence[Range], grid: Sequence[GridPoint]
) -> dict[float, float]:
    """Return the largest admissible step at each value of the axis beside the step size's.

    There is one at 0 where that is the only axis, and none where there are more, or none is the
    step size's.
    """
    names = [axis.name for axis in axes]
    if GAMMA.name not in names or len(axes) > 2:
        return {}
    other = next((name for name in names if name != GAMMA.name), None)
    found: dict[float, float] = {}
    for point in grid:
        value = float(point.at[other]) if other is not None else 0.0
        if value not in found and point.parameters is not None:
            found[value] = largest_admissible_step(theorem, point.parameters)
    return found
