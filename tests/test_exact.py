"""Exact arithmetic at the border, and rounding to the safe side."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import exact, fulfils, number, upper
from boundcalc.exact.surd import Surd
from boundcalc.kernel.conditions import at_least, exceeds
from boundcalc.kernel.powers import Power, Shortfall, complement

x, y, K = sp.symbols("x y K", real=True)
small = st.fractions(-5, 5, max_denominator=50)


@given(small, small)
def test_formulas_have_the_value_of_rational_arithmetic(a: Fraction, b: Fraction) -> None:
    formula = (x - y) ** 3 / (1 + x**2) + sp.Rational(1, 3) * y
    expected = (a - b) ** 3 / (1 + a * a) + Fraction(1, 3) * b
    assert exact(formula, {x: Surd.rational(a), y: Surd.rational(b)}).as_fraction() == expected


def test_conditions_on_the_border() -> None:
    root = number(sp.sqrt(2))
    assert fulfils(at_least(x**2, 2), {x: root})
    assert not fulfils(exceeds(x**2, 2), {x: root})
    assert not fulfils(at_least(1 / (x**2 - 2)), {x: root})
    close = Surd.rational(Fraction(1, 10**60))
    assert fulfils(exceeds(x), {x: close})
    assert not fulfils(at_least(-x), {x: close})


@given(small, small, small)
def test_signs_of_surds(a: Fraction, b: Fraction, c: Fraction) -> None:
    surd = Surd.rational(a) + Surd.rational(b) * Surd.root(Fraction(2))
    surd = surd + Surd.rational(c) * Surd.root(Fraction(3))
    value = float(a) + float(b) * math.sqrt(2) + float(c) * math.sqrt(3)
    if abs(value) > 1e-9:
        assert surd.sign() == math.copysign(1, value)
    assert (surd - surd).sign() == 0
    assert float(surd) == pytest.approx(value, abs=1e-12)


@given(
    st.fractions(Fraction(1, 10**15), 1, max_denominator=10**15),
    st.integers(0, 10**12),
)
def test_upper_values_of_powers(rate: Fraction, count: int) -> None:
    values = {x: Surd.rational(rate), K: Surd.rational(count)}
    with mp.workdps(60):
        rest = 1 - mp.mpf(rate.numerator) / rate.denominator
        power = rest**count
        for formula, true in ((Power(x, K), power), (Shortfall(x, K), 1 - power)):
            found = mp.mpf(upper(formula, values))
            assert true <= found or mp.almosteq(true, found, mp.mpf("1e-50"))
            assert found <= true * (1 + mp.mpf("3e-16")) + mp.mpf("5e-324")


def test_upper_rounds_up_and_knows_infinity() -> None:
    third = upper(1 / x, {x: Surd.rational(3)})
    assert Fraction(third) >= Fraction(1, 3) > Fraction(math.nextafter(third, 0))
    assert upper(1 / x, {x: Surd.rational(0)}) == math.inf
    assert upper(sp.sqrt(x), {x: Surd.rational(2)}) ** 2 >= 2


def test_complement_of_a_power_stays_whole() -> None:
    assert complement(Power(x, K)) == Shortfall(x, K)
    assert complement(x) == 1 - x
    assert str(Power(x, K)) == "(1 - x)**K"
    assert sp.latex(Shortfall(x, K)) == r"\bigl(1-(1-x)^{K}\bigr)"


def test_floats_stand_for_the_decimals_they_print_as() -> None:
    assert number(0.1).as_fraction() == Fraction(1, 10)
    assert number(Fraction(2, 3)).as_fraction() == Fraction(2, 3)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), True, "one", None, 1j])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="Delta must be"):
        number(value, "Delta")
