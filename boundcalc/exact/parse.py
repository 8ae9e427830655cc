"""What a user types as a number, read into exact numbers.

A value is a number or plain arithmetic on numbers: ``1/3``, ``2**-4``, ``sqrt(2)``, ``1e-3``.
Decimals are exact (``0.1`` is 1/10). The text is read as a syntax tree and only the few kinds of
node listed here are understood; nothing is evaluated as code. Sizes are bounded before anything is
computed, so that no text takes long.
"""

from __future__ import annotations

import ast
import math
import re
import sys
import warnings
from fractions import Fraction

from boundcalc.errors import UsageError
from boundcalc.exact.surd import Surd

LONGEST_TEXT = 200
LONGEST_LIST = 20_000
LARGEST_DECIMAL_EXPONENT = 400
LARGEST_BITS = 8192
MOST_ROOTS = 4
LARGEST_COUNT = 2**63 - 1

_LARGEST = Fraction(sys.float_info.max)
_SMALLEST = Fraction(sys.float_info.min)
_FOREIGN = re.compile(r"[^0-9A-Za-z_.+\-*/() ]")
_DECIMAL = re.compile(r"(?:\d[\d_]*)?(?:\.(?:\d[\d_]*)?)?(?:[eE]([+-]?\d[\d_]*))?")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_HINTS = {
    "^": "powers are written **",
    ",": "decimals are written with a point",
    "%": "a percentage is written as a fraction",
    "√": "roots are written sqrt(...)",
    "−": "the minus sign is -",
    "×": "products are written *",
    "·": "products are written *",
    "÷": "quotients are written /",
}


class _Unreadable(Exception):
    """Why a text is not a value; the caller says which text and which parameter."""


def parse_number(text: str, what: str = "value") -> Surd:
    """Read plain arithmetic on numbers as an exact real number.

    Args:
        text: decimals, ``+ - * / **``, parentheses and ``sqrt`` of rational numbers.
        what: the name of the value, for the error message.

    Returns:
        A rational, or a sum of rational multiples of square roots.

    Raises:
        UsageError: the text is not such a number, or it is outside the range of a float.
    """
    _check_text(text, what, LONGEST_TEXT)
    try:
        number = _Reader(text.strip()).number()
        _check_range(number)
    except (_Unreadable, ValueError, ZeroDivisionError) as error:
        raise UsageError(f"cannot read {what} = {_quote(text)}: {error}") from None
    except (RecursionError, MemoryError):
        raise UsageError(f"cannot read {what} = {_quote(text)}: nested too deeply") from None
    return number


def parse_assignment(text: str) -> tuple[str, Surd]:
    """Read ``NAME=VALUE``, as given to ``-p``.

    Raises:
        UsageError: the text does not have this form, or the value is not a number.
    """
    _check_text(text, "parameter", LONGEST_TEXT + 50)
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not _NAME.fullmatch(name):
        raise UsageError(f"{_quote(text)} is not of the form NAME=VALUE, for example gamma=1/10")
    return name, parse_number(value, name)


def parse_count(text: str, what: str = "count", *, least: int = 1) -> int:
    """Read a whole number such as ``10000``, ``1e4`` or ``10**4``.

    Args:
        text: plain arithmetic on numbers.
        what: the name of the count, for the error message.
        least: the smallest count allowed.

    Raises:
        UsageError: the text is not a whole number from ``least`` to 2**63 - 1.
    """
    value = parse_number(text, what).as_fraction()
    if value is None or value.denominator != 1 or value < least:
        expected = "a positive whole number" if least == 1 else f"a whole number from {least}"
        raise UsageError(f"{what} must be {expected}, not {_quote(text)}")
    if value > LARGEST_COUNT:
        raise UsageError(f"{what} must be below 2**63, not {_quote(text)}")
    return value.numerator


def parse_counts(text: str, what: str = "count", *, least: int = 1) -> list[int | float]:
    """Read whole numbers separated by commas, such as ``10,20,1e3``; ``inf`` is one too.

    Raises:
        UsageError: one of them is missing or not a whole number from ``least`` to 2**63 - 1.
    """
    _check_text(text, what, LONGEST_LIST)
    parts = [part.strip() for part in text.split(",")]
    if "" in parts:
        raise UsageError(f"{what}: a number is missing between the commas of {_quote(text)}")
    return [math.inf if part == "inf" else parse_count(part, what, least=least) for part in parts]


class _Reader:
    """One reading of one text, which counts the roots it meets."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._roots = 0

    def number(self) -> Surd:
        """Return the number that the text stands for."""
        foreign = _FOREIGN.search(self._source)
        if foreign:
            raise _Unreadable(_complain(foreign.group()))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's own remarks on odd literals
                tree = ast.parse(self._source, mode="eval")
        except (SyntaxError, ValueError):
            raise _Unreadable(
                "not a number or plain arithmetic on numbers, such as 0.1, 1/3, 2**-4 or sqrt(2)"
            ) from None
        return self._value(tree.body)

    def _value(self, node: ast.expr) -> Surd:
        match node:
            case ast.Constant():
                return Surd.rational(self._decimal(node))
            case ast.UnaryOp(op=ast.USub()):
                return -self._value(node.operand)
            case ast.UnaryOp(op=ast.UAdd()):
                return self._value(node.operand)
            case ast.BinOp(op=ast.Add()):
                return self._value(node.left) + self._value(node.right)
            case ast.BinOp(op=ast.Sub()):
                return self._value(node.left) - self._value(node.right)
            case ast.BinOp(op=ast.Mult()):
                return self._value(node.left) * self._value(node.right)
            case ast.BinOp(op=ast.Div()):
                return self._value(node.left) / self._value(node.right)
            case ast.BinOp(op=ast.Pow()):
                return self._power(self._value(node.left), self._value(node.right))
            case ast.Call(func=ast.Name(id="sqrt"), args=[argument], keywords=[]):
                return self._root(self._value(argument))
        raise _Unreadable(self._refusal(node))

    def _decimal(self, node: ast.Constant) -> Fraction:
        """Return the literal as it is written: 0.1 is one tenth, not the float next to it."""
        literal = ast.get_source_segment(self._source, node) or ""
        found = _DECIMAL.fullmatch(literal)
        if not found:
            raise _Unreadable(f"{literal[:40]} is not a decimal number")
        if found[1] and abs(int(found[1])) > LARGEST_DECIMAL_EXPONENT:
            raise _Unreadable(f"{literal[:40]} is outside the range of floating-point numbers")
        return Fraction(literal.replace("_", ""))

    def _power(self, base: Surd, exponent: Surd) -> Surd:
        value = exponent.as_fraction()
        if value is None or value.denominator > 2:
            raise _Unreadable("an exponent must be a whole number or a half of one")
        if abs(value) * base.bits() > LARGEST_BITS:
            raise _Unreadable("the exponent is too large")
        return (base if value.denominator == 1 else self._root(base)) ** value.numerator

    def _root(self, number: Surd) -> Surd:
        value = number.as_fraction()
        if value is None:
            raise _Unreadable("a root is taken of rational numbers only, not of other roots")
        self._roots += 1
        if self._roots > MOST_ROOTS:
            raise _Unreadable(f"at most {MOST_ROOTS} roots in one value")
        return Surd.root(value)

    def _refusal(self, node: ast.expr) -> str:
        part = (ast.get_source_segment(self._source, node) or "")[:40]
        match node:
            case ast.Name(id=name) if name.casefold() in {"inf", "infinity", "nan"}:
                return "it must be a finite number"
            case ast.Name(id="sqrt"):
                return "sqrt needs a number in parentheses"
            case ast.Name():
                return f"{part} is a name, not a number"
            case ast.Call(func=ast.Name(id="sqrt")):
                return "sqrt takes one number"
            case ast.Call():
                return "the only function is sqrt"
            case ast.BinOp(op=ast.FloorDiv()):
                return "// is not understood; division is written /"
        return f"{part} is not arithmetic on numbers"


def _check_text(text: object, what: str, longest: int) -> None:
    if not isinstance(text, str):
        raise UsageError(f"{what} must be given as text, not as {type(text).__name__}")
    if not text.strip():
        raise UsageError(f"{what} is empty: a number is needed, such as 0.1, 1/3 or 2**-4")
    if len(text) > longest:
        raise UsageError(f"{what} is {len(text)} characters long: at most {longest} are read")


def _check_range(number: Surd) -> None:
    if number.is_zero:
        return
    exact = number.as_fraction()
    size = abs(number.approximate(LARGEST_BITS) if exact is None else exact)
    if size > _LARGEST:
        raise _Unreadable("larger than any floating-point number (1.8e308)")
    if size < _SMALLEST:
        raise _Unreadable("closer to zero than floating-point numbers are (2.2e-308)")


def _complain(character: str) -> str:
    if hint := _HINTS.get(character):
        return hint
    shown = repr(character) if character.isascii() else f"{character!a} (not plain ASCII)"
    return f"the character {shown} is not understood"


def _quote(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
