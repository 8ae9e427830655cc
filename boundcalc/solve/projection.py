"""Which values of one variable admit some values of the others: polynomial inequalities, exactly.

An open cylindrical algebraic decomposition: the variables are eliminated one by one, each by
leading coefficients, discriminants and resultants, until polynomials in the first variable remain.
Between two neighbouring roots of these either every value has an open set of others that fulfil
all inequalities, or none has; which it is, is decided at one rational point of each cell.

Sources: Collins, "Quantifier elimination for real closed fields by cylindrical algebraic
decomposition", 1975; McCallum, "An improved projection operation for cylindrical algebraic
decomposition", 1998; Strzebonski, "Solving systems of strict polynomial inequalities", 2000, for
the open cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

from sympy import QQ, ZZ
from sympy.polys.densearith import dup_mul
from sympy.polys.rings import PolyElement, PolyRing
from sympy.polys.rootisolation import dup_count_real_roots, dup_isolate_real_roots_sqf
from sympy.polys.sqfreetools import dup_sqf_part

# Polynomials in more than one variable that are still projected: their resultants in pairs follow.
_MANY = 12
#: Values of variables by their places.
Point = Mapping[int, Fraction]


@dataclass(frozen=True)
class Inequality:
    """``scale * product of factors > 0``, or ``>= 0`` unless ``strict``.

    The factors are irreducible, each to an odd power; those to an even power are in ``squares``.
    """

    scale: int
    factors: tuple[PolyElement, ...]
    squares: tuple[PolyElement, ...]
    strict: bool

    @staticmethod
    def between(polynomials: Iterable[PolyElement], *, strict: bool) -> Inequality:
        """Check that the product of polynomials, none of which is zero, is positive."""
        scale = 1
        powers: dict[PolyElement, int] = {}
        for polynomial in polynomials:
            coefficient, factors = polynomial.factor_list()
            scale = scale if coefficient > 0 else -scale
            for factor, power in factors:
                sign = _definite(factor)
                if sign:
                    scale *= sign**power
                else:
                    powers[factor] = powers.get(factor, 0) + power
        odd = tuple(factor for factor, power in powers.items() if power % 2)
        return Inequality(scale, odd, tuple(f for f in powers if f not in odd), strict)


@dataclass(frozen=True)
class Root:
    """A positive root of a square-free polynomial in one variable, enclosed.

    ``polynomial`` has its coefficients, the highest first. The root is ``low`` where that is
    ``high``, and else the only one between these.
    """

    polynomial: tuple[int, ...]
    low: Fraction
    high: Fraction

    def is_of(self, irreducible: PolyElement) -> bool:
        """Return whether it is a root of that polynomial in one variable, as this one is
        irreducible.
        """
        return self.polynomial == _line(irreducible, 0, {})

    def halved(self) -> Root:
        """Return the same root, enclosed twice as closely."""
        middle = (self.low + self.high) / 2
        sign, below, above = (self._sign(x) for x in (middle, self.low, self.high))
        if self.low == self.high or sign == 0:
            return Root(self.polynomial, middle, middle)
        # An end may be a root by itself.
        if above or below:
            left = sign == above if above else sign != below
        else:
            right = (QQ(end.numerator, end.denominator) for end in (middle, self.high))
            left = dup_count_real_roots(list(self.polynomial), ZZ, *right) == 1
        return Root(self.polynomial, *((self.low, middle) if left else (middle, self.high)))

    def refined(self, bits: int) -> Root:
        """Return the same root, enclosed to so many bits, relatively."""
        root = self
        while root.high - root.low > root.low / 2**bits:
            root = root.halved()
        return root

    def _sign(self, value: Fraction) -> int:
        total, power = 0, 1
        for coefficient in self.polynomial:
            total = total * value.numerator + coefficient * power
            power *= value.denominator
        return (total > 0) - (total < 0)


class TooManyError(Exception):
    """The projection would take too long; ``hardest`` is the place of the variable left to last."""

    def __init__(self, hardest: int) -> None:
        super().__init__()
        self.hardest = hardest


class Projection:
    """Inequalities between polynomials in positive variables, projected onto the first of them.

    Args:
        ring: the ring of the polynomials, over the integers; its first variable is the one that
            is asked about, and every variable stands for a positive number.
        inequalities: what has to hold.

    Raises:
        TooManyError: there are too many polynomials on the way.
    """

    def __init__(self, ring: PolyRing, inequalities: Sequence[Inequality]) -> None:
        self.ring = ring
        self.impossible = any(not one.factors and one.scale < 0 for one in inequalities)
        self.inequalities = [one for one in inequalities if one.factors]
        everything = {factor for one in self.inequalities for factor in one.factors}
        if ring.ngens == 1:
            # No others can avoid the points where something vanishes that must not.
            everything |= {square for one in inequalities if one.strict for square in one.squares}
        self.order: list[int] = []
        self.levels = [everything]
        left = set(range(1, ring.ngens))
        while left:
            chosen = min(left, key=lambda i: _cost(self.levels[-1], i))
            left.remove(chosen)
            if len(self.levels[-1]) > _MANY:
                raise TooManyError(chosen)
            self.order.append(chosen)
            self.levels.append(self._eliminated(self.levels[-1], chosen))

    def _eliminated(self, polynomials: set[PolyElement], place: int) -> set[PolyElement]:
        """Return what parts the other variables into cells above which those of this one are
        alike.
        """
        variable = self.ring.gens[place]
        touched = sorted((p for p in polynomials if p.degree(variable) > 0), key=len)
        found = {p for p in polynomials if p.degree(variable) <= 0}
        for p in touched:
            # The variable's own ends, infinity and zero.
            found |= self._factors(_coefficient(p, place, p.degree(variable)))
            found |= self._factors(_coefficient(p, place, 0))
            if p.degree(variable) > 1:
                found |= self._factors(_resultant(p, p.diff(variable), place))
        for p, q in combinations(touched, 2):
            found |= self._factors(_resultant(p, q, place))
        return found

    def _factors(self, polynomial: PolyElement) -> set[PolyElement]:
        if polynomial.is_zero:
            return set()
        return {factor for factor, _ in polynomial.factor_list()[1] if not _definite(factor)}

    @cached_property
    def cells(self) -> list[Cell]:
        """The intervals of the first variable in each of which the answer is the same."""
        roots = [root for p in self.levels[-1] for root in _roots(_line(p, 0, {}))]
        return _cells(_apart(roots))

    def admits(self, value: Fraction, near: Point | None = None) -> Point | None:
        """Return all variables by their places, at which every inequality holds strictly.

        Args:
            value: that of the first variable, inside one of the :attr:`cells`.
            near: values of others; the cells nearest to them are looked at first.

        Returns:
            None where there are none.
        """
        return (
            None if self.impossible else self._lifted({0: value}, len(self.order) - 1, near or {})
        )

    def _lifted(self, known: Point, level: int, near: Point) -> Point | None:
        if not self._holds(known):
            return None
        if level < 0:
            return known
        place = self.order[level]
        variable = self.ring.gens[place]
        touched = (p for p in self.levels[level] if p.degree(variable) > 0)
        cells = _cells(_roots_above(touched, place, known))
        if place in near:
            cells.sort(key=lambda cell: cell.distance(near[place]))
        for cell in cells:
            found = self._lifted({**known, place: cell.sample}, level - 1, near)
            if found is not None:
                return found
        return None

    def _holds(self, known: Point) -> bool:
        """Return whether the inequalities in nothing but known variables hold, the last of them
        anew.
        """
        last = next(reversed(known))
        for one in self.inequalities:
            places = _places(one)
            if last in places and places <= set(known) and self._sign(one, known) <= 0:
                return False
        return True

    def _sign(self, one: Inequality, known: Point) -> int:
        sign = one.scale
        for factor in one.factors:
            value = value_of(factor, known)
            if value == 0:
                return 0
            sign = sign if value > 0 else -sign
        return sign


@dataclass(frozen=True)
class Cell:
    """The numbers between two roots: from 0 on where ``low`` is None, without end for ``high``."""

    low: Root | None
    high: Root | None

    @property
    def sample(self) -> Fraction:
        """A short number well inside."""
        low = self.low.high if self.low else Fraction(0)
        if self.high is None:
            return 2 * low if low else Fraction(1)
        quarter = (self.high.low - low) / 4
        return _short(low + quarter, self.high.low - quarter)

    def distance(self, value: Fraction) -> Fraction:
        """Return how far the value is outside."""
        if self.low and value < self.low.high:
            return self.low.high - value
        return value - self.high.low if self.high and value > self.high.low else Fraction(0)


def _short(low: Fraction, high: Fraction) -> Fraction:
    """Return the fraction of the least denominator between two positive ones."""
    whole = low.numerator // low.denominator
    if whole + 1 <= high:
        return Fraction(whole + 1) if low != whole else Fraction(whole)
    if low == whole:
        return low
    return whole + 1 / _short(1 / (high - whole), 1 / (low - whole))


def _cells(roots: Sequence[Root]) -> list[Cell]:
    return [Cell(low, high) for low, high in zip([None, *roots], [*roots, None], strict=True)]


def _roots_above(polynomials: Iterable[PolyElement], place: int, known: Point) -> list[Root]:
    """Return the positive roots in the variable at ``place``, the others being known."""
    product = [1]
    for line in {_line(p, place, known) for p in polynomials}:
        if len(line) > 1:
            product = dup_mul(product, list(line), ZZ)
    return _apart(_roots(dup_sqf_part(product, ZZ)))


def _roots(squarefree: Sequence[int]) -> list[Root]:
    if len(squarefree) == 1:
        return []
    # Zero is no positive root.
    line = tuple(squarefree[:-1] if not squarefree[-1] else squarefree)
    if len(line) == 1:
        return []
    # Isolation takes long where roots are far from 1: their mean size is made about that.
    degree = len(line) - 1
    size = round((abs(line[-1]).bit_length() - abs(line[0]).bit_length()) / degree)
    shift = [i if size < 0 else degree - i for i in range(degree + 1)]
    scaled = [ZZ(c) << abs(size) * power for c, power in zip(line, shift, strict=True)]
    ends = dup_isolate_real_roots_sqf(scaled, ZZ, inf=QQ(0))
    unit = Fraction(2) ** size
    roots = [
        Root(line, unit * _fraction(low), unit * _fraction(high)) for low, high in ends if high > 0
    ]
    return [root if root.low > 0 else root.refined(1) for root in roots]


def _apart(roots: Sequence[Root]) -> list[Root]:
    """Return the roots, in ascending order, with room between what encloses them."""
    found, apart = list(roots), False
    while not apart:
        found.sort(key=lambda root: (root.low, root.high))
        apart = True
        for i in range(1, len(found)):
            if found[i - 1].high >= found[i].low:
                found[i - 1], found[i] = found[i - 1].halved(), found[i].halved()
                apart = False
    return found


def value_of(polynomial: PolyElement, known: Point) -> Fraction:
    """Return the value of a polynomial at a point."""
    scale = 1
    for place, power in enumerate(polynomial.degrees()):
        if power:
            scale *= known[place].denominator ** power
    return Fraction(sum(_line(polynomial, -1, known)), scale)


def _line(polynomial: PolyElement, place: int, known: Point) -> tuple[int, ...]:
    """Return the coefficients in the variable at ``place``, highest first, up to a common factor.

    The other variables are known. The factor is the product of the denominators of their values,
    each to the power that is the degree.
    """
    powers = [
        (i, [known[i].numerator ** e * known[i].denominator ** (d - e) for e in range(d + 1)])
        for i, d in enumerate(polynomial.degrees())
        if d and i != place
    ]
    found: dict[int, int] = {}
    for monomial, coefficient in polynomial.terms():
        value = int(coefficient)
        for i, table in powers:
            value *= table[monomial[i]]
        power = monomial[place] if place >= 0 else 0
        found[power] = found.get(power, 0) + value
    line = [found.get(power, 0) for power in range(max(found, default=0), -1, -1)]
    first = next((i for i, coefficient in enumerate(line) if coefficient), len(line))
    return tuple(line[first:])


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.numerator), int(value.denominator))


def _definite(polynomial: PolyElement) -> int:
    """1 or -1 where all coefficients have that sign, as has the value at positive numbers; or 0."""
    signs = {coefficient > 0 for coefficient in polynomial.coeffs()}
    return 0 if len(signs) != 1 else 1 if signs.pop() else -1


def _cost(polynomials: Iterable[PolyElement], place: int) -> tuple[int, int, int]:
    """Return how much work it is to eliminate the variable, by Brown's rule of thumb."""
    degree = total = terms = 0
    for polynomial in polynomials:
        for monomial in polynomial.monoms():
            if monomial[place]:
                degree = max(degree, monomial[place])
                total = max(total, sum(monomial))
                terms += 1
    return degree, total, terms


def _coefficient(polynomial: PolyElement, place: int, power: int) -> PolyElement:
    """Return that of a power of one variable, a polynomial in the others."""
    return polynomial.ring.from_dict(
        {
            (*monomial[:place], 0, *monomial[place + 1 :]): coefficient
            for monomial, coefficient in polynomial.terms()
            if monomial[place] == power
        }
    )


def _resultant(p: PolyElement, q: PolyElement, place: int) -> PolyElement:
    """Return the resultant in one variable, up to a sign and powers of leading coefficients."""
    variable = p.ring.gens[place]
    p, q = sorted((p, q), key=lambda one: one.degree(variable))
    parts = [_coefficient(p, place, i) for i in range(p.degree(variable) + 1)]
    others = [_coefficient(q, place, i) for i in range(q.degree(variable) + 1)]
    if len(parts) == 2:
        constant, slope = parts
        return sum(
            c * (-constant) ** i * slope ** (len(others) - 1 - i) for i, c in enumerate(others)
        )
    if len(parts) == len(others) == 3:
        (c, b, a), (r, q_1, p_2) = parts, others
        return (a * r - p_2 * c) ** 2 - (a * q_1 - p_2 * b) * (b * r - q_1 * c)
    ring = p.ring
    symbols = (ring.symbols[place], *(s for i, s in enumerate(ring.symbols) if i != place))
    turned = ring.clone(symbols=symbols)
    return turned.dmp_resultant(p.set_ring(turned), q.set_ring(turned)).set_ring(ring)


def _places(one: Inequality) -> set[int]:
    """Return the places of the variables that it is written in."""
    return {i for f in one.factors for monomial in f.monoms() for i, e in enumerate(monomial) if e}
