"""The rates of the sign-based methods, found from the formulas of their bounds alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
import sympy as sp

from boundcalc.bounds.rates import Monomial, Rate, find_rate
from boundcalc.kernel.conditions import Condition, at_least, exceeds

K, d, m, n, gamma, beta, b0, b, R, interval = sp.symbols(
    "K d m n gamma beta b0 b R I", positive=True
)
L, L_avg, L_max, sigma, Delta, G = sp.symbols("L L_avg L_max sigma Delta G", positive=True)

h = gamma * sp.sqrt(d)
master = Delta / (gamma * K) + L * gamma * d / 2
Q = ((1 - beta) * L_avg * h + beta * sigma) ** 2
storm = (sigma**2 / (b0 * K) + Q) / (beta * (2 - beta))
apart = sigma * (1 - (1 - beta) ** K) / (sp.sqrt(b0) * beta * K) + sp.sqrt(Q / (beta * (2 - beta)))
snapshot = (1 - beta) ** 2 + (1 - beta) * beta * (interval - 1)
snapshot += beta**2 * (interval - 1) * (2 * interval - 1) / 6
snapshot = L_avg * h * sp.sqrt(snapshot / (beta * (2 - beta)))
STEP: list[Condition] = []
BETA = [exceeds(beta), at_least(1, beta)]
BATCH = [at_least(b0, 1)]


def momentum(workers: sp.Expr) -> sp.Expr:
    first = sigma / (sp.sqrt(workers * b0) * beta * K)
    return first + (1 - beta) * L * h / beta + sigma * sp.sqrt(beta / ((2 - beta) * workers))


@dataclass(frozen=True)
class Case:
    bound: sp.Expr
    chosen: tuple[str, ...]
    rate: str
    schedule: dict[str, str]
    given: list[Condition] = field(default_factory=list)
    calls: sp.Expr = K
    condition: tuple[str, ...] = ()
    order: int = 1

    def find(self, bound: sp.Expr | None = None) -> Rate:
        return find_rate(
            self.bound if bound is None else bound,
            self.chosen,
            self.given,
            calls=self.calls,
            order=self.order,
        )


STORM: dict[str, Any] = {"given": BETA + BATCH, "calls": b0 + 2 * (K - 1)}
MOMENTUM: dict[str, Any] = {"given": BETA + BATCH, "calls": b0 + K - 1}
ROOTS = sp.sqrt(d)
SNAPSHOTS = m * sp.ceiling(K / m) + 2 * K
CASES = {
    "ssvr": Case(
        master + 2 * ROOTS * sp.Min(sp.sqrt(storm), apart),
        ("gamma", "beta", "b0"),
        "d^(1/2) N^(-1/3)",
        {"gamma": "d^(-1/2) K^(-2/3)", "beta": "K^(-2/3)", "b0": "1"},
        **STORM,
    ),
    "ssvr-finite-sum": Case(
        master + 2 * ROOTS * snapshot,
        ("gamma", "beta", "I"),
        "m^(1/4) d^(1/2) N^(-1/2)",
        {"gamma": "m^(-1/4) d^(-1/2) K^(-1/2)", "beta": "m^(-1)", "I": "m"},
        [*BETA, at_least(interval, 1)],
        m * sp.ceiling(K / interval) + 3 * (K - 1),
        ("N >= m",),
    ),
    "ssvr-majority": Case(
        master
        + sp.Min(
            2 * ROOTS * sp.sqrt((R**2 * d + storm) / n),
            R * d / sp.sqrt(n) + 2 * ROOTS * sp.sqrt(storm / n),
        ),
        ("gamma", "beta", "b0", "R"),
        "d^(1/2) N^(-1/2) + d n^(-1/2)",
        {"gamma": "d^(-1/2) K^(-1/2)", "beta": "1", "b0": "1", "R": "1"},
        [*BETA, *BATCH, at_least(R, G * (2 - beta) / beta)],
        b0 + 2 * (K - 1),
    ),
    "ssvr-majority-randomised": Case(
        2 * R * Delta / (gamma * K) + L * R * gamma * d + storm,
        ("gamma", "beta", "b0"),
        "d^(1/2) N^(-1/2)",
        {"gamma": "d^(-1/2) K^(-1/2)", "beta": "K^(-1/2)", "b0": "1"},
        order=2,
        **STORM,
    ),
    "signsgd": Case(
        master + ROOTS * sigma / sp.sqrt(b),
        ("gamma", "b"),
        "d^(1/2) N^(-1/4)",
        {"gamma": "d^(-1/2) K^(-1/2)", "b": "K", "N": "K^2"},
        [at_least(b, 1)],
        b * K,
    ),
    "signsgd-momentum": Case(
        master + 2 * ROOTS * momentum(sp.S.One),
        ("gamma", "beta", "b0"),
        "d^(1/2) N^(-1/4)",
        {"gamma": "d^(-1/2) K^(-3/4)", "beta": "K^(-1/2)"},
        **MOMENTUM,
    ),
    "sign-svrg": Case(
        master + ROOTS * L_avg * h * (m - 1) / 2,
        ("gamma",),
        "m^(1/2) d^(1/2) N^(-1/2)",
        {"gamma": "m^(-1/2) d^(-1/2) K^(-1/2)"},
        calls=SNAPSHOTS,
        condition=("N >= m",),
    ),
    "sign-rvr": Case(
        master + 2 * ROOTS * L_max * h * (m - 1) ** 2 / m,
        ("gamma",),
        "m^(1/2) d^(1/2) N^(-1/2)",
        {"gamma": "m^(-1/2) d^(-1/2) K^(-1/2)"},
        calls=SNAPSHOTS,
        condition=("N >= m",),
    ),
    "mv-signsgd-momentum": Case(
        master + R * d / sp.sqrt(n) + 2 * ROOTS * momentum(n),
        ("gamma", "beta", "b0"),
        "d^(1/2) N^(-1/2) + d n^(-1/2)",
        {"gamma": "d^(-1/2) K^(-1/2)", "beta": "1"},
        **MOMENTUM,
    ),
    "sto-signsgd": Case(
        master + R * d / sp.sqrt(n),
        ("gamma",),
        "d^(1/2) N^(-1/2) + d n^(-1/2)",
        {"gamma": "d^(-1/2) K^(-1/2)"},
    ),
    "sto-signsgd-randomised": Case(
        R * Delta / (gamma * K) + L * R * gamma * d / 2,
        ("gamma",),
        "d^(1/2) N^(-1/2)",
        {"gamma": "d^(-1/2) K^(-1/2)"},
        order=2,
    ),
    "ssdm": Case(
        master + 2 * momentum(sp.S.One),
        ("gamma", "beta", "b0"),
        "d^(1/8) N^(-1/4)",
        {"gamma": "d^(-1/8) K^(-3/4)", "beta": "d^(1/4) K^(-1/2)"},
        condition=("N >= d^(3/2)",),
        **MOMENTUM,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_rate_schedule_and_regime(name: str) -> None:
    case = CASES[name]
    rate = case.find()
    assert rate.text() == case.rate
    assert {p: rate.schedule[p].text() for p in case.schedule} == case.schedule
    assert tuple(rate.conditions()) == case.condition
    assert not (rate.logarithmic or rate.linear or rate.supposes)


@pytest.mark.parametrize("name", ["ssvr-majority-randomised", "sto-signsgd-randomised"])
def test_rate_of_the_norm_after_the_root(name: str) -> None:
    assert CASES[name].find().rooted().text() == "d^(1/4) N^(-1/4)"


def test_calls_to_a_target() -> None:
    assert CASES["ssvr"].find().complexity().text() == "d^(3/2) eps^(-3)"
    assert CASES["signsgd"].find().complexity("t").text() == "d^2 t^(-4)"
    assert CASES["ssvr-finite-sum"].find().complexity().text() == "m^(1/2) d eps^(-2)"


def test_other_bounds_have_other_rates() -> None:
    ssvr, signum = CASES["ssvr"], CASES["signsgd-momentum"]
    worse = signum.find(signum.bound - master + Delta / (gamma * K) + L * gamma * d**2 / 2)
    assert worse.text() == "d^(1/2) N^(-1/4)"
    assert worse.conditions() == ["N >= d^2"]
    # Without the root over the noise, and with one more root of d.
    mean_square = master + 2 * ROOTS * storm
    assert ssvr.find(mean_square).text() == "d^(1/2) N^(-1/2)"
    assert ssvr.find(ssvr.bound + d / sp.sqrt(K)).text() == "d^(1/2) N^(-1/3)"
    assert ssvr.find(ssvr.bound + d * K ** sp.Rational(-1, 4)).text() == "d N^(-1/4)"


def exponent(case: Case, point: dict[str, sp.Rational]) -> float:
    """The slope in K of the bound at a schedule, d, m and n being fixed, at an enormous K."""
    ones = dict.fromkeys((L, L_avg, L_max, sigma, Delta, G, d, m, n), sp.S.One)

    def log_bound(digits: int) -> sp.Expr:
        values = {
            s: sp.Float(10, 60) ** (digits * point.get(s.name, 0)) for s in (gamma, beta, b0, b)
        }
        values = {s: v / 2 if s == beta else v for s, v in values.items()} | ones | {R: 4}
        # K beta grows on this grid, or its terms are of the order of others: the power is dropped.
        formula = case.bound.subs((1 - beta) ** K, 0)
        return sp.log(formula.subs(values).subs(K, sp.Float(10, 60) ** digits), 10)

    return float((log_bound(120) - log_bound(60)).evalf(20) / 60)


@pytest.mark.parametrize("name", ["signsgd-momentum", "ssvr", "ssdm"])
def test_no_schedule_on_a_grid_is_faster(name: str) -> None:
    case = CASES[name]
    rate = case.find()
    steps = [sp.Rational(-i, 12) for i in range(4, 13, 2)]
    steps += [rate.schedule["gamma"]["K"], rate.schedule["beta"]["K"]]
    slopes = {
        (g, w): exponent(case, {"gamma": sp.Rational(g), "beta": sp.Rational(w)})
        for g, w in product(map(sp.Rational, map(str, steps)), repeat=2)
    }
    best = (
        sp.Rational(str(rate.schedule["gamma"]["K"])),
        sp.Rational(str(rate.schedule["beta"]["K"])),
    )
    assert min(slopes.values()) == pytest.approx(float(rate.decay["N"]), abs=1e-6)
    assert slopes[best] == pytest.approx(float(rate.decay["N"]), abs=1e-6)


def test_monomials() -> None:
    one = Monomial.of({"d": 1, "K": 0})
    assert one == Monomial.of({"d": 1})
    assert (one**-2 * one * one).text() == "1"
    assert Monomial.of({"gamma": 1, "d": 2}).latex() == r"d^{2}\,\gamma"
