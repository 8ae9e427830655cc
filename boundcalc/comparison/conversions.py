"""Bounds of different norms of the gradient, brought to one measure by what is always true.

``||g||_2 <= ||g||_1 <= sqrt(d) ||g||_2``; the mean of a norm is at most the root of the mean of its
square; the least of some values is at most their mean. Nothing leads from a norm back to its
square: the mean of squares can be as large as it likes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

from boundcalc.bounds.rates.monomials import Monomial
from boundcalc.bounds.rates.rate import Rate
from boundcalc.errors import UsageError, nearest
from boundcalc.model.measures import Measure

#: The measures that can be asked for: norm and power of it.
NAMES = {"gradient-1-norm": (1, 1), "gradient-2-norm": (2, 1), "squared-gradient": (2, 2)}
_OVER = {"mean": ("mean of E", r"\frac1K\sum_{k=0}^{K-1}\mathbb E"),
         "least": ("least E", r"\min_{k<K}\mathbb E")}  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    """A power of a norm of the gradient, of which the mean or the least over k < K is bounded.

    For what is no norm of the gradient, ``other`` is the measure, and ``norm`` is 0.
    """

    norm: int
    order: int
    over: str
    other: Measure | None = None

    @staticmethod
    def of(measure: Measure) -> Quantity:
        """Return what a theorem's measure is."""
        if not measure.norm or measure.over not in _OVER:
            return Quantity(0, measure.order, measure.over, measure)
        return Quantity(measure.norm, measure.order, measure.over)

    @property
    def text(self) -> str:
        """As a theorem's measure says it."""
        if self.other is not None:
            return self.other.text
        norm = "||grad f(x_k)||" + ("_1" if self.norm == 1 else "")
        return f"{_OVER[self.over][0]}{norm}{'^2' if self.order == 2 else ''} over k < K"

    @property
    def latex(self) -> str:
        """The same in formulas."""
        if self.other is not None:
            return self.other.latex
        norm = r"\|\nabla f(x_k)\|" + ("_1" if self.norm == 1 else "_2")
        return _OVER[self.over][1] + norm + ("^2" if self.order == 2 else "")

    def weaker(self, other: Quantity) -> Quantity:
        """Return the strongest quantity that is at most both, up to roots and without the
        dimension.

        Raises :class:`UsageError` where there is none.
        """
        if self == other:
            return self
        if self.other is not None or other.other is not None:
            raise UsageError(
                f"the {self.text} and the {other.text} cannot be compared: no bound of the one"
                " follows from a bound of the other"
            )
        over = "mean" if self.over == other.over == "mean" else "least"
        return Quantity(max(self.norm, other.norm), min(self.order, other.order), over)


@dataclass(frozen=True)
class Conversion:
    """How a bound of ``source`` becomes one of ``target``: a root of it, times a power of d.

    Raises :class:`UsageError` where no bound follows.
    """

    source: Quantity
    target: Quantity

    def __post_init__(self) -> None:
        if self.source == self.target:
            return
        if self.source.other is not None or self.target.other is not None:
            raise UsageError(f"no bound of the {self.target.text} follows from one of the"
                             f" {self.source.text}")  # fmt: skip
        if self.source.over == "least" and self.target.over == "mean":
            raise UsageError(
                f"no bound of the {self.target.text} follows from one of the {self.source.text}:"
                " the least of some values says nothing of their mean"
            )
        if self.source.order < self.target.order:
            raise UsageError(
                f"no bound of the {self.target.text} follows from one of the {self.source.text}:"
                " the mean of a norm says nothing of the mean of its square"
            )

    @property
    def rooted(self) -> bool:
        """Return whether a square becomes a norm."""
        return self.source.order > self.target.order

    @property
    def dimensions(self) -> Fraction:
        """The power of d that is paid for the 1-norm."""
        paid = self.target.norm == 1 and self.source.norm == 2
        return Fraction(self.target.order, 2) if paid else Fraction(0)

    def value(self, bound: float, dimension: float | None) -> float:
        """Return the bound of the target, rounded up; ``dimension`` may be None where it is not
        paid.
        """
        if not math.isfinite(bound):
            return bound
        found = math.nextafter(math.sqrt(bound), math.inf) if self.rooted else bound
        if self.dimensions:
            assert dimension is not None
            factor = math.nextafter(dimension ** float(self.dimensions), math.inf)
            found = math.nextafter(found * factor, math.inf)
        return found

    def rate(self, rate: Rate) -> Rate:
        """Return the rate of the target."""
        if self.source == self.target:
            return rate
        found = rate.rooted() if self.rooted else rate
        paid = Monomial.of({"d": self.dimensions})
        return replace(found, decay=found.decay * paid, floor=tuple(m * paid for m in found.floor))

    @property
    def text(self) -> str:
        """Return what was done, in words; empty where nothing was."""
        parts = []
        if self.rooted:
            parts.append("the root of its bound (the mean of a norm is at most the root of the mean"
                         " of its square)")  # fmt: skip
        if self.dimensions:
            parts.append("times sqrt(d)" if self.dimensions == Fraction(1, 2) else "times d")
        if self.source.norm < self.target.norm:
            parts.append("as it is (||g||_2 <= ||g||_1)")
        if self.source.over != self.target.over:
            parts.append("as it is (the least is at most the mean)")
        return ", ".join(parts)


def common(quantities: Sequence[Quantity], asked: str | None = None) -> Quantity:
    """Return what to compare: the measure asked for, or the strongest that all are bounds of as
    well.

    Raises :class:`UsageError` for an unknown name, and where nothing is common.
    """
    if asked is None:
        return reduce(Quantity.weaker, quantities)
    if asked not in NAMES:
        raise UsageError(
            f"unknown measure {asked!r}{nearest(asked, NAMES)}; there are {', '.join(NAMES)}"
        )
    norm, order = NAMES[asked]
    over = "least" if any(q.over == "least" for q in quantities) else "mean"
    return Quantity(norm, order, over)
