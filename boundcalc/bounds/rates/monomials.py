"""Monomials with rational exponents, in which rates and schedules are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import sympy as sp

from boundcalc.kernel.printing import latex


@dataclass(frozen=True)
class Monomial:
    """A product of powers of named positive quantities, up to a constant factor.

    ``powers`` are pairs of name and exponent, sorted by name, without zeros: two monomials are
    equal if and only if their exponents are. Make one with :meth:`of`.
    """

    powers: tuple[tuple[str, Fraction], ...] = ()

    @staticmethod
    def of(powers: Mapping[str, Fraction | int]) -> Monomial:
        """Return the monomial with these exponents by name."""
        return Monomial(tuple(sorted((n, Fraction(e)) for n, e in powers.items() if e != 0)))

    def __getitem__(self, name: str) -> Fraction:
        return dict(self.powers).get(name, Fraction(0))

    def __iter__(self) -> Iterator[str]:
        return iter(name for name, _ in self.powers)

    def __mul__(self, other: Monomial) -> Monomial:
        names = {*self, *other}
        return Monomial.of({name: self[name] + other[name] for name in names})

    def __pow__(self, exponent: Fraction | int) -> Monomial:
        return Monomial.of({name: e * exponent for name, e in self.powers})

    def __truediv__(self, other: Monomial) -> Monomial:
        return self * other**-1

    def vector(self, names: Sequence[str]) -> tuple[Fraction, ...]:
        """Return the exponents in that order."""
        return tuple(self[name] for name in names)

    def put_in(self, values: Mapping[str, Monomial]) -> Monomial:
        """Return the monomial with the quantities named replaced."""
        result = Monomial(tuple((n, e) for n, e in self.powers if n not in values))
        for name, exponent in self.powers:
            if name in values:
                result = result * values[name] ** exponent
        return result

    def bounded_by_one(self, small: frozenset[str], large: frozenset[str]) -> bool:
        """Return whether it is at most one, the ``small`` being at most one and the ``large`` at
        least.
        """
        return all(name in (small if e > 0 else large) for name, e in self.powers)

    def exponents(self) -> dict[str, str]:
        """Return the exponents by name, as exact text: ``{"K": "-1/2"}``."""
        return {name: str(e) for name, e in self.powers}

    def text(self) -> str:
        """Return the monomial in text, as in ``d^(1/2) K^(-1/3)``."""
        parts = [
            name if e == 1 else f"{name}^{e}" if e.denominator == 1 and e > 0 else f"{name}^({e})"
            for name, e in self._ordered()
        ]
        return " ".join(parts) or "1"

    def latex(self) -> str:
        """Return the same in LaTeX."""
        written = {name: latex(sp.Symbol(name, real=True)) for name in self}
        parts = [
            written[name] if e == 1 else f"{written[name]}^{{{e}}}" for name, e in self._ordered()
        ]
        return r"\,".join(parts) or "1"

    def _ordered(self) -> list[tuple[str, Fraction]]:
        def place(power: tuple[str, Fraction]) -> tuple[int, str]:
            name, _ = power
            return (_WRITTEN.index(name) if name in _WRITTEN else len(_WRITTEN), name)

        return sorted(self.powers, key=place)


# The order in which quantities are written; others come last.
_WRITTEN = ("m", "d", "K", "N", "n")

#: The monomial without factors: a constant.
ONE = Monomial()


@dataclass(frozen=True)
class Need:
    """A monomial that must be at most a constant.

    ``constant`` says which: ``small`` (the proof takes it as small as it likes), ``one`` (exactly
    one) or ``any`` (some constant that does not grow).
    """

    monomial: Monomial
    constant: Literal["small", "one", "any"] = "small"
