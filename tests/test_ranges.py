"""What parameters run through, as a person writes it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import boundcalc
from boundcalc import UsageError
from boundcalc.exact.ranges import read_range, read_ranges


def values(text: str, *whole: str) -> list[Fraction | None]:
    return [value.as_fraction() for value in read_range(text, whole).values]


def test_ends_are_exact_and_steps_are_equal() -> None:
    assert values("gamma=1/3:4/3:3") == [Fraction(1, 3), Fraction("0.833333333333"), Fraction(4, 3)]
    assert values("x=0:1:5") == [Fraction(i, 4) for i in range(5)]


def test_geometric_steps() -> None:
    axis = read_range("gamma=1e-4:1:9log")
    assert axis.log and axis.floats == pytest.approx([10 ** (-4 + i / 2) for i in range(9)])


def test_whole_numbers_are_every_one_or_spread_and_rounded() -> None:
    assert values("tau=0:50", "tau") == list(range(51))
    assert values("n=1:64:7log", "n") == [1, 2, 4, 8, 16, 32, 64]
    # Rounded, 12 values between 1 and 6 are six.
    assert values("k=1:6:12log", "k") == [1, 2, 3, 4, 5, 6]
    many = values("d=1:1000", "d")
    assert len(many) == 20 and (many[0], many[-1]) == (1, 1000)


def test_a_list_is_sorted_and_without_doubles() -> None:
    assert values("tau=10,0,5,0", "tau") == [0, 5, 10]
    assert values("x=sqrt(4),1/2") == [Fraction(1, 2), 2]


@given(
    st.integers(-1000, 1000), st.integers(1, 2000), st.integers(2, 300), st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_values_rise_from_end_to_end(
    first: int, apart: int, count: int, log: bool, whole: bool
) -> None:
    if log and first <= 0:
        first = 1 - first
    text = f"x={first}:{first + apart}:{count}{'log' if log else ''}"
    found = values(text, *(["x"] if whole else []))
    assert (found[0], found[-1]) == (first, first + apart)
    assert found == sorted(set(found)) and len(found) <= count
    assert not whole or all(value is not None and value.denominator == 1 for value in found)
    assert whole or len(found) == count


def test_ranges_as_wide_as_floats_are() -> None:
    axis = read_range("x=1e-300:1e300:7log")
    assert axis.floats == pytest.approx([10.0 ** (-300 + 100 * i) for i in range(7)])


def test_the_theorem_says_which_numbers_are_whole() -> None:
    theorem = boundcalc.theorem("delayed-dcgd-convex")
    tau, omega = read_ranges(["tau=0:3", "omega=0:3"], theorem.whole)
    assert tau.floats == [0, 1, 2, 3] and len(omega.values) == 20
    with pytest.raises(UsageError, match="tau is given twice"):
        read_ranges(["tau=0:3", "tau=1,2"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tau", "not of the form NAME=FROM:TO:COUNT"),
        ("=1:2", "not of the form"),
        ("tau=", "not of the form"),
        ("x=1:2:3:4", "the range of x is FROM:TO:COUNT"),
        ("x=1:2:log:5", "the range of x is"),
        ("x=2:1", "the values of x rise"),
        ("x=1:1", "the values of x rise"),
        ("x=0:1:5log", "starts above 0"),
        ("x=1:2:1", "x takes 2 to 10000 values, not 1"),
        ("x=1:2:10001", "x takes 2 to 10000 values"),
        ("x=1:2:" + "9" * 5000, "the number of values of x"),
        ("x=1,,2", "x is empty"),
        ("x=a:b", "a is a name, not a number"),
        ("x=1:inf", "must be a finite number"),
        ("tau=0:2.5", "tau runs through whole numbers, and 2.5 is none"),
        ("tau=1,1/2", "tau runs through whole numbers, and 1/2 is none"),
    ],
)
def test_what_is_no_axis(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read_range(text, ["tau"])


@pytest.mark.parametrize(
    ("text", "log"),
    [
        ("k=1,2,5,10,100", True),
        ("k=1,2,4", True),
        ("k=1,2,3", False),
        ("k=10,20,30,45", False),
        ("gamma=0,0.1,10", False),
        ("gamma=0.1,10", False),
        ("gamma=1,2,3,4", False),
    ],
)
def test_a_list_is_geometric_where_it_is_more_so_than_arithmetic(text: str, log: bool) -> None:
    assert read_range(text).log == log
