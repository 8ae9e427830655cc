"""What a user types as a number: exact where it is one, refused in one line where it is not."""

import math
import string
import subprocess
import sys
import time
from contextlib import suppress
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import assume, example, given
from hypothesis import strategies as st

from boundcalc.errors import BoundcalcError, ProofError, UnreachableError, UsageError, nearest
from boundcalc.exact.parse import parse_assignment, parse_count, parse_counts, parse_number
from boundcalc.exact.surd import Surd

IN_RANGE = st.fractions(-(10**40), 10**40, max_denominator=10**40)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/3", sp.Rational(1, 3)),
        ("2**-4", sp.Rational(1, 16)),
        ("0.1", sp.Rational(1, 10)),
        (".5", sp.Rational(1, 2)),
        ("5.", sp.Integer(5)),
        ("1e-3", sp.Rational(1, 1000)),
        ("1E+3", sp.Integer(1000)),
        ("1_000.5", sp.Rational(2001, 2)),
        (
            "0.1000000000000000055511151231257827",
            sp.Rational("0.1000000000000000055511151231257827"),
        ),
        ("  -(1 + 2)*3 ", sp.Integer(-9)),
        ("-2**2", sp.Integer(-4)),
        ("2**3**2", sp.Integer(512)),
        ("0", sp.Integer(0)),
        ("-0.0", sp.Integer(0)),
        ("0**0", sp.Integer(1)),
        ("1e399*1e-399", sp.Integer(1)),
        ("sqrt(2)", sp.sqrt(2)),
        ("sqrt(8)", 2 * sp.sqrt(2)),
        ("sqrt(4/9)", sp.Rational(2, 3)),
        ("sqrt(0)", sp.Integer(0)),
        ("sqrt(1e-20)", sp.Rational(1, 10**10)),
        ("1/sqrt(2)", sp.sqrt(2) / 2),
        ("2**(1/2)", sp.sqrt(2)),
        ("4**-0.5", sp.Rational(1, 2)),
        ("2**1.5", 2 * sp.sqrt(2)),
        ("sqrt(2)*sqrt(3) - sqrt(6)", sp.Integer(0)),
        ("(1 + sqrt(5))/2", (1 + sp.sqrt(5)) / 2),
        ("1/(1 + sqrt(2))", sp.sqrt(2) - 1),
        ("(sqrt(2) + 1)*(sqrt(2) - 1)", sp.Integer(1)),
        ("sqrt(sqrt(16))", sp.Integer(2)),
        ("sqrt(3.14159265358979)", sp.sqrt(sp.Rational("3.14159265358979"))),
    ],
)
def test_arithmetic_is_exact(text: str, value: sp.Expr) -> None:
    assert sp.expand(parse_number(text).to_sympy() - value) == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "gamma is empty"),
        ("   ", "gamma is empty"),
        ("x", "x is a name, not a number"),
        ("sigma + 1", "sigma is a name"),
        ("inf", "finite"),
        ("-inf", "finite"),
        ("nan", "finite"),
        ("NaN", "finite"),
        ("1e400", "larger than any"),
        ("1e401", "outside the range"),
        ("1e999999999", "outside the range"),
        ("1e-999999999", "outside the range"),
        ("1e309", "larger than any"),
        ("1e200*1e200", "larger than any"),
        ("1e-310", "closer to zero"),
        ("sqrt(5)*1e308", "larger than any"),
        ("1/0", "division by zero"),
        ("0**-1", "division by zero"),
        ("1/(sqrt(2)*sqrt(3) - sqrt(6))", "division by zero"),
        ("sqrt(-1)", "negative"),
        ("(-8)**0.5", "negative"),
        ("sqrt(1 - 2)", "negative"),
        ("sqrt(sqrt(2))", "rational numbers only"),
        ("8**(1/3)", "exponent must be"),
        ("2**sqrt(2)", "exponent must be"),
        ("2**10**10", "exponent is too large"),
        ("2**2**2**2**2**2", "exponent is too large"),
        ("(1 + sqrt(2))**100000", "exponent is too large"),
        ("10**-100000", "exponent is too large"),
        ("sqrt(2)+sqrt(3)+sqrt(5)+sqrt(7)+sqrt(11)", "at most 4 roots"),
        ("sqrt(1000000000000000000000000000057)", "too many digits under the root"),
        ("sqrt", "sqrt needs"),
        ("sqrt()", "sqrt takes one number"),
        ("sqrt(1, 2)", "decimals are written with a point"),
        ("exp(1)", "the only function is sqrt"),
        ("sqrt(2).real", "not arithmetic"),
        ("(1).__class__", "not arithmetic"),
        ("__import__", "is a name"),
        ("1 if 1 else 2", "not arithmetic"),
        ("not 1", "not arithmetic"),
        ("True", "not a decimal"),
        ("None", "not a decimal"),
        ("...", "not a decimal"),
        ("1j", "not a decimal"),
        ("0x10", "not a decimal"),
        ("0777", "not a number"),
        ("1//2", "division is written /"),
        ("2^3", "powers are written **"),
        ("0,1", "decimals are written with a point"),
        ("5%", "fraction"),
        ("'1'", "is not understood"),
        ("1=1", "is not understood"),
        ("1\n", None),
        ("1\n+1", "is not understood"),
        ("1\0", "is not understood"),
        ("\uff11", "not plain ASCII"),
        ("\u0661", "not plain ASCII"),
        ("\u22121", "the minus sign is -"),
        ("\ud800", "not plain ASCII"),
        ("1 2", "not a number"),
        ("1 +", "not a number"),
        ("(" * 99 + "1", "not a number"),
        ("1if 1else 2", "not arithmetic"),
        ("1" * 201, "at most 200 are read"),
    ],
)
def test_everything_else_is_refused_in_one_line(text: str, reason: str | None) -> None:
    if reason is None:  # surrounding white space is not part of the value
        assert parse_number(text) == Surd.rational(1)
        return
    with pytest.raises(UsageError) as refused:
        parse_number(text, "gamma")
    message = str(refused.value)
    assert reason in message
    assert "gamma" in message
    assert message.isprintable(), message
    assert len(message) < 250


@pytest.mark.parametrize("text", [b"1", 1, 1.5, None, ["1"]])
def test_only_text_is_read(text: object) -> None:
    with pytest.raises(UsageError, match="must be given as text"):
        parse_number(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["(" * 90 + "1" + ")" * 90, "-" * 198 + "1", "+-" * 99 + "1"])
def test_deep_nesting_is_read_or_refused(text: str) -> None:
    with suppress(UsageError):
        assert abs(float(parse_number(text))) == 1


@given(IN_RANGE)
def test_a_rational_printed_is_read_back(value: Fraction) -> None:
    assert parse_number(str(value)).as_fraction() == value


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_a_float_is_read_as_the_decimal_it_prints(value: float) -> None:
    read = parse_number(repr(value)).as_fraction()
    assert read is not None
    assert read == Fraction(repr(value))
    assert float(read) == value


@st.composite
def arithmetic(draw: st.DrawFn, depth: int = 3) -> tuple[str, Fraction]:
    """An expression as text, and its value by rational arithmetic done here."""
    if depth == 0 or draw(st.booleans()):
        literal = draw(
            st.one_of(
                st.integers(0, 999).map(str),
                st.decimals(0, 99, places=2).map(str),
                st.builds("{}e{}".format, st.integers(0, 99), st.integers(-4, 4)),
            )
        )
        return literal, Fraction(literal)
    left_text, left = draw(arithmetic(depth - 1))
    operator = draw(st.sampled_from(["+", "-", "*", "/", "**", "neg"]))
    if operator == "neg":
        return f"-({left_text})", -left
    if operator == "**":
        exponent = draw(st.integers(-3, 3))
        assume(left != 0 or exponent >= 0)
        return f"({left_text})**{exponent}", left**exponent
    right_text, right = draw(arithmetic(depth - 1))
    assume(operator != "/" or right != 0)
    value = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
    }[operator]()
    return f"({left_text}) {operator} ({right_text})", value


@given(arithmetic())
def test_agrees_with_rational_arithmetic(expression: tuple[str, Fraction]) -> None:
    text, value = expression
    assume(len(text) <= 200)
    assert parse_number(text).as_fraction() == value


SURDS = st.dictionaries(
    st.sampled_from([1, 2, 3, 5, 6, 10, 15, 30, 7]),
    st.fractions(-9, 9, max_denominator=9).filter(bool),
    max_size=5,
).map(Surd)


@given(SURDS, SURDS)
def test_surds_form_a_field(x: Surd, y: Surd) -> None:
    assert x + y == y + x
    assert (x - y) + y == x
    assert x * y == y * x
    assert math.isclose(
        float((x * y).approximate(80)),
        float(x.approximate(80)) * float(y.approximate(80)),
        rel_tol=1e-9,
        abs_tol=1e-9,
    )
    assert x.is_zero == (x.approximate(200) == 0)
    if not y.is_zero:
        assert (x / y) * y == x
        assert y**-2 * y * y == Surd.rational(1)


@given(st.fractions(0, 10**9, max_denominator=10**9))
def test_a_root_squared_is_the_number(value: Fraction) -> None:
    root = Surd.root(value)
    assert root * root == Surd.rational(value)
    assert all(sp.factorint(r) == dict.fromkeys(sp.factorint(r), 1) for r in root.terms)


@given(st.integers(2, 10**6), st.integers(1, 10**6))
@example(999_983, 999_979)
def test_square_factors_are_found(square: int, rest: int) -> None:
    assert Surd.root(Fraction(square * square)) == Surd.rational(square)
    assert Surd.root(Fraction(square**2 * rest)) == Surd.rational(square) * Surd.root(
        Fraction(rest)
    )


ALPHABET = string.digits * 3 + "+-*/.()e_" * 4 + " sqrtinfax=,^%'\"\\[]{}:;!~@\n\0" + "√−×１π²"


@example("9" * 200)
@example("sqrt(999999999999999989*999999999999999967)" * 4)
@example("*".join(f"sqrt({10**17 + k}/{10**17 - k})" for k in range(1, 4)))
@example("1/(" + "+".join(f"sqrt({10**17 + 2 * k + 1})" for k in range(4)) + ")")
@example("(1e399+sqrt(2)+sqrt(3)+sqrt(5))**3")
@example("((2**99)**9)**9")
@given(
    st.one_of(
        st.text(max_size=250),
        st.text(ALPHABET, max_size=200),
        st.lists(
            st.sampled_from(["sqrt(", "(", ")", "1", "2", "9e99", "1e-99", ".5", "**", *"+-*/"]),
            max_size=60,
        ).map("".join),
    )
)
def test_any_text_is_read_or_refused_quickly(text: str) -> None:
    for parse in (parse_number, parse_count, parse_counts, parse_assignment):
        started = time.process_time()
        try:
            value = parse(text)
        except UsageError as refused:
            value = None
            assert str(refused).isprintable()
        assert time.process_time() - started < 1
        if isinstance(value, sp.Expr):
            assert value.is_real
            assert value == 0 or 0 < abs(float(value)) < math.inf


def test_an_assignment_names_and_reads() -> None:
    assert parse_assignment("gamma=1/5") == ("gamma", Surd.rational(Fraction(1, 5)))
    assert parse_assignment(" sigma2 = 2**-4 ") == ("sigma2", Surd.rational(Fraction(1, 16)))


@pytest.mark.parametrize("text", ["gamma", "=1", "1=1", "a b=1", "", "γ=1", "gamma:1", "a.b=1"])
def test_an_assignment_needs_a_name(text: str) -> None:
    with pytest.raises(UsageError):
        parse_assignment(text)


@pytest.mark.parametrize("text", ["gamma=", "gamma==1", "gamma=1=1", "gamma=mu"])
def test_an_assignment_needs_a_number(text: str) -> None:
    with pytest.raises(UsageError, match="gamma"):
        parse_assignment(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [("7", 7), ("1e4", 10_000), ("10**4", 10_000), ("2**10", 1024), ("1.5e3", 1500), ("6/2", 3)],
)
def test_a_count_is_a_whole_number(text: str, count: int) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize("text", ["0", "-3", "1.5", "1/3", "sqrt(2)", "2**63", "1e300", "many"])
def test_a_count_is_refused_otherwise(text: str) -> None:
    with pytest.raises(UsageError, match="iterations"):
        parse_count(text, "iterations")


def test_a_count_may_start_at_zero() -> None:
    assert parse_count("0", least=0) == 0
    with pytest.raises(UsageError, match="a whole number from 0"):
        parse_count("-1", least=0)


def test_counts_are_separated_by_commas() -> None:
    assert parse_counts("10,20, 1e3, inf") == [10, 20, 1000, math.inf]
    with pytest.raises(UsageError, match="between the commas"):
        parse_counts("10,,20")
    for text in ("", "10,,20", "10,", "10;20", "10,0"):
        with pytest.raises(UsageError):
            parse_counts(text)


def test_reading_a_count_needs_no_sympy() -> None:
    program = (
        "import sys; from boundcalc.exact.parse import parse_count; parse_count('1e4');"
        "sys.exit('sympy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_errors_carry_their_exit_status() -> None:
    statuses = {e: e.exit_status for e in (UsageError, ProofError, UnreachableError)}
    assert statuses == {UsageError: 2, ProofError: 1, UnreachableError: 1}
    assert all(issubclass(e, BoundcalcError) for e in statuses)


def test_the_nearest_names_are_suggested() -> None:
    names = ["sgd-pl", "sgdm-pl", "sgd-nonconvex"]
    assert nearest("sgd-nonconvx", names) == "; did you mean 'sgd-nonconvex'?"
    assert nearest("SGDM-PL", names).startswith("; did you mean 'sgdm-pl' or 'sgd-pl'")
    assert nearest("zzz", names) == ""
    assert nearest("x" * 10**6, names) == ""
