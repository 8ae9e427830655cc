"""Robust aggregators: naive references, and attacks on their constants."""

from __future__ import annotations

import statistics
from fractions import Fraction

import numpy as np
import pytest

from numerics import AGGREGATORS, ATTACKS
from numerics.backend import Array

SIZES = [(3, 1), (5, 1), (5, 2), (10, 2), (11, 5), (21, 4), (6, 0), (1, 0)]


def naive(name: str, vectors: Array, faulty: int) -> Array:
    out = np.empty((len(vectors), vectors.shape[2]))
    for t, j in np.ndindex(out.shape):
        column = sorted(vectors[t, :, j].tolist())
        if name == "median":
            out[t, j] = statistics.median(column)
        else:
            out[t, j] = statistics.fmean(column[faulty : len(column) - faulty])
    return out


@pytest.mark.parametrize("name", AGGREGATORS)
@pytest.mark.parametrize(("total", "faulty"), SIZES)
def test_against_plain_sorting(name: str, total: int, faulty: int) -> None:
    vectors = np.random.default_rng(total).standard_normal((7, total, 4))
    before = vectors.copy()
    found = AGGREGATORS[name].apply(vectors, faulty)
    assert np.allclose(found, naive(name, vectors, faulty), rtol=1e-14, atol=1e-15)
    assert np.array_equal(vectors, before)


@pytest.mark.parametrize(("total", "faulty"), SIZES)
def test_constants_are_below_the_published_ones(total: int, faulty: int) -> None:
    median, trimmed = (AGGREGATORS[name].kappa(total, faulty) for name in AGGREGATORS)
    share = Fraction(faulty, total - 2 * faulty)
    assert median <= 4 * (1 + share) ** 2
    # What no aggregator can do without.
    assert median >= trimmed == share <= 6 * share * (1 + share)


def part(name: str, honest: Array, wrong: Array) -> Array:
    """Of what kappa allows, the largest part over the trials."""
    rule, faulty = AGGREGATORS[name], wrong.shape[1]
    out = rule.apply(np.concatenate([honest, wrong], axis=1), faulty)
    mean = honest.mean(axis=1)
    error = np.sum((out - mean) ** 2, axis=1)
    spread = np.sum((honest - mean[:, None]) ** 2, axis=2).mean(axis=1)
    kappa = float(rule.kappa(honest.shape[1] + faulty, faulty))
    return error / (kappa * spread)


@pytest.mark.parametrize("name", AGGREGATORS)
@pytest.mark.parametrize(("total", "faulty"), [s for s in SIZES if s[1]])
def test_kappa_holds_against_random_and_adversarial_vectors(
    name: str, total: int, faulty: int
) -> None:
    rng, n = np.random.default_rng(faulty), total - faulty
    shape = (4000, n, 1)
    honest = [
        rng.standard_normal(shape),
        rng.standard_cauchy(shape) ** 3,
        rng.integers(0, 2, shape) + 0.0,
        # Honest ones in two groups, which is where the constants are attained.
        (rng.random(shape) < rng.random((4000, 1, 1))) * 1.0 + 1e-3 * rng.standard_normal(shape),
    ]
    worst = 0.0
    for g in honest:
        g = g[np.ptp(g, axis=1)[:, 0] > 0]
        for sign in (-1.0, 1.0):
            for wrong in (
                sign * 1e6 * np.ones((len(g), faulty, 1)),
                np.quantile(g, 0.5 + 0.5 * sign, axis=1)[:, None] + np.zeros((1, faulty, 1)),
                np.quantile(g, 0.5 + 0.3 * sign, axis=1)[:, None] + np.zeros((1, faulty, 1)),
                rng.standard_normal((len(g), faulty, 1)),
            ):
                worst = max(worst, float(part(name, g, wrong).max()))
    # Rounding of values that nearly agree is all that may exceed it.
    assert 0.5 < worst <= 1 + 1e-6


@pytest.mark.parametrize("name", AGGREGATORS)
@pytest.mark.parametrize(("total", "faulty"), [s for s in SIZES if s[1]])
def test_kappa_is_attained(name: str, total: int, faulty: int) -> None:
    n, k = total - faulty, AGGREGATORS[name].largest(total, faulty)
    honest = np.zeros((2, n, 3))
    honest[0, :k], honest[1, n - k :] = 1.0, -1.0
    wrong = np.array([1e9, -1e9])[:, None, None] + np.zeros((2, faulty, 3))
    assert np.allclose(part(name, honest, wrong), 1, rtol=1e-12)


def test_attacks_are_seen_by_the_mean_and_bear_their_names() -> None:
    honest = np.random.default_rng(0).standard_normal((6, 9, 3)) + 5
    mean, deviation = honest.mean(axis=1), honest.std(axis=1)
    assert np.allclose(ATTACKS["sign-flip"](honest, 2), -mean)
    assert np.allclose(ATTACKS["large"](honest, 2), -1000 * mean)
    assert (ATTACKS["large"](np.zeros((2, 3, 4)), 1) == -1000).all()
    steps = (mean - ATTACKS["alie"](honest, 4)) / deviation
    assert np.allclose(steps, steps[0, 0]) and 0.999 < steps[0, 0] < 3
