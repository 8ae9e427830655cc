"""The parameters with the least bound at a horizon."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from boundcalc.bounds.schedules import best_schedule, settings_at
from boundcalc.errors import UsageError
from boundcalc.exact.surd import Surd
from boundcalc.facade import TheoremHandle
from boundcalc.registry import theorem as named
from boundcalc.solve.values import read_values

CONSTANTS = {"L": 1, "L_avg": 1, "sigma2": 0.01, "d": 10, "Delta": 5, "B": 0, "C": 0, "M": 0}
ANSWERS = ("gamma", "beta", "batch")


def given(name: str, **values: float) -> dict[str, Surd]:
    theorem = named(name)
    known = {p.name for p in theorem.parameters}
    here = {n: v for n, v in CONSTANTS.items() if n in known}
    return read_values(theorem, {**here, **values}, answers=ANSWERS)


@pytest.mark.parametrize("K", [50, 5000])
def test_without_momentum_the_schedule_has_a_closed_form(K: int) -> None:
    # Delta/(gamma K) + L gamma d/2 + (d w + sigma2/(b w))/2 in gamma and w, for b = 3.
    found = best_schedule(named("signsgd"), K, given("signsgd", batch=3))
    least = math.sqrt(2 * 5 * 10 / K) + math.sqrt(10 * 0.01 / 3)
    assert found.value == pytest.approx(least, rel=1e-9)
    assert float(found.parameters["gamma"]) == pytest.approx(math.sqrt(10 / (10 * K)), rel=1e-4)


@pytest.mark.parametrize(("K", "best"), [(100, 1), (5000, 5), (6470, 6), (6490, 7)])
def test_calls_are_split_evenly_between_iterations_and_batches(K: int, best: int) -> None:
    # b K calls: sqrt(2 Delta L d/K) + sqrt(d sigma2/b) is least where both roots are equal, at
    # b = sigma2 K/(2 Delta L) = K/1000; 6 and 7 are equally good at K/1000 = sqrt(42).
    found = best_schedule(named("signsgd"), K, given("signsgd"))
    assert float(found.parameters["batch"]) == best


@pytest.mark.parametrize("name", ["ssvr", "signsgd-momentum", "sgdm-nonconvex"])
def test_no_other_weight_of_the_average_is_better(name: str) -> None:
    theorem, K = named(name), 2000
    found = best_schedule(theorem, K, given(name))
    for beta in (0.01, 0.03, 0.1, 0.2, 0.5, 0.9, 1):
        other = best_schedule(theorem, K, given(name, beta=beta))
        assert found.value <= other.value * (1 + 1e-9)
        assert float(other.parameters["beta"]) == beta


def test_the_bound_is_that_of_the_calculator_at_the_same_parameters() -> None:
    theorem = named("ssvr")
    found = best_schedule(theorem, 300, given("ssvr"))
    values = {**CONSTANTS, **found.parameters}
    known = {n: v for n, v in values.items() if n in {p.name for p in theorem.parameters}}
    assert found.value == pytest.approx(TheoremHandle(theorem).bound(300, **known).value, rel=1e-6)


def test_what_is_given_slows_the_rate() -> None:
    theorem = named("ssvr")
    assert settings_at(theorem, given("ssvr"))[0].rate.decay["N"] == Fraction(-1, 3)
    (fixed,) = settings_at(theorem, given("ssvr", beta=0.1))
    assert fixed.rate.floor
    (exact,) = settings_at(theorem, given("ssvr", sigma2=0))
    assert exact.rate.decay["N"] == -1 / 2
    (plain,) = settings_at(named("sgdm-nonconvex"), given("sgdm-nonconvex", beta=1))
    assert plain.rate.decay["N"] == -1 / 2
    assert not plain.rate.floor


def test_a_step_that_is_not_admissible_is_refused() -> None:
    with pytest.raises(UsageError, match="above the limit"):
        best_schedule(named("sgd-nonconvex"), 10, given("sgd-nonconvex", gamma=5))
