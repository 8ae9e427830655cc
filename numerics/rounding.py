"""Outward rounding with a-priori error bounds.

The standard model of IEEE arithmetic (Higham, "Accuracy and Stability of Numerical Algorithms",
ch. 3): a sum or an inner product of n terms, in any order, with or without fused operations, is off
by at most gamma_n = n u / (1 - n u) times the sum of the absolute values of its terms. Underflow is
left aside, so a computed 0 is a true 0.
"""

from __future__ import annotations

import math
from fractions import Fraction

UNIT = 2.0**-53


def gamma(n: int) -> float:
    """Return an upper bound of n u / (1 - n u), the relative error of n operations in a row."""
    return math.nextafter(n * UNIT / (1 - n * UNIT), math.inf) * (1 + 4 * UNIT)


def up(value: float, operations: int = 2) -> float:
    """Return a float above the exact result, when ``value`` came from so many roundings of one
    sign.
    """
    if value == 0:
        return 0.0
    return math.nextafter(value + abs(value) * gamma(operations + 2), math.inf)


def down(value: float, operations: int = 2) -> float:
    """Return a float below the exact result, when ``value`` came from so many roundings of one
    sign.
    """
    if value == 0:
        return 0.0
    return math.nextafter(value - abs(value) * gamma(operations + 2), -math.inf)


# Binary digits behind the point of an irrational root: far more than a float keeps.
_DIGITS = 128


def above(exact: Fraction) -> float:
    """Return the least float >= ``exact`` (infinity beyond the largest)."""
    try:
        near = float(exact)
    except OverflowError:
        return math.inf
    return near if near >= exact else math.nextafter(near, math.inf)


def below(exact: Fraction) -> float:
    """Return the greatest float <= ``exact``, which must be in the range of the floats."""
    near = float(exact)
    return near if near <= exact else math.nextafter(near, -math.inf)


def root_above(number: int) -> Fraction:
    """Return a fraction >= sqrt(number), exact for a perfect square and closer than 2^-128
    otherwise.
    """
    scaled = number << (2 * _DIGITS)
    root = math.isqrt(scaled)
    return Fraction(root + (root * root < scaled), 1 << _DIGITS)
