"""The rates that the command finds from the bounds alone, against those of the literature."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

# Of every method: exponents of the decay, of the floor, and where the rate holds. N counts gradient
# calls; after the root where the square of a norm is bounded.
HALF, THIRD, FOURTH = "-1/2", "-1/3", "-1/4"
VOTED = [{"d": "1", "n": "-1/2"}]
RATES: dict[str, tuple[dict[str, str], list[dict[str, str]], list[str]]] = {
    "signsgd": ({"d": "1/2", "N": FOURTH}, [], []),
    "signsgd-momentum": ({"d": "1/2", "N": FOURTH}, [], []),
    "ssvr": ({"d": "1/2", "N": THIRD}, [], []),
    "sign-svrg": ({"m": "1/2", "d": "1/2", "N": HALF}, [], ["N >= m"]),
    "sign-rvr": ({"m": "1/2", "d": "1/2", "N": HALF}, [], ["N >= m"]),
    "sign-rvm": ({"m": "1/2", "d": "1/2", "N": HALF}, [], ["N >= m"]),
    "ssvr-finite-sum": ({"m": "1/4", "d": "1/2", "N": HALF}, [], ["N >= m"]),
    "ef-signsgd": ({"N": FOURTH}, [], []),
    "ssdm": ({"d": "1/8", "N": FOURTH}, [], ["N >= d^(3/2)"]),
    "sto-signsgd": ({"d": "1/2", "N": HALF}, VOTED, []),
    "sto-signsgd-randomised": ({"d": "1/4", "N": FOURTH}, [], []),
    "mv-signsgd-momentum": ({"d": "1/2", "N": HALF}, VOTED, ["N >= n"]),
    "ssvr-majority": ({"d": "1/2", "N": HALF}, VOTED, ["N >= d^(-1) n"]),
    "ssvr-majority-randomised": ({"d": "1/4", "N": FOURTH}, [], []),
}
SCHEDULES: dict[str, dict[str, dict[str, str]]] = {
    "signsgd": {"gamma": {"d": HALF, "K": HALF}, "batch": {"K": "1"}, "N": {"K": "2"}},
    "signsgd-momentum": {"gamma": {"d": HALF, "K": "-3/4"}, "beta": {"K": HALF}},
    "ssvr": {"gamma": {"d": HALF, "K": "-2/3"}, "beta": {"K": "-2/3"}},
    "ssvr-finite-sum": {"beta": {"m": "-1"}, "I": {"m": "1"}},
    "ssvr-majority": {"gamma": {"d": HALF, "K": HALF}, "beta": {}},
    "ssvr-majority-randomised": {"gamma": {"d": HALF, "K": HALF}, "beta": {"K": HALF}},
    "ssdm": {"gamma": {"d": "-1/8", "K": "-3/4"}, "beta": {"d": "1/4", "K": HALF}},
}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """The fullest setting of each: all errors are there."""
    answer = subprocess.run(
        [sys.executable, "-m", "boundcalc", "rates", *RATES, "--json"],
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    settings: dict[str, Any] = {}
    for setting in json.loads(answer.stdout):
        settings.setdefault(setting["theorem"], setting)
    return settings


@pytest.mark.parametrize("name", RATES)
def test_rates_of_the_literature(found: dict[str, Any], name: str) -> None:
    decay, floor, condition = RATES[name]
    setting = found[name]
    assert (setting["after_root"] or setting["exponents"]) == decay
    assert (setting["after_root"] is None) == ("||^2" not in setting["measure"])
    assert (setting["floor"], setting["condition"]) == (floor, condition)
    assert setting["held"] == [] and not setting["linear"] and not setting["logarithmic"]
    for parameter, powers in SCHEDULES.get(name, {}).items():
        assert setting["schedule"][parameter] == powers
