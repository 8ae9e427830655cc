"""Of a finite sum: that it is the mean of its components, how far these differ, how smooth and how
large their gradients are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from numerics.audit.curvature import steepest, step_at, unit
from numerics.audit_result import Finding, finding, ratio
from numerics.backend import Array
from numerics.errors import InputError
from numerics.oracles import MiniBatch, ShuffledComponents, ShuffledPass, WorkerSamples
from numerics.oracles.base import Oracle
from numerics.oracles.worker_findings import squares
from numerics.problems.base import FiniteSum, Problem

# Numbers held at once; and those of all components at which not all of them are looked at.
_HELD, _MOST = 1 << 20, 1 << 23
_PLACES, _CLOSEST = 6, 64
# What rounding may be of a difference of gradients.
_ROUNDING = 1e-8


def component_findings(
    problem: Problem, oracle: Oracle, points: Array, rng: np.random.Generator
) -> list[Finding]:
    """Return nothing where no component is drawn."""
    drawn = isinstance(oracle, MiniBatch | ShuffledComponents | ShuffledPass | WorkerSamples)
    if not drawn or not isinstance(problem, FiniteSum):
        return []
    places = points[np.linspace(0, len(points) - 1, _PLACES).astype(int)]
    whole = problem.components * problem.dimension <= _MOST
    found = [*(_together(problem, oracle, places) if whole else [])]
    return [*found, *_smooth(problem, places, rng, whole=whole), *_sizes(problem, places, rng)]


def _each(problem: FiniteSum, x: Array) -> Iterator[Array]:
    """Yield the gradients of all components at one point, (some, d) at a time."""
    some = max(1, _HELD // problem.dimension)
    for low in range(0, problem.components, some):
        indices = np.arange(low, min(low + some, problem.components))[:, None]
        yield problem.sample_gradient(np.repeat(x[None], len(indices), axis=0), indices)


def _together(problem: FiniteSum, oracle: Oracle, places: Array) -> list[Finding]:
    """Mean and spread, exactly."""
    off, apart, m = [], [], problem.components
    try:
        M, s2 = problem.spread(getattr(oracle, "young", 1.0))
    except InputError:
        M, s2 = math.inf, math.inf
    for x in places:
        gradient = problem.gradient(x[None])[0]
        total, spread, largest = np.zeros_like(x), 0.0, 0.0
        for each in _each(problem, x):
            total += each.sum(axis=0) / m
            spread += float(squares(each - gradient).sum()) / m
            largest = max(largest, float(squares(each).max()))
        off.append(
            float(np.linalg.norm(total - gradient)) / (_ROUNDING * math.sqrt(largest) + 1e-300)
        )
        square = float(gradient @ gradient)
        apart.append(float(ratio(spread, M * square + s2, 1e-24 * largest)))
    stated = f"mean ||grad f_i - grad f||^2 <= M||grad f||^2 + s2, M = {M:.6g}, s2 = {s2:.6g}"
    return [
        finding("components", "f is the mean of its components", off, ("m",)),
        finding("components' spread", stated, apart, ("B_h", "delta2")),
    ]


def _smooth(
    problem: FiniteSum, places: Array, rng: np.random.Generator, *, whole: bool
) -> list[Finding]:
    """L_max along the steepest directions of the components that change most along random ones,
    and L_avg, over all components, along those and the direction in which they change together.
    """
    L_max, L_avg = problem.constants["L_max"], problem.constants["L_avg"]
    m, d = problem.components, problem.dimension
    few = max(1, min(m, _HELD // d))
    tried = np.arange(m) if few == m else rng.choice(m, few, replace=False)
    single, mean = [0.0], [0.0]
    for x in places:
        step = float(step_at(x))
        base = np.repeat(x[None], few, axis=0)
        v = unit(rng.standard_normal((1, d)))
        here = problem.sample_gradient(base, tried[:, None])
        change = squares(problem.sample_gradient(base + step * v, tried[:, None]) - here)
        chosen = tried[np.argsort(-change)[:_CLOSEST]][:, None]
        at = base[: len(chosen)]

        def gradients(rows: Array, chosen: npt.NDArray[np.intp] = chosen) -> Array:
            return problem.sample_gradient(rows, chosen)

        steep = steepest(gradients, at, rng)
        start, end = gradients(at), gradients(at + step * steep)
        slip = _ROUNDING * np.sqrt(squares(start))
        bends = np.sqrt(squares(end - start))
        single.append(float(ratio(bends, L_max * step * (1 + 1e-6), 1e-4 * slip).max()))
        if whole:
            mean += _mean_square(
                problem, x, np.array([steep[0], _common(problem, x, step, rng)]), step, L_avg
            )
    found = [
        finding(
            "components smooth",
            f"grad f_i is Lipschitz with L_max = {L_max:.6g}",
            single,
            ("L_max",),
        )
    ]
    if whole:
        stated = f"mean ||grad f_i(x) - grad f_i(y)||^2 <= L_avg^2 ||x - y||^2, L_avg = {L_avg:.6g}"
        found.append(finding("components smooth in the mean", stated, mean, ("L_avg",)))
    return found


def _common(problem: FiniteSum, x: Array, step: float, rng: np.random.Generator) -> Array:
    """Return the direction along which the mean square of all changes is largest, by power
    iteration.
    """
    v = unit(rng.standard_normal((1, len(x))))[0]
    for _ in range(4):
        total = np.zeros_like(v)
        low = 0
        for here, there in zip(_each(problem, x), _each(problem, x + step * v), strict=True):
            change = unit(there - here) * 1.0
            size = np.sqrt(squares(there - here))[:, None]
            rows = np.arange(low, low + len(here))[:, None]
            moved = x + step * change
            total += (size * (problem.sample_gradient(moved, rows) - here)).sum(axis=0)
            low += len(here)
        v = unit(total[None])[0]
    return v


def _mean_square(
    problem: FiniteSum, x: Array, directions: Array, step: float, L_avg: float
) -> list[float]:
    found = []
    for v in directions:
        total, largest = 0.0, 0.0
        for here, there in zip(_each(problem, x), _each(problem, x + step * v), strict=True):
            total += float(squares(there - here).sum()) / problem.components
            largest = max(largest, float(squares(here).max()))
        slip = 1e-4 * _ROUNDING * math.sqrt(largest)
        reach = L_avg * step * float(np.linalg.norm(v)) * (1 + 1e-6)
        found.append(float(ratio(math.sqrt(total), reach, slip)))
    return found


def _sizes(problem: FiniteSum, places: Array, rng: np.random.Generator) -> list[Finding]:
    """Stated bounds of the coordinates and of the mean square of the components' gradients, along
    lines on which a few components run through all values of their slopes.
    """
    try:
        sup, second = problem.sup_bound(), problem.second_moment()
    except InputError:
        return []
    m, d = problem.components, problem.dimension
    few = max(1, min(m, _HELD // d))
    tried = rng.permutation(m)[:few]
    start = places[0]
    here = problem.sample_gradient(np.repeat(start[None], few, axis=0), tried[:, None])
    chosen = tried[np.argsort(-np.abs(here).max(axis=1))[:8]]
    reach = np.geomspace(1e-2, 1e4, 60)
    reach = np.concatenate([-reach, reach])[:, None] * (1 + np.abs(start).max())
    largest = [float(np.abs(here).max())]
    squared = []
    for i in chosen:
        ray = unit(problem.sample_gradient(start[None], np.array([[i]])))
        line = start + reach * ray
        seen = problem.sample_gradient(line, np.full((len(line), 1), i))
        largest.append(float(np.abs(seen).max()))
    for x in [*places, places[0] + 1e4 * unit(here[:1])[0]]:
        if m * d <= _MOST:
            squared.append(sum(float(squares(each).sum()) for each in _each(problem, x)) / m)
    found = [
        finding(
            "components bounded", f"||grad f_i||_inf <= {sup:.6g}", np.array(largest) / sup, ("G",)
        )
    ]
    if squared:
        stated = f"mean ||grad f_i||^2 <= {second:.6g}"
        found.append(finding("components' squares", stated, np.array(squared) / second, ("G2",)))
    return found
