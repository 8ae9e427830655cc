"""Exact arithmetic on rational numbers and square roots of them.

A surd is a sum of rational multiples of square roots of distinct square-free whole numbers. Such
roots are linearly independent over the rationals, so a surd is zero exactly when every coefficient
is: equality and division need no numerical guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import compress
from math import gcd, isqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sympy

LARGEST_DIVISOR = 10**6
"""Trial division goes so far: a square-free part is then certain below the cube of it."""


@dataclass(frozen=True)
class Surd:
    """The number ``sum(coefficient * sqrt(radicand))`` over the entries of ``terms``."""

    terms: Mapping[int, Fraction]

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    @classmethod
    def rational(cls, value: Fraction | int) -> Surd:
        """Return the rational number ``value``."""
        return cls({1: Fraction(value)} if value else {})

    @classmethod
    def root(cls, value: Fraction) -> Surd:
        """Return the square root of a non-negative rational number.

        Raises:
            ValueError: ``value`` is negative, or too long for its square factors to be found.
        """
        if value < 0:
            raise ValueError("the square root of a negative number is not real")
        if value == 0:
            return cls({})
        outside, inside = _square_factor(value.numerator)
        below, inside_below = _square_factor(value.denominator)
        return cls({inside * inside_below: Fraction(outside, below * inside_below)})

    @property
    def is_zero(self) -> bool:
        """Return whether this is the number zero."""
        return not self.terms

    def as_fraction(self) -> Fraction | None:
        """Return the value where it is rational, else ``None``."""
        if self.is_zero:
            return Fraction(0)
        return self.terms[1] if set(self.terms) == {1} else None

    def bits(self) -> int:
        """Return a bound, in bits a factor, on how fast the numerals of powers of this number
        grow.
        """
        longest = max(
            (
                max(c.numerator.bit_length(), c.denominator.bit_length()) + r.bit_length()
                for r, c in self.terms.items()
            ),
            default=1,
        )
        return longest * max(1, len(self.terms))

    def approximate(self, bits: int) -> Fraction:
        """Return a rational number within ``2**-bits`` of this one."""
        guard = bits + sum(abs(c).__ceil__().bit_length() for c in self.terms.values())
        guard += len(self.terms)
        return sum(
            (
                c * (Fraction(isqrt(r << 2 * guard), 1 << guard) if r != 1 else 1)
                for r, c in self.terms.items()
            ),
            Fraction(0),
        )

    def sign(self) -> int:
        """-1, 0 or 1. Exact: only zero has no terms, so closer looks come to an end."""
        if self.is_zero:
            return 0
        bits = 64
        while abs(value := self.approximate(bits)) <= Fraction(1, 1 << bits):
            bits *= 2
        return 1 if value > 0 else -1

    def __float__(self) -> float:
        return float(self.approximate(1200))

    def to_sympy(self) -> sympy.Expr:
        """Return the same number as a SymPy expression."""
        import sympy

        return sympy.Add(
            *(
                sympy.Rational(c.numerator, c.denominator) * sympy.sqrt(r)
                for r, c in self.terms.items()
            )
        )

    def __neg__(self) -> Surd:
        return Surd({r: -c for r, c in self.terms.items()})

    def __add__(self, other: Surd) -> Surd:
        total = dict(self.terms)
        for r, c in other.terms.items():
            total[r] = total.get(r, Fraction(0)) + c
        return Surd({r: c for r, c in total.items() if c})

    def __sub__(self, other: Surd) -> Surd:
        return self + -other

    def __mul__(self, other: Surd) -> Surd:
        total: dict[int, Fraction] = {}
        for r, c in self.terms.items():
            for s, d in other.terms.items():
                common = gcd(r, s)
                radicand = (r // common) * (s // common)
                total[radicand] = total.get(radicand, Fraction(0)) + c * d * common
        return Surd({r: c for r, c in total.items() if c})

    def __truediv__(self, other: Surd) -> Surd:
        return self * other.inverse()

    def __pow__(self, exponent: int) -> Surd:
        base = self if exponent >= 0 else self.inverse()
        power, exponent = Surd.rational(1), abs(exponent)
        while exponent:
            if exponent & 1:
                power = power * base
            exponent >>= 1
            if exponent:
                base = base * base
        return power

    def inverse(self) -> Surd:
        """Return one divided by this number.

        The denominator is made rational by conjugation, one root at a time.

        Raises:
            ZeroDivisionError: this is zero.
        """
        if self.is_zero:
            raise ZeroDivisionError("division by zero")
        if len(self.terms) == 1:
            ((r, c),) = self.terms.items()
            return Surd({r: 1 / (c * r)})
        factor = self._separating_factor()
        conjugate = Surd({r: -c if r % factor == 0 else c for r, c in self.terms.items()})
        return conjugate * (self * conjugate).inverse()

    def _separating_factor(self) -> int:
        """Return a number above 1 that divides some radicands and is coprime to all the others."""
        factor = max(self.terms)
        while True:
            shared = (gcd(factor, r) for r in self.terms)
            smaller = next((g for g in shared if 1 < g < factor), None)
            if smaller is None:
                return factor
            factor = smaller


def _square_factor(number: int) -> tuple[int, int]:
    """Return the pair ``(a, b)`` with ``number == a**2 * b`` and ``b`` square-free."""
    outside, inside, rest = 1, 1, number
    for prime in _primes():
        if prime**3 > rest:
            break
        while rest % (prime * prime) == 0:
            rest //= prime * prime
            outside *= prime
        if rest % prime == 0:
            rest //= prime
            inside *= prime
    # Below the cube of the last prime tried, what is left is 1, a prime, or a product of two.
    root = isqrt(rest)
    if root * root == rest:
        return outside * root, inside
    if rest > LARGEST_DIVISOR**3:
        raise ValueError("too many digits under the root (at most 18 significant ones)")
    return outside, inside * rest


@cache
def _primes() -> tuple[int, ...]:
    """Return the primes up to the largest divisor tried, by the sieve of Eratosthenes."""
    sieve = bytearray([0, 0]) + bytearray([1]) * (LARGEST_DIVISOR - 1)
    for n in range(2, isqrt(LARGEST_DIVISOR) + 1):
        if sieve[n]:
            sieve[n * n :: n] = bytes(len(range(n * n, len(sieve), n)))
    return tuple(compress(range(len(sieve)), sieve))
