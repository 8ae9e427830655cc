"""What an audit measures of samples whose gradients can be taken at several points."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numerics.audit_result import (
    MOST_ROUNDS,
    SLIP,
    Finding,
    draws,
    finding,
    of_drift,
    of_mean,
    ratio,
)
from numerics.backend import Array
from numerics.evidence import Drift, Excess
from numerics.oracles.base import Oracle, Sampler
from numerics.oracles.worker_findings import along_workers, squares
from numerics.problems.base import Problem

# Of their own size, what two evaluations of one gradient may differ by.
_SAME = 1e-9


def sample_findings(
    problem: Problem, oracle: Oracle, points: Array, rng: np.random.Generator
) -> list[Finding]:
    """Of the oracle's samples (one, or one for each worker), at ``points`` (count, d): mean and
    variance, at a second point too; that a sample answers alike whenever it is asked; its
    smoothness between the points; and the size of its gradients where that is stated.
    """
    count = draws(oracle.width(problem))
    smooth, known = oracle.sample_smoothness(problem), oracle.bounds(problem)
    size, bend, second = Excess(), Excess(), Excess()
    drift, sup, fickle = Drift(), [0.0], [0.0]
    for _ in range(MOST_ROUNDS):
        for i, (point, after) in enumerate(zip(points, np.roll(points, -1, axis=0), strict=True)):
            if i % 2:
                # Smooth at close range too.
                reach = 1e-2 * (1 + float(np.abs(point).max()))
                after = point + reach * _ray(rng, len(point))
            sampler = oracle.sampler(problem, count, rng)
            here, there = (_asked(sampler, x, count) for x in (point, after))
            length = math.sqrt(float(squares(here).max()))
            again = np.abs(_asked(sampler, point, count) - here).max()
            fickle.append(float(ratio(again, _SAME * length)))
            for x, seen, key in ((point, here, i), (after, there, ("second", i))):
                mean, slip = _means(problem, oracle, x), SLIP * length
                square = float(squares(problem.gradient(x[None]))[0])
                allowed = oracle.sample_variance(problem, square)
                error = seen - mean
                size.add(ratio(np.maximum(np.sqrt(squares(error)) - slip, 0) ** 2, allowed), key)
                own = oracle.exact_variance(problem, x)
                variance = allowed if own is None else min(own, allowed)
                drift.add(along_workers(error, mean, variance, slip), key)
                sup.append(float(np.abs(seen).max()))
                if "G2" in known:
                    second.add(squares(seen) / known["G2"] ** 2, key)
            moved = smooth**2 * float(squares(point - after))
            change = np.maximum(np.sqrt(squares(here - there)) - SLIP * length, 0) ** 2
            bend.add(ratio(change, moved), i)
        if not any(one.suspicious for one in (size, bend, drift, second)):
            break
    found = [
        of_mean("samples' noise", "E||g(x; xi) - grad f(x)||^2 within the stated variance", size,
                ("M", "sigma2")),
        of_drift("samples' mean", "E g(x; xi) = grad f(x), given the samples before", drift),
        finding("samples' answers", "a sample has one gradient at a point", fickle),
        of_mean("samples smooth", f"mean-square Lipschitz with L_avg = {smooth:.6g}", bend,
                ("L_avg",)),
    ]  # fmt: skip
    if "G" in known:
        found.append(finding("bounded", f"||g||_inf <= G = {known['G']:.6g}",
                             np.array(sup) / known["G"], ("G", "R")))  # fmt: skip
    if "G2" in known:
        stated = f"E||g||^2 <= G2^2, G2 = {known['G2']:.6g}"
        found.append(of_mean("second moment", stated, second, ("G2",)))
    return found


def _ray(rng: np.random.Generator, dimension: int) -> Array:
    """Return a random direction, (d,)."""
    row = rng.standard_normal(dimension)
    direction: Array = row / np.linalg.norm(row)
    return direction


def _asked(sampler: Sampler, point: Array, count: int) -> Array:
    """Return the gradients of the samples at one point, (count, workers, d)."""
    seen: Any = sampler(np.repeat(point[None], count, axis=0))
    shaped: Array = seen.reshape(count, -1, len(point))
    return shaped


def _means(problem: Problem, oracle: Oracle, point: Array) -> Array:
    """Return what the workers' samples must be in the mean, (workers, d)."""
    gradient = problem.gradient(point[None])
    if not oracle.of_workers:
        return gradient
    local: Array = oracle.local_gradients(problem, point[None], gradient)[0]
    return local
