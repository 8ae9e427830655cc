"""Of workers: that f is the mean of their functions, their smoothness, what they share, and the
constants where f is least.
"""

from __future__ import annotations

import numpy as np

from numerics.audit.curvature import step_at, unit
from numerics.audit_result import Finding, finding, ratio
from numerics.backend import Array
from numerics.errors import InputError
from numerics.optimum import optimum
from numerics.oracles import Messages
from numerics.oracles.base import Oracle
from numerics.oracles.worker_findings import squares
from numerics.problems.base import Problem
from numerics.problems.distributed import Distributed, worker_smoothness

_PLACES, _WORKERS, _ROUNDS = 6, 12, 12
_ROUNDING = 1e-8


def worker_assumptions(
    problem: Problem, oracle: Oracle, points: Array, rng: np.random.Generator
) -> list[Finding]:
    """Return nothing of a problem without workers, but for what is stated of its minimiser."""
    found = []
    if isinstance(problem, Distributed):
        places = points[np.linspace(0, len(points) - 1, _PLACES).astype(int)]
        found += [_mean(problem, places), _smooth(problem, places, rng)]
        if problem.gradient_bound is not None:
            found.append(_bounded(problem, places))
    if isinstance(oracle, Messages):
        found += _optimum(problem)
        if not oracle.aggregated:
            found.append(_shared(problem, oracle, points))
    return found


def _mean(problem: Distributed, places: Array) -> Finding:
    local, gradient = problem.local_gradients(places), problem.gradient(places)
    off = np.sqrt(squares(local.mean(axis=1) - gradient))
    size = np.sqrt(squares(local).max(axis=1))
    wrong = np.inf if local.shape[1] != problem.workers else 0.0
    ratios = [*ratio(off, _ROUNDING * size, 1e-300), wrong]
    return finding("workers", f"f is the mean over n = {problem.workers} workers", ratios, ("n",))


def _smooth(problem: Distributed, places: Array, rng: np.random.Generator) -> Finding:
    """By power iteration, of the workers whose gradients change most along random directions."""
    L_max, worst = problem.worker_smoothness(), 0.0
    for x in places:
        step = float(step_at(x))
        tried = np.concatenate([x[None], x + step * unit(rng.standard_normal((4, len(x))))])
        seen = problem.local_gradients(tried)
        chosen = np.argsort(-squares(seen[1:] - seen[0]).max(axis=0))[:_WORKERS]
        here = seen[0][chosen]
        v = unit(rng.standard_normal(here.shape))
        for _ in range(_ROUNDS):
            each = problem.local_gradients(x + step * v)
            change = each[np.arange(len(chosen)), chosen] - here
            v = unit(change)
        slip = 1e-4 * _ROUNDING * np.sqrt(squares(here))
        reach = L_max * step * (1 + 1e-6)
        worst = max(worst, float(ratio(np.sqrt(squares(change)), reach, slip).max()))
    stated = f"grad f_i is Lipschitz with L_max = {L_max:.6g}, of every worker"
    return finding("workers smooth", stated, worst, ("L_max",))


def _bounded(problem: Distributed, places: Array) -> Finding:
    """Along lines on which the slopes of the losses run through all values."""
    bound = problem.gradient_bound
    assert bound is not None
    rays = unit(problem.local_gradients(places[:1])[0][:_WORKERS])
    reach = np.geomspace(1e-2, 1e4, 24)
    reach = np.concatenate([-reach, reach]) * (1 + np.abs(places[0]).max())
    lines = (places[0] + reach[:, None, None] * rays).reshape(-1, places.shape[1])
    sizes = [
        float(np.sqrt(squares(problem.local_gradients(some)).max())) / bound
        for some in (places, *np.array_split(lines, max(1, len(lines) // 48)))
    ]
    return finding("workers bounded", f"||grad f_i|| <= {bound:.6g}", sizes, ("G2",))


def _shared(problem: Problem, oracle: Messages, points: Array) -> Finding:
    """Of the workers' gradients at the points no coordinate is non-zero in more than s."""
    s = oracle.sharing(problem).s
    most = 1
    if isinstance(problem, Distributed):
        for x in points[:_PLACES]:
            touched = problem.local_gradients(x[None])[0] != 0
            most = max(most, int(touched.sum(axis=0).max()))
    return finding("sharing", f"at most s = {s} workers share a coordinate", most / s, ("s",))


def _optimum(problem: Problem) -> list[Finding]:
    """Return what must be so at a minimiser y, given for x_star: the stated constants are no
    smaller than what is measured there, less what y can be off.
    """
    try:
        stated = optimum(problem)
    except InputError:
        return []
    found: list[Finding] = []
    y = getattr(problem, "minimiser", None)
    y = getattr(problem, "best", None) if y is None else y
    if y is None or "D0" not in stated:
        return found
    off, L_max = problem.minimiser_error, worker_smoothness(problem)
    way = max(0.0, float(np.linalg.norm(problem.start - y)) - off)
    found.append(
        finding("distance", f"||x_0 - x_star||^2 <= D0 = {stated['D0']:.6g}",
                ratio(way**2, stated["D0"]), ("D0",))
    )  # fmt: skip
    local = problem.gradient(y[None])[:, None]
    if isinstance(problem, Distributed):
        local = problem.local_gradients(y[None])
    sizes = np.maximum(np.sqrt(squares(local[0])) * (1 - _ROUNDING) - L_max * off, 0.0)
    slip = 1e-12 * (1 + float(problem.constants["L"] * np.linalg.norm(y)))
    square = float((np.maximum(sizes - slip, 0.0) ** 2).mean())
    star = stated["sigma_star2"]
    found.append(
        finding("gradients at the minimiser",
                f"mean ||grad f_i(x_star)||^2 <= sigma_star2 = {star:.6g}", ratio(square, star),
                ("sigma_star2",))
    )  # fmt: skip
    found.append(
        finding("least values of the workers",
                f"D_inf = {stated['D_inf']:.6g} >= sigma_star2/(2 L_max), as smoothness implies",
                ratio(square / (2 * L_max), stated["D_inf"]), ("D_inf",))
    )  # fmt: skip
    return found
