"""Bounds read as monomials: upper bounds up to a constant, exact optima, input refused."""

from __future__ import annotations

import random

import pytest
import sympy as sp

from boundcalc.bounds.rates import Monomial, find_rate
from boundcalc.bounds.rates.constants import Constants
from boundcalc.bounds.rates.reading import Reader
from boundcalc.errors import UsageError
from boundcalc.kernel.conditions import at_least, exceeds

K, d, n, gamma, beta, B, c = sp.symbols("K d n gamma beta B c", positive=True)
VARIABLES = frozenset({"K", "d", "n", "gamma", "beta"})
READER = Reader(VARIABLES, small=frozenset({"beta"}), large=frozenset({"K", "d", "n"}))
STEP = [exceeds(gamma), at_least(1, gamma)]


def value(monomial: Monomial, point: dict[sp.Symbol, sp.Expr]) -> float:
    names = {s.name: float(v) for s, v in point.items()}
    result = 1.0
    for name, exponent in monomial.powers:
        result *= names[name] ** float(exponent)
    return result


FORMULAS = [
    sp.sqrt(d / K + beta**2 * d) / (beta * (2 - beta)),
    (sp.sqrt(gamma) + sp.sqrt(beta + 4 * gamma * d)) ** 2 / n,
    (1 - (1 - beta) ** K) / (beta * K),
    sp.ceiling(K / d) * gamma + sp.Max(gamma, beta),
    sp.sqrt(((1 - beta) * gamma * d + beta) ** 2),
    1 / (1 / gamma + d / beta),
    gamma / (1 - beta / 2 + d),
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_every_reading_bounds_the_formula(formula: sp.Expr) -> None:
    draw = random.Random(1)
    powers = sorted(READER.powers(formula), key=str)
    readers = [READER, Reader(VARIABLES, small=READER.small, large=READER.large,
                              fallen=frozenset(powers))]  # fmt: skip
    checked = 0
    for _ in range(60):
        point = {
            K: sp.Integer(draw.randint(1, 10 ** draw.randint(1, 5))),
            d: sp.Integer(draw.randint(1, 10 ** draw.randint(1, 4))),
            n: sp.Integer(draw.randint(1, 100)),
            gamma: sp.Float(10 ** draw.uniform(-4, 2)),
            beta: sp.Float(10 ** draw.uniform(-4, 0)),
        }
        exact = float(formula.subs(point))
        for option in (o for reader in readers for o in reader.above(formula)):
            if all(value(need.monomial, point) <= 0.5 for need in option.needs):
                assert exact <= 16 * sum(value(m, point) for m in option.terms)
                checked += 1
    assert checked >= 10


def test_differences_keep_their_larger_part() -> None:
    (low,) = READER.below(gamma / 2 - gamma**2 * d)
    assert low.terms == {Monomial.of({"gamma": 1})}
    assert {need.monomial for need in low.needs} == {Monomial.of({"gamma": 1, "d": 1})}
    assert {o.supposes for o in READER.below(gamma * (1 - B))} == {frozenset({1 - B})}
    real = sp.Symbol("B", real=True)
    known = Reader(VARIABLES, constants=Constants(facts=(exceeds(1, real), at_least(real))))
    assert {o.supposes for o in known.below(gamma * (1 - real))} == {frozenset()}


def test_a_condition_turns_a_difference_into_a_limit_of_the_step() -> None:
    rate = find_rate(1 / (K * (gamma - gamma**2 * d)), ["gamma"])
    assert (rate.text(), rate.schedule["gamma"].text()) == ("d N^(-1)", "d^(-1)")


def test_floor_and_what_vanishes_beside_it() -> None:
    transient = 1 / (gamma * K) + gamma
    assert find_rate(transient + c, ["gamma"]).text() == "N^(-1/2) + 1"
    # A step of the order of the floor would only make the floor larger; where it is of lower
    # order, because it is at most one, it need not decay.
    assert find_rate(transient + d, ["gamma"]).text() == "N^(-1/2) + d"
    assert find_rate(transient + d, ["gamma"], STEP).text() == "N^(-1) + d"


def test_linear_rates() -> None:
    from boundcalc.kernel.powers import Power

    bound = {"start": Power(gamma * c, K), "noise": gamma / n}
    linear = find_rate(bound, ["gamma"], [at_least(1, gamma * d)], contraction=gamma * c)
    assert linear.linear
    assert linear.text() == "exp(-c d^(-1) N) + d^(-1) n^(-1)"
    slow = find_rate(bound, ["gamma"], [at_least(1, gamma * d)])
    assert slow.logarithmic
    assert slow.text() == "N^(-1) n^(-1) (up to logarithms)"
    assert slow.schedule_text() == ["gamma ~ log K K^(-1)"]
    assert slow.conditions() == ["N >= d"]


REFUSED = {
    "no monomial": (sp.exp(gamma) / K, STEP, "no sum of generalised monomials"),
    "a float": (gamma / K + 0.5, STEP, "fractions"),
    "no sign": (1 / (K * (beta - gamma - gamma**2)), [*STEP, at_least(gamma, beta)], "conditions"),
    "never positive": (1 / (K - 2 * K**2), STEP, "nothing shows"),
    "no upper limit": (1 / (gamma * K), [], "as fast as one likes"),
    "constant": (sp.S.One * c, STEP, "no term of the bound decays"),
    "contradiction": (1 / K + gamma, [at_least(1, gamma), at_least(gamma, d)], "conditions"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    bound, given, message = REFUSED[name]
    with pytest.raises(UsageError, match=message):
        find_rate(bound, ["gamma"] + (["beta"] if bound.has(beta) else []), given)


def test_the_variables_of_the_rate_cannot_be_chosen() -> None:
    with pytest.raises(UsageError, match="d cannot be chosen"):
        find_rate(1 / K, ["d"])
    with pytest.raises(UsageError, match="another name"):
        find_rate(1 / K, []).complexity("d")
