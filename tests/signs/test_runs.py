"""Runs of the sign-based methods: their bounds hold, and what does not fit is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import boundcalc
from boundcalc import UsageError

NAMES = ["signsgd", "signsgd-momentum", "ssvr"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("start", ["gradient", "first"])
def test_bounds_hold_with_noise_that_is_the_same_at_every_point(name: str, start: str) -> None:
    found = boundcalc.theorem(name).verify(iterations=500, trials=500, start=start)
    assert found.verdict == "holds"
    assert found.tightness_last < 6
    assert (found.constants.get("E0", 0) > 0) == (start == "first" and name != "signsgd")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("loss", ["geman-mcclure", "logistic"])
def test_bounds_hold_on_finite_sums(name: str, loss: str) -> None:
    found = boundcalc.theorem(name).verify(
        problem="glm",
        options={"loss": loss, "samples": 50, "dimension": 5},
        values={"batch": 5} if name == "signsgd" else {"beta": 0.2},
        iterations=400,
        trials=100,
    )
    assert found.verdict == "holds"
    assert "mini-batch" in found.estimator


def test_gradients_of_unbounded_variance_are_refused() -> None:
    with pytest.raises(UsageError, match="allows no M"):
        boundcalc.theorem("ssvr").verify(problem="least-squares", iterations=10)
    with pytest.raises(UsageError, match="the same at every point"):
        boundcalc.theorem("ssvr").verify(values={"M": 0.1}, iterations=10)


# -- with snapshots, votes, feedback and stochastic directions --------------------------------

MORE = [
    "sign-svrg", "sign-rvr", "sign-rvm", "ssvr-finite-sum", "ef-signsgd", "ssdm", "sto-signsgd",
    "sto-signsgd-randomised", "mv-signsgd-momentum", "ssvr-majority", "ssvr-majority-randomised",
]  # fmt: skip
SNAPSHOTS, VOTES = MORE[:4], MORE[6:]


@pytest.mark.parametrize("name", MORE)
def test_bounds_hold_on_their_own_examples(name: str) -> None:
    """Up to a part of the second cycle: m = I = 50."""
    found = boundcalc.theorem(name).verify(iterations=70, trials=30)
    assert found.verdict == "holds"
    assert all(finding.ok for finding in found.findings)
    assert found.tightness_last > 1
    assert ("workers" in found.estimator) == (name in VOTES)


@pytest.mark.parametrize("name", ["ssvr-majority", "ssvr-majority-randomised"])
def test_the_first_estimates_of_workers_count(name: str) -> None:
    found = boundcalc.theorem(name).verify(iterations=40, trials=30, start="first")
    local, mean = (found.constants.get(which, 0) for which in ("E0_local", "E0"))
    assert found.verdict == "holds"
    if name == "ssvr-majority":
        assert mean == pytest.approx(found.constants["sigma2"] / found.constants["n"])
    else:
        assert local == pytest.approx(found.constants["sigma2"])


@pytest.mark.parametrize("name", ["sign-rvr", "ssvr-finite-sum", "ef-signsgd", "ssvr-majority"])
def test_bounds_hold_on_data(name: str, digits: Path) -> None:
    """Odd against even digits; for votes the rows are dealt to workers."""
    options = {"workers": 4} if name in VOTES else {}
    values = {} if name in ("sign-rvr", "ef-signsgd") else {"beta": 0.2}
    values |= {"I": 20} if name == "ssvr-finite-sum" else {}
    found = boundcalc.theorem(name).verify(
        data=digits, loss="logistic", options=options, values=values, iterations=60, trials=20
    )
    assert found.verdict == "holds"
    assert "digits.csv" in found.problem


@pytest.mark.parametrize("name", ["sign-svrg", "sto-signsgd-randomised"])
def test_a_verified_bound_from_the_command_line(name: str) -> None:
    command = [sys.executable, "-m", "boundcalc", "verify", "--theorem", name]
    answer = subprocess.run(
        [*command, "--iterations", "60", "--trials", "30", "--json"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert (found["theorem"], found["verdict"]) == (name, "holds")


@pytest.mark.parametrize("name", [*SNAPSHOTS, *VOTES, "ef-signsgd"])
def test_a_finite_sum_is_needed(name: str) -> None:
    with pytest.raises(UsageError, match="takes components of a finite sum"):
        boundcalc.theorem(name).verify(problem="quadratic", iterations=10, trials=10)


@pytest.mark.parametrize("name", ["sign-svrg", "sign-rvm", "ef-signsgd", "ssvr-majority"])
def test_nothing_is_left_to_choose(name: str) -> None:
    theorem = boundcalc.theorem(name)
    for given in ({"estimator": "synthetic"}, {"noise": "gaussian"}, {"values": {"batch": 3}}):
        with pytest.raises(UsageError, match=r"draws its own samples|batch"):
            theorem.verify(iterations=10, trials=10, **given)


def test_gradients_without_a_bound_are_refused() -> None:
    for name in ("sto-signsgd", "ssvr-majority"):
        with pytest.raises(UsageError, match="bound"):
            boundcalc.theorem(name).verify(
                problem="sharded-glm", options={"l2": 0.1}, iterations=10, trials=10
            )
    with pytest.raises(UsageError, match="allows no M"):
        boundcalc.theorem("ef-signsgd").verify(problem="least-squares", iterations=10, trials=10)


@pytest.mark.parametrize("name", ["sign-rvm", "ssvr-finite-sum"])
@pytest.mark.parametrize("start", ["zero", "first"])
def test_a_method_that_starts_exactly(name: str, start: str) -> None:
    with pytest.raises(UsageError, match="starts at the exact gradient"):
        boundcalc.theorem(name).verify(iterations=10, trials=10, start=start)
