"""What an audit measures of workers: dissimilarity, noise, compression, aggregation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numerics.backend import Array
from numerics.compressors.base import Compressor, Kind
from numerics.findings import STANDARD_ERRORS, Finding, draws, finding, ratio

# Chance of a false alarm at a normal mean: log of its inverse, for Bernstein's inequality.
_LOG = STANDARD_ERRORS**2 / 2
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
    )


def noise(local: Array, drawn: Callable[[Array], Array], sigma0_2: float) -> list[Finding]:
    """At each point, over all workers and many draws: all have the same law of noise."""
    count = draws(local[0].size)
    parts, room, drift, drift_room = ([] for _ in range(4))
    for gradients in local:
        z = drawn(np.repeat(gradients[None], count, axis=0)) - gradients
        sizes = squares(z).ravel()
        parts.append(float(sizes.mean()) / sigma0_2)
        room.append(_room(sizes / sigma0_2))
        mean = float(np.sqrt(squares(z.mean(axis=(0, 1)))))
        drift.append(mean / (sigma0_2 / sizes.size) ** 0.5)
        drift_room.append(STANDARD_ERRORS - 1)
    return [
        finding("noise", f"E||xi_i||^2 <= sigma0_2, sigma0_2 = {sigma0_2:.6g}", parts, room),
        finding("zero mean", "E xi_i = 0 (mean over its standard error)", drift, drift_room),
    ]


def compression(vectors: Array, compressor: Compressor, rng: np.random.Generator) -> list[Finding]:
    """The inequality of the compressor's kind, and for an unbiased one the mean, on the rows that
    workers send (points, n, d): sampled if it is random, at each point over all its rows.
    """
    kind, constant = compressor.kind, compressor.constant(vectors.shape[-1])
    allowed = {"contractive": 1 - constant}.get(kind, constant)
    count = draws(vectors[0].size) if compressor.random else 1
    parts, room, drift, drift_room = ([] for _ in range(4))
    for rows in vectors:
        many = np.repeat(rows[None], count, axis=0)
        error = compressor.compress(many, rng) - rows
        size = np.ones(len(rows)) if kind == "absolute" else squares(rows)
        # Rounding errors of the size of v do not count; what is 0 must stay 0.
        each = ratio(squares(error), allowed * size, _FLOOR * squares(rows))
        if not compressor.random:
            parts.append(float(each.max()))
            room.append(0.0)
            continue
        parts.append(float(each.mean()))
        room.append(_room(each.ravel()))
        if kind == "unbiased":
            mean, spread = error.mean(axis=0), (allowed * size / count) ** 0.5
            off = ratio(np.sqrt(squares(mean)), spread, 1e-12 * np.sqrt(size))
            # A rare large value is no bias: by Bernstein's inequality, with the range seen.
            steps = ratio(np.sqrt(squares(error).max(axis=0)) / count, spread)
            drift.append(off.max())
            drift_room.append(STANDARD_ERRORS - 1 + _LOG * float(steps.max()))
    found = [finding("compressor", f"{_STATED[kind]} = {constant:.6g}", parts, room)]
    if drift:
        stated = "E Q(v) = v (mean error over its standard error)"
        found.append(finding("unbiased", stated, drift, drift_room))
    return found


def _room(samples: Array) -> float:
    """How far the mean of ``samples`` >= 0 may lie above its expectation by chance (Bernstein)."""
    error: Any = samples.std(ddof=1) / len(samples) ** 0.5
    return float(STANDARD_ERRORS * error + 2 * _LOG * samples.max() / len(samples))
