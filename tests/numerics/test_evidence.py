"""Bets against a stated moment: fair where it is met with equality, won where it is broken."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from numerics.audit_result import of_drift, of_mean
from numerics.evidence import LEVEL, Drift, Excess


@pytest.mark.parametrize("chance", [0.5, 0.1, 0.01])
def test_a_bet_on_a_mean_of_one_is_fair(chance: float) -> None:
    """Over all outcomes of two draws of {0, 1/chance} the capital is 1 in the mean."""
    total = 0.0
    for hits in itertools.product([0, 1], repeat=2):
        excess = Excess()
        excess.add(np.array(hits) / chance)
        total += math.prod(chance if hit else 1 - chance for hit in hits) * math.exp(excess.log)
    assert total == pytest.approx(1, rel=1e-6) and total <= 1


@pytest.mark.parametrize("skew", [1.0, 3.0, 10.0])
def test_a_bet_on_a_mean_of_zero_is_fair(skew: float) -> None:
    """X = s with probability 1/(1 + s^2), else -1/s: mean 0 and variance 1."""
    chance, total = 1 / (1 + skew**2), 0.0
    for hits in itertools.product([0, 1], repeat=2):
        drift = Drift()
        drift.add(np.where(np.array(hits)[:, None], skew, -1 / skew))
        total += math.prod(chance if hit else 1 - chance for hit in hits) * math.exp(drift.log)
    assert total == pytest.approx(1, rel=1e-12)


def test_what_is_true_is_hardly_ever_refuted_however_heavy_its_tails() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        excess, drift = Excess(), Drift()
        for point in range(4):
            # Pareto with mean 1 and no variance, and a rare large value with variance 1.
            excess.add(rng.pareto(1.5, 200) * 0.5, point)
            hit = rng.random((200, 3)) < 1e-3
            drift.add(np.where(hit, 999**0.5, -(999**-0.5)), point)
        assert not excess.refuted and not drift.refuted


def test_what_is_false_is_refuted() -> None:
    rng = np.random.default_rng(1)
    excess, drift = Excess(), Drift()
    assert not excess.refuted and not drift.refuted
    for point in range(24):
        excess.add(1.05 * rng.chisquare(10, 400) / 10, point)
        drift.add(rng.standard_normal((400, 1)) + 0.1, point)
    assert excess.refuted and excess.worst == pytest.approx(1.05, rel=0.02)
    assert drift.refuted and drift.worst > 1
    assert not of_mean("a", "b", excess).ok and not of_drift("a", "b", drift).ok


def test_one_group_that_is_out_of_line_is_named_by_its_own_mean() -> None:
    rng, excess = np.random.default_rng(2), Excess()
    for point in range(24):
        excess.add((1.5 if point == 7 else 0.5) * rng.chisquare(10, 400) / 10, point)
    assert excess.refuted and excess.mean < 1 and excess.worst == pytest.approx(1.5, rel=0.1)


def test_infinities_and_what_is_no_number_count_against_it() -> None:
    for value in (math.inf, math.nan):
        excess, drift = Excess(), Drift()
        excess.add(np.array([0.0, value]))
        drift.add(np.array([[0.0], [value]]))
        assert excess.refuted and drift.refuted


def test_a_mean_far_above_without_evidence_is_undecided() -> None:
    excess = Excess()
    excess.add(np.array([0.0] * 399 + [4000.0]))
    assert excess.undecided and not excess.refuted
    told = of_mean("noise", "stated", excess, ("M",))
    assert told.ok and not told.audited and "10 times that was measured in 400 draws" in told.stated
    assert LEVEL == 1e-5
