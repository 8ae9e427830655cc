"""What an audit measures of workers: dissimilarity, noise, compression, aggregation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from numerics.audit_result import (
    MOST_ROUNDS,
    SLIP,
    Finding,
    directed,
    draws,
    finding,
    of_drift,
    of_mean,
    ratio,
)
from numerics.backend import Array
from numerics.compressors.base import Compressor, Kind
from numerics.compressors.constants import NAMES
from numerics.evidence import Drift, Excess

# Gradients of this size times their own are rounding errors.
_FLOOR = 1e-24

_STATED: dict[Kind, str] = {
    "unbiased": "E||Q(v) - v||^2 <= omega ||v||^2, omega",
    "contractive": "E||C(v) - v||^2 <= (1 - alpha) ||v||^2, alpha",
    "absolute": "||C(v) - v||^2 <= c^2, c^2",
}


def squares(rows: Array) -> Array:
    """||v||^2 along the last axis."""
    result: Array = np.einsum("...j,...j->...", rows, rows)
    return result


def dissimilarity(local: Array, gradient: Array, B_h: float, delta2: float) -> Finding:
    """At points whose worker gradients are ``local`` (points, n, d) with mean ``gradient``."""
    part = squares(local - gradient[:, None]).mean(axis=1)
    size = squares(gradient)
    floor = _FLOOR * squares(local).max(axis=1)
    return finding(
        "dissimilarity",
        f"mean ||grad f_i - grad f||^2 <= B_h||grad f||^2 + delta2, B_h = {B_h:.6g},"
        f" delta2 = {delta2:.6g}",
        ratio(part, B_h * size + delta2, floor),
        ("B_h", "delta2"),
    )


def noise(local: Array, drawn: Callable[[Array], Array], sigma0_2: float) -> list[Finding]:
    """At each point, of every worker and over many draws; that no worker's noise depends on that of
    another, either.
    """
    count = draws(local[0].size)
    size, drift = Excess(), Drift()
    for _ in range(MOST_ROUNDS):
        for i, gradients in enumerate(local):
            slip = SLIP * math.sqrt(float(squares(gradients).max()))
            z = drawn(np.repeat(gradients[None], count, axis=0)) - gradients
            lengths = np.maximum(np.sqrt(squares(z)) - slip, 0.0)
            size.add(lengths**2 / sigma0_2, i)
            drift.add(along_workers(z, gradients, sigma0_2, slip), i)
        if not (size.suspicious or drift.suspicious):
            break
    of_noise = ("sigma0_2",)
    return [
        of_mean("noise", f"E||xi_i||^2 <= sigma0_2, sigma0_2 = {sigma0_2:.6g}", size, of_noise),
        of_drift("zero mean", "E xi_i = 0, given the others", drift),
    ]


def along_workers(z: Array, gradients: Array, variance: Any, slip: float) -> Array:
    """Errors (count, n, d) along what is known before each: the worker's gradient, all ones, the
    error of the worker before, the sum of those of all before, the worker's own error of the draw
    before, and for the second half of the draws the mean of the first; as (count n, 6).
    """
    count, n, d = z.shape
    before, last, half = np.zeros_like(z), np.zeros_like(z), np.zeros_like(z)
    before[:, 1:] = z[:, :-1]
    total = np.cumsum(before, axis=1)
    last[1:] = z[:-1]
    if count > 1:
        half[count // 2 :] = z[: count // 2].mean(axis=0)
    known = (gradients, np.ones(d), before, total, last, half)
    return np.stack([directed(z, u, variance, slip) for u in known], axis=-1).reshape(count * n, -1)


def compression(vectors: Array, compressor: Compressor, rng: np.random.Generator) -> list[Finding]:
    """Return the inequality of the compressor's kind, and for an unbiased one the mean, on the rows
    that workers send (points, n, d) and on vectors of extreme shapes; and that no message depends
    on those before. Sampled if the compressor is random.
    """
    kind, constant = compressor.kind, compressor.constant(vectors.shape[-1])
    allowed = {"contractive": 1 - constant}.get(kind, constant)
    stated, name = f"{_STATED[kind]} = {constant:.6g}", (NAMES[kind],)
    extreme = shapes(vectors.shape[-1], rng)
    tried = list(enumerate(vectors)) + [(-1, scale * extreme) for scale in (1.0, 1e-3, 1e3)]
    if kind == "absolute":
        # What rounds to a grid is at its worst half-way between two points of it.
        tried.append((-2, rng.uniform(-10, 10, (256, 1)) * np.ones(vectors.shape[-1])))
    if not compressor.random:
        return [finding("compressor", stated, _fixed(tried, compressor, allowed, rng), name)]
    size, drift = Excess(), Drift()
    for _ in range(MOST_ROUNDS):
        for i, rows in tried:
            count = draws(rows.size)
            error = compressor.compress(np.repeat(rows[None], count, axis=0), rng) - rows
            square = np.ones(len(rows)) if kind == "absolute" else squares(rows)
            # Rounding errors of the size of v do not count; what is 0 must stay 0.
            slip = SLIP * np.sqrt(squares(rows))
            lengths = np.maximum(np.sqrt(squares(error)) - slip, 0.0)
            size.add(ratio(lengths**2, allowed * square), i)
            if kind == "unbiased":
                scale = np.where(square > 0, np.sqrt(square), 1.0)[:, None]
                drift.add(along_workers(error / scale, rows / scale, allowed, SLIP), i)
        if not (size.suspicious or drift.suspicious):
            break
    found = [of_mean("compressor", stated, size, name)]
    if kind == "unbiased":
        found.append(of_drift("unbiased", "E Q(v) = v, given the other messages", drift))
    return found


def _fixed(
    tried: list[tuple[int, Array]], compressor: Compressor, allowed: float, rng: np.random.Generator
) -> list[float]:
    """Return what a compressor that is not random makes of the rows, over what is allowed."""
    found = []
    for _, rows in tried:
        error = compressor.compress(rows, rng) - rows
        square = np.ones(len(rows)) if compressor.kind == "absolute" else squares(rows)
        lengths = np.maximum(np.sqrt(squares(error)) - SLIP * np.sqrt(squares(rows)), 0.0)
        found.append(float(ratio(lengths**2, allowed * square).max()))
    return found


def shapes(dimension: int, rng: np.random.Generator) -> Array:
    """Vectors at which compressors are at their worst, (count, d): single entries, equal ones (all,
    half, and random signs of them), entries that fall evenly or geometrically, entries between
    powers of 2, one large and many small, random ones.
    """
    d = dimension
    ramp, single = np.arange(1.0, d + 1), np.zeros(d)
    single[rng.integers(d)] = 1.0
    half = np.where(np.arange(d) < (d + 1) // 2, 1.0, 0.0)
    spike = np.full(d, 0.5 / d)
    spike[0] = 1.0
    edge = np.full(d, 1 / (1 + math.sqrt(d)))
    edge[0] = 1.0
    rows = [
        single, np.ones(d), rng.choice([-1.0, 1.0], d), half, rng.permutation(ramp), 0.5**ramp,
        0.9**ramp, np.full(d, 4 / 3), spike, edge, rng.standard_normal(d), np.full(d, 0.5),
        rng.standard_normal(d) ** 3,
    ]  # fmt: skip
    return np.array(rows)
