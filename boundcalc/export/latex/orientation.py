"""The way round of differences: what is positive reads so, with no sign in front.

``-d (1 - m) w/4`` is positive where ``m >= 1``, but does not read so. A sum that is negative at
every one of many points of the domain is written the other way round. This is a matter of looks:
both ways are the same formula, and nothing is concluded from the points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache
from random import Random

import sympy as sp

from boundcalc.export.latex.conditions import interval
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.cycles import POSITION
from boundcalc.kernel.printing import signs_from
from boundcalc.model.parameters import ITERATIONS
from boundcalc.model.theorem import Theorem

_POINTS, _TRIES = 24, 4000


@contextmanager
def oriented_for(theorem: Theorem) -> Iterator[None]:
    """Write formulas as they read best where the theorem's constants are."""
    with signs_from(sign_over(theorem)):
        yield


@lru_cache(maxsize=64)
def sign_over(theorem: Theorem) -> Callable[[sp.Expr], int]:
    """Return what tells the sign of a formula over the domain of the theorem's parameters.

    1 or -1 where it is never of the other sign at many points, 0 where it changes, vanishes
    everywhere or speaks of what has no known range.
    """
    points = _points(theorem)

    @lru_cache(maxsize=4096)
    def sign(expression: sp.Expr) -> int:
        if not points or not expression.free_symbols <= points[0].keys():
            return 0
        found = {_sign(expression.xreplace(point)) for point in points} - {0}
        return found.pop() if len(found) == 1 else 0

    return sign


def _sign(value: sp.Expr) -> int:
    if value.is_positive:
        return 1
    return -1 if value.is_negative else 0


def _points(theorem: Theorem) -> list[dict[sp.Basic, sp.Expr]]:
    conditions = [*theorem.domains, *theorem.step.given]
    symbols = {s for c in conditions for s in c.symbols}
    ranges = {s: interval(s, conditions) for s in sorted(symbols, key=lambda s: s.name)}
    # What has no range of its own is an auxiliary quantity, of which nothing is known.
    ranges = {s: r for s, r in ranges.items() if r.lower is not None}
    relations = [c for c in theorem.given if c.symbols <= ranges.keys()]
    draw, found = Random(0), []
    for _ in range(_TRIES):
        point: dict[sp.Basic, sp.Expr] = {
            s: _drawn(draw, r.lower, r.upper, r.lower_open, r.upper_open) for s, r in ranges.items()
        }
        if all(_holds(c, point) for c in relations):
            point[POSITION] = sp.Integer(draw.choice((0, 1, 2, 5)))
            point[ITERATIONS.symbol] = sp.Integer(draw.randint(1, 9))
            found.append(point)
        if len(found) == _POINTS:
            break
    return found


def _drawn(
    draw: Random, lower: sp.Expr | None, upper: sp.Expr | None, above: bool, below: bool
) -> sp.Expr:
    least = sp.S.Zero if lower is None else lower
    if upper is None:
        choices = [Fraction(1, 7), Fraction(2, 3), 1, 2, 3, 7] if above else [0, 1, 2, 3, 7]
        return least + sp.Rational(draw.choice(choices))
    parts = [Fraction(i, 8) for i in range(1 if above else 0, 8 if below else 9)]
    return least + (upper - least) * sp.Rational(draw.choice(parts))


def _holds(condition: Condition, point: dict[sp.Basic, sp.Expr]) -> bool:
    value = _sign(condition.expression.xreplace(point))
    return value > 0 or (value == 0 and not condition.strict)
