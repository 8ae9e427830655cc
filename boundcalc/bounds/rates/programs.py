"""Linear programmes in exact arithmetic, and lexicographic ones in the exponents of monomials.

A monomial in the quantities that grow and in parameters ``p = prod_v v^(x[p, v])`` has for each
growing ``v`` the exponent ``m[v] + sum_p m[p] x[p, v]``: linear in ``x``, and for each ``v`` in
unknowns of its own. Monomials are compared lexicographically, the first quantity growing fastest:
the next one decides only between those that are equal in the first. So the programme of one
quantity sees only the monomials that are tight for all quantities before it; among the solutions
there the one is taken that leaves the fewest tight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from boundcalc.bounds.rates.monomials import Monomial

Row = list[Fraction]
ZERO, UNIT = Fraction(0), Fraction(1)
# Exponents of the catalogue have denominators of one digit; the check below is exact anyway.
_DENOMINATOR = 10_000
_INFEASIBLE, _UNBOUNDED = 2, 3


class Infeasible(Exception):
    """No exponents meet the needs; the message says what cannot be, where that is known."""


class Unbounded(Exception):
    """The exponent can be as small as one likes."""


def solve(cost: Row, rows: Sequence[Row], limits: Row) -> tuple[Row, Fraction]:
    """Minimise ``cost . x`` subject to ``rows . x <= limits``, x free, exactly.

    The solver finds the solution and the multipliers in floats; as fractions they are a proof, and
    are checked as one.

    Raises:
        Infeasible: nothing meets the limits.
        Unbounded: there is no least value.
        ArithmeticError: the fractions read off are no solution.
    """
    import numpy as np
    from scipy.optimize import linprog

    found = linprog(
        np.array(cost, dtype=float),
        A_ub=np.array(rows, dtype=float).reshape(len(rows), len(cost)),
        b_ub=np.array(limits, dtype=float),
        bounds=(None, None),
        method="highs-ds",
        options={"presolve": False},
    )
    if found.status == _INFEASIBLE:
        raise Infeasible
    if found.status == _UNBOUNDED:
        raise Unbounded
    if found.status != 0:
        raise ArithmeticError(f"the linear programme was not solved: {found.message}")
    x = [_near(value) for value in found.x]
    multipliers = [_near(-value) for value in found.ineqlin.marginals]
    value = _dot(cost, x)
    feasible = all(_dot(row, x) <= limit for row, limit in zip(rows, limits, strict=True))
    optimal = (
        all(y >= 0 for y in multipliers)
        and all(_dot(multipliers, [r[i] for r in rows]) == -c for i, c in enumerate(cost))
        and -_dot(multipliers, limits) == value
    )
    if not (feasible and optimal):
        raise ArithmeticError("the solution of a linear programme is not exact in small fractions")
    return x, value


def _near(value: float) -> Fraction:
    return Fraction(float(value)).limit_denominator(_DENOMINATOR)


def _dot(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    # Most entries are zero, and products of fractions are slow.
    return sum((a * b for a, b in zip(left, right, strict=True) if a and b), ZERO)


@dataclass(frozen=True)
class Exponents:
    """Lexicographic programmes for parameters ``chosen`` as powers of the ``growing``."""

    chosen: tuple[str, ...]
    growing: tuple[str, ...]

    def least(self, terms: Sequence[Monomial], needs: Sequence[Monomial]) -> tuple[Fraction, ...]:
        """Return the least exponents that all ``terms`` can keep to, where the ``needs`` are at
        most one.

        Raises :class:`Infeasible` or :class:`Unbounded`.
        """
        found: list[Fraction] = []
        for growing in self.growing:
            found.append(self.level(growing, terms, needs))
            _, terms, needs = self.loosest(growing, found[-1], terms, needs)
        return tuple(found)

    def level(self, growing: str, terms: Sequence[Monomial], needs: Sequence[Monomial]) -> Fraction:
        """Return the least exponent of one growing quantity alone."""
        terms, needs = list(dict.fromkeys(terms)), list(dict.fromkeys(needs))
        rows = [[*self._row(m), -UNIT] for m in terms] + [[*self._row(m), ZERO] for m in needs]
        limits = [-m[growing] for m in (*terms, *needs)]
        return solve([*[ZERO] * len(self.chosen), UNIT], rows, limits)[1]

    def loosest(
        self, growing: str, least: Fraction, terms: Sequence[Monomial], needs: Sequence[Monomial]
    ) -> tuple[Row, list[Monomial], list[Monomial]]:
        """Return the solution of a level with the fewest tight terms and needs, and these.

        In homogeneous coordinates ``(x t, t)``, where every slack that can be positive can be one.
        """
        terms, needs = list(dict.fromkeys(terms)), list(dict.fromkeys(needs))
        every = [*terms, *needs]
        count, size = len(every), len(self.chosen)
        constants = [m[growing] - least for m in terms] + [m[growing] for m in needs]
        rows = [
            [*self._row(m), constant, *_unit(i, count)]
            for i, (m, constant) in enumerate(zip(every, constants, strict=True))
        ]
        slacks = range(count)
        rows += [[ZERO] * (size + 1) + _unit(i, count) for i in slacks]
        rows += [[ZERO] * (size + 1) + [-e for e in _unit(i, count)] for i in slacks]
        rows.append([ZERO] * size + [-UNIT] + [ZERO] * count)
        limits = [ZERO] * count + [UNIT] * count + [ZERO] * count + [-UNIT]
        x, _ = solve([ZERO] * (size + 1) + [-UNIT] * count, rows, limits)
        slack = x[size + 1 :]
        point = [value / x[size] for value in x[:size]]
        return (
            point,
            [m for m, s in zip(terms, slack, strict=False) if s == 0],
            [m for m, s in zip(needs, slack[len(terms) :], strict=True) if s == 0],
        )

    def schedule(self, needs: Sequence[Monomial]) -> dict[str, Monomial]:
        """Return the parameters with small and few exponents that meet the needs; or
        :class:`Infeasible`.

        What is smallest in one quantity may leave nothing for the next: then the loosest is taken.
        """
        points = self._points(list(needs), self.growing)
        return {
            name: Monomial.of({v: p[i] for v, p in zip(self.growing, points, strict=True)})
            for i, name in enumerate(self.chosen)
        }

    def _points(self, needs: list[Monomial], growing: Sequence[str]) -> list[Row]:
        if not growing:
            return []
        first, *others = growing
        point = self._smallest(first, needs)
        tight = [m for m in needs if m[first] + _dot(self._row(m), point) == 0]
        try:
            return [point, *self._points(tight, others)]
        except Infeasible:
            point, _, tight = self.loosest(first, ZERO, [], needs)
            return [point, *self._points(tight, others)]

    def _smallest(self, growing: str, needs: Sequence[Monomial]) -> Row:
        """Return the solution of a level with the least sum of absolute exponents."""
        size = len(self.chosen)
        rows = [[*self._row(m), *[ZERO] * size] for m in needs]
        limits = [-m[growing] for m in needs]
        for sign, i in product((UNIT, -UNIT), range(size)):
            rows.append([sign * e for e in _unit(i, size)] + [-e for e in _unit(i, size)])
            limits.append(ZERO)
        return solve([ZERO] * size + [UNIT] * size, rows, limits)[0][:size]

    def constants(self, small: Sequence[Monomial], bounded: Sequence[Monomial]) -> bool:
        """Return whether constants of the parameters make ``small`` as small as one likes.

        While ``bounded`` stay at most one. Both are monomials that do not grow, so only their
        constant factors count: a linear programme in the logarithms of the constants.
        """
        rows = [self._row(m) for m in (*small, *bounded)]
        limits = [-UNIT] * len(small) + [ZERO] * len(bounded)
        try:
            solve([ZERO] * len(self.chosen), rows, limits)
        except Infeasible:
            return False
        return True

    def _row(self, monomial: Monomial) -> Row:
        return [monomial[name] for name in self.chosen]


def _unit(place: int, size: int) -> Row:
    return [UNIT if i == place else ZERO for i in range(size)]
