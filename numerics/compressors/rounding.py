"""Exact constants as floats on the safe side."""

from __future__ import annotations

import math
from fractions import Fraction

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
