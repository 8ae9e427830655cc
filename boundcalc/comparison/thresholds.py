"""Where along a parameter the order of two contenders changes, or a target goes out of reach.

Whole numbers are told apart to the last one, others to 1e-9 of their size. Since iterations are
whole, bits jump: where a parameter is no whole number, the order may change more than once within
one part in as many as there are iterations; one of these places is found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from boundcalc.comparison.communication import Complexity, whole
from boundcalc.comparison.cost_table import Costs, bits_of
from boundcalc.comparison.estimators import Failure
from boundcalc.errors import UsageError
from boundcalc.exact.surd import Surd
from boundcalc.solve.bracketing import first_reached

_COARSE, _FINE = 1e-4, 1e-9
# What stands for a difference of the right sign where there is none to see.
_TINY = 1e-300

Kind = Literal["residual", "step", "message", "reach", "no step"]


@dataclass(frozen=True)
class Cause:
    """Why ``label`` needs no fewer bits than its rival, at the parameter's value ``at``.

    ``residual``: it would, if its bound fell to zero, which takes ``without_residual`` bits.
    ``step``: it would not even then, since its steps make for more iterations. ``message``: even
    then, and in no more iterations, since its messages are longer. ``reach``: it does not come to
    the target at all. ``no step``: it admits none.
    """

    label: str
    at: float
    kind: Kind
    bits: float
    without_residual: float | None
    rival_bits: float

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON."""
        alone = self.without_residual
        return {
            "label": self.label,
            "at": whole(self.at),
            "because": self.kind,
            "bits": whole(self.bits),
            "bits_without_residual": None if alone is None else whole(alone),
            "rival_bits": whole(self.rival_bits),
        }


@dataclass(frozen=True)
class OrderChange:
    """From ``first`` on ``cheaper`` needs fewer bits than ``other``, at ``last`` it does not."""

    last: float
    first: float
    cheaper: str
    other: str
    cause: Cause

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON."""
        return {
            "last": whole(self.last),
            "first": whole(self.first),
            "cheaper": self.cheaper,
            "other": self.other,
            "cause": self.cause.to_json(),
        }


@dataclass(frozen=True)
class ReachLimit:
    """Whether ``label`` reaches the target changes between ``last`` and ``first``.

    ``reached`` tells whether it does from ``first`` on; ``least`` is the smallest value in reach
    where it does not, None where no step is admissible.
    """

    last: float
    first: float
    label: str
    reached: bool
    least: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON."""
        return {
            "last": whole(self.last),
            "first": whole(self.first),
            "label": self.label,
            "reached": self.reached,
            "smallest_reachable": self.least,
        }


def flips(
    costs: Costs, values: Sequence[Surd], pair: tuple[int, int], integral: bool
) -> Iterator[OrderChange]:
    """Yield where the order of two contenders changes between neighbours among the rising
    values.
    """

    def lead(value: Surd, of: int, over: int) -> float:
        """By how much one is cheaper than the other, in logarithms; positive where it is."""
        own, others = (bits_of(costs.at(value, place)) for place in (of, over))
        return 0.0 if own == others else _log(others) - _log(own)

    ordered = [(value, lead(value, *pair)) for value in values]
    for (low, before), (high, after) in pairwise((v, by) for v, by in ordered if by):
        if before * after > 0:
            continue
        former, cheaper = pair if before > 0 else pair[::-1]

        def excess(value: Surd, of: int = former, over: int = cheaper) -> float:
            return lead(value, of, over) or _TINY

        last, first = solve(excess, low, high, integral)
        names = [one.label for one in costs.contenders(first)]
        cause = _cause(costs, (last, former, cheaper), (first, cheaper, former))
        yield OrderChange(float(last), float(first), names[cheaper], names[former], cause)


def reaches(
    costs: Costs, values: Sequence[Surd], place: int, integral: bool
) -> Iterator[ReachLimit]:
    """Yield where the target goes out of a contender's reach, or comes into it."""

    def room(value: Surd) -> float:
        """Return how far the infimum of the bounds is below the target, in logarithms."""
        try:
            least = costs.limit(value, place)
        except UsageError:
            return -math.inf
        return _log(costs.goal(value)) - _log(least) or -_TINY

    for low, high in pairwise(values):
        there = [isinstance(costs.at(value, place), Complexity) for value in (low, high)]
        if there[0] != there[1]:

            def excess(value: Surd, sign: int = 1 if there[0] else -1) -> float:
                return sign * room(value)

            last, first = solve(excess, low, high, integral, smooth=True)
            missed = costs.at(first if there[0] else last, place)
            assert isinstance(missed, Failure)
            label = missed.contender.label
            yield ReachLimit(float(last), float(first), label, there[1], missed.least)


def solve(
    excess: Callable[[Surd], float], low: Surd, high: Surd, integral: bool, smooth: bool = False
) -> tuple[Surd, Surd]:
    """Neighbours between ``low``, with an excess, and ``high``, without: the last and first such.

    They are whole numbers next to each other if ``integral``, else 1e-9 of their size apart at
    most, or of a thousandth of ``high`` where ``low`` is 0. A ``smooth`` excess has no jumps.
    """
    if integral:
        return _narrowed(excess, low, high, Fraction(1))
    size = float(low) or float(high) / 1000
    if smooth:
        return _narrowed(excess, low, high, _unit(_FINE * size))
    # Seen from afar the excess is smooth, near by it jumps.
    low, high = _narrowed(excess, low, high, _unit(_COARSE * size))
    return _narrowed(excess, low, high, _unit(_FINE * size), patience=0)


def _unit(size: float) -> Fraction:
    return Fraction(10) ** math.floor(math.log10(size))


def _narrowed(
    excess: Callable[[Surd], float], low: Surd, high: Surd, unit: Fraction, patience: int = 3
) -> tuple[Surd, Surd]:
    """Return the same among the two ends and the multiples of the unit between them."""
    start, end = math.floor(_fraction(low) / unit), math.ceil(_fraction(high) / unit)

    def value(place: int) -> Surd:
        if place <= start:
            return low
        return high if place >= end else Surd.rational(place * unit)

    place = first_reached(lambda place: excess(value(place)), start, end, patience)
    return value(place - 1), value(place)


def _cause(costs: Costs, before: tuple[Surd, int, int], after: tuple[Surd, int, int]) -> Cause:
    """Return why the one that saves on messages does not pay where it does not.

    ``before`` and ``after`` are a value, who is cheaper there, and who is not.
    """

    def saves(value: Surd, winner: int, loser: int) -> bool:
        contenders = costs.contenders(value)
        return contenders[winner].bits_per_iteration < contenders[loser].bits_per_iteration

    value, rival, loser = before if saves(*after) and not saves(*before) else after
    one, other = costs.at(value, loser), costs.at(value, rival)
    label, at, rival_bits = one.contender.label, float(value), bits_of(other)
    if isinstance(one, Failure):
        kind: Kind = "no step" if one.least is None else "reach"
        return Cause(label, at, kind, math.inf, None, rival_bits)
    iterations = costs.without_residual(value, loser)
    alone = iterations * one.contender.bits_per_iteration
    if alone < rival_bits:
        kind = "residual"
    elif isinstance(other, Complexity) and iterations <= other.iterations:
        kind = "message"
    else:
        kind = "step"
    return Cause(label, at, kind, one.total_bits, alone, rival_bits)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _fraction(value: Surd) -> Fraction:
    return value.as_fraction() or Fraction(float(value))
