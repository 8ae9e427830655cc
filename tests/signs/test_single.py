"""Bounds of signSGD, with momentum and with variance reduction, and their step sizes."""

from __future__ import annotations

import math
from typing import Any

import pytest

import boundcalc
from boundcalc import UsageError
from theorems.signs.single import signsgd_momentum

GIVEN = {"L": 1, "sigma2": 0.04, "d": 10, "gamma": 0.01, "Delta": 2}
NAMES = ["signsgd", "signsgd-momentum", "ssvr"]


def master(K: int, error: float, price: float = 2.0) -> float:
    """Delta/(gamma K) + L gamma d/2 + price sqrt(d) E, at the constants above."""
    return 2 / (0.01 * K) + 0.05 + price * math.sqrt(10) * error


@pytest.mark.parametrize("K", [1, 100, 10_000])
def test_signsgd_pays_half_for_an_unbiased_sign(K: int) -> None:
    for batch in (1, 4):
        found = boundcalc.theorem("signsgd").bound(K, batch=batch, **GIVEN).value
        assert found == pytest.approx(master(K, 0.2 / math.sqrt(batch), price=1), rel=1e-9)


@pytest.mark.parametrize("rate", [0.03, 0.3, 1.0])
def test_ssvr_has_the_root_of_the_mean_square_error(rate: float) -> None:
    """With the mean square W = (E0/K + Q)/(beta (2 - beta)), Q = ((1-beta) L_avg h + beta sigma)^2.

    The best weights of the proof make the root of the one and the square of the other.
    """
    K, L_avg, E0 = 500, 1.5, 0.01
    step = 0.01 * math.sqrt(10)
    Q = ((1 - rate) * L_avg * step + rate * 0.2) ** 2
    W = (E0 / K + Q) / (rate * (2 - rate))
    found = boundcalc.theorem("ssvr").bound(K, L_avg=L_avg, beta=rate, E0=E0, **GIVEN).value
    assert found == pytest.approx(master(K, math.sqrt(W)), rel=1e-8)


@pytest.mark.parametrize("rate", [0.03, 0.3, 1.0])
def test_momentum_is_no_worse_than_drift_and_noise_apart(rate: float) -> None:
    """Minkowski's inequality for the two parts of the error, of which ours is the exact join."""
    K = 10_000
    step = 0.01 * math.sqrt(10)
    apart = (1 - rate) * step / rate + 0.2 * math.sqrt(rate / (2 - rate))
    found = boundcalc.theorem("signsgd-momentum").bound(K, beta=rate, **GIVEN).value
    assert found <= master(K, apart) * (1 + 1e-9)
    # The join: r^2 = ((1 - beta)(r + L h))^2 + (beta sigma)^2.
    r = 1.0
    for _ in range(10_000):
        r = math.sqrt(((1 - rate) * (r + step)) ** 2 + (rate * 0.2) ** 2)
    assert found == pytest.approx(master(K, r), rel=1e-6)


def test_without_noise_all_are_sign_descent() -> None:
    quiet = {**GIVEN, "sigma2": 0}
    assert boundcalc.theorem("signsgd").bound(100, batch=1, **quiet).value == pytest.approx(
        master(100, 0), rel=1e-6
    )
    for name in ("signsgd-momentum", "ssvr"):
        theorem = boundcalc.theorem(name)
        more = {"L_avg": 1} if name == "ssvr" else {}
        # beta = 1 forgets everything, and exact gradients leave nothing to forget.
        found = theorem.bound(100, beta=1, **more, **quiet).value
        assert found == pytest.approx(master(100, 0), rel=1e-4)


def test_aliases() -> None:
    for alias in ("signum", "signsgd-sim"):
        assert boundcalc.theorem(alias).declaration is signsgd_momentum
    with pytest.raises(UsageError, match="did you mean 'signum'"):
        boundcalc.theorem("signun")


@pytest.mark.parametrize("name", NAMES)
def test_every_step_is_admissible_and_a_horizon_chooses(name: str) -> None:
    theorem = boundcalc.theorem(name)
    free = theorem.step_size()
    assert free.gamma is None and free.gamma_max == math.inf and free.conditions[0] == "gamma > 0"
    given: dict[str, Any] = {k: v for k, v in GIVEN.items() if k != "gamma"}
    given |= {"batch": 1} if name == "signsgd" else {"beta": 0.1}
    given |= {"L_avg": 1} if name == "ssvr" else {}
    best = theorem.step_size(horizon=1000, **given)
    assert best.bound is not None and best.gamma is not None
    for factor in (0.8, 1.25):
        assert theorem.bound(1000, gamma=best.gamma * factor, **given).value > best.bound.value
    reached = theorem.step_size(target=best.bound.value * 1.01, **given)
    assert reached.iterations is not None and reached.iterations <= 1000


def test_signsgd_alone_needs_no_samples_at_two_points() -> None:
    """The same gradient calls: variance reduction pays where the noise is large."""
    quiet, loud = ({"L": 1, "sigma2": s, "d": 10, "Delta": 2} for s in (1e-6, 1.0))
    plain, reduced = boundcalc.theorem("signsgd"), boundcalc.theorem("ssvr")

    def least(given: dict[str, Any]) -> tuple[float, float]:
        one = plain.step_size(horizon=10_000, batch=1, **given).bound
        rates = (0.003, 0.03, 0.3)
        two = [reduced.step_size(horizon=5_000, beta=b, L_avg=1, **given).bound for b in rates]
        assert one is not None
        return one.value, min(bound.value for bound in two if bound is not None)

    one, two = least(loud)
    assert two < one
    one, two = least(quiet)
    assert one < two
