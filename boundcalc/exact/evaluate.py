"""Formulas at numbers: exactly, and in outward-rounded intervals.

Conditions are decided in exact arithmetic on rationals and square roots, so a value on the border
of what is admissible counts as admissible. Bounds are evaluated in interval arithmetic and rounded
up, so that a printed bound is a proved one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from boundcalc.errors import UsageError
from boundcalc.exact.surd import Surd
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.powers import Discounted, Power, Shortfall

#: Values of symbols; the numerals of a proof parameter are kept short (see ``search``).
Numbers = Mapping[sp.Symbol, Surd]

# Bits of the intervals at first and at most, and to how many bits a value has to be known.
_BITS, _MOST_BITS, _TIGHT = 256, 1 << 14, 60


def number(value: Any, what: str = "value") -> Surd:
    """Any real number as an exact one; a float stands for the decimal that it prints as.

    Raises :class:`UsageError` for what is not a finite real number.
    """
    if isinstance(value, Surd):
        return value
    if isinstance(value, bool):
        raise UsageError(f"{what} must be a number, not {value!r}")
    if isinstance(value, int | Fraction):
        return Surd.rational(value)
    if isinstance(value, sp.Expr):
        return exact(value, {})
    try:
        as_float = float(value)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{what} must be a number, not {value!r}") from None
    if not math.isfinite(as_float):
        raise UsageError(f"{what} must be finite, not {value!r}")
    return Surd.rational(Fraction(repr(as_float)))


def exact(expression: sp.Expr, values: Numbers) -> Surd:
    """Return the value of a formula made of ``+ - * /``, whole powers and roots of rationals.

    Raises ``ZeroDivisionError`` where a denominator vanishes, ``KeyError`` for a symbol without a
    value.
    """
    if expression.is_Symbol:
        return values[expression]
    if expression.is_Rational:
        return Surd.rational(Fraction(int(expression.p), int(expression.q)))
    if expression.is_Add:
        total = Surd.rational(0)
        for term in expression.args:
            total = total + exact(term, values)
        return total
    if expression.is_Mul:
        product = Surd.rational(1)
        for factor in expression.args:
            product = product * exact(factor, values)
        return product
    if expression.is_Pow:
        base, exponent = expression.args
        value = exact(base, values)
        if exponent.is_Integer:
            return value ** int(exponent)
        rational = value.as_fraction()
        if rational is not None and exponent.is_Rational and exponent.q == 2:
            return Surd.root(rational) ** int(exponent.p)
    raise UsageError(f"{expression} cannot be evaluated exactly")


def fulfils(condition: Condition, values: Numbers) -> bool:
    """Return whether the condition holds at these numbers, decided exactly."""
    try:
        margin = exact(condition.left, values) - exact(condition.right, values)
    except ZeroDivisionError:
        return False
    sign = margin.sign()
    return sign > 0 or (sign == 0 and not condition.strict)


def upper(expression: sp.Expr, values: Numbers) -> float:
    """Return a float not below the exact value of the formula; ``inf`` where it is infinite.

    Powers ``(1 - rate)**count`` may have any real count. ``K = inf`` is handled by the caller.
    Intervals are made narrower until the value is known to more digits than a float has.
    """
    symbols = expression.free_symbols
    from mpmath import iv

    before, bits = iv.prec, _BITS
    try:
        while True:
            iv.prec = bits
            bits *= 2
            try:
                found = _interval(expression, {s: _enclosed(values[s]) for s in symbols})
            except ZeroDivisionError:
                # A difference of nearly equal numbers looks like zero at too few digits.
                if bits > _MOST_BITS:
                    return math.inf
                continue
            if found.delta <= abs(found.b) / 2**_TIGHT or bits > _MOST_BITS:
                break
        value = float(found.b)
        while value < found.b:
            value = math.nextafter(value, math.inf)
        return value
    finally:
        iv.prec = before


def _enclosed(value: Surd) -> Any:
    from mpmath import iv

    total = iv.mpf(0)
    for radicand, c in value.terms.items():
        part = iv.mpf(c.numerator) / iv.mpf(c.denominator)
        total += part if radicand == 1 else part * iv.sqrt(iv.mpf(radicand))
    return total


def _interval(expression: sp.Expr, values: Mapping[sp.Symbol, Any]) -> Any:
    from mpmath import iv

    if expression.is_Symbol:
        return values[expression]
    if expression.is_Rational:
        return iv.mpf(int(expression.p)) / iv.mpf(int(expression.q))
    if isinstance(expression, Power | Shortfall):
        rate, count = (_interval(argument, values) for argument in expression.args)
        if count.b == 0:
            power = iv.mpf(1)
        elif rate.a >= 1:
            power = iv.mpf(0)
        else:
            power = iv.exp(count * iv.log(1 - rate))
        return power if isinstance(expression, Power) else 1 - power
    if isinstance(expression, Discounted):
        growth, count = (_interval(argument, values) for argument in expression.args)
        if growth.b == 0:
            return count
        return (1 - iv.exp(-count * iv.log(1 + growth))) / growth
    arguments = [_interval(argument, values) for argument in expression.args]
    if expression.is_Add:
        return sum(arguments, iv.mpf(0))
    if expression.is_Mul:
        return math.prod(arguments, start=iv.mpf(1))
    if expression.is_Pow:
        base, exponent = arguments[0], expression.args[1]
        if exponent.is_Integer:
            power = base ** abs(int(exponent))
            if exponent > 0:
                return power
            if power.a <= 0 <= power.b:
                raise ZeroDivisionError
            return 1 / power
        if exponent == sp.S.Half:
            return iv.sqrt(base)
    raise UsageError(f"{expression} cannot be evaluated")
