"""Several estimators, or theorems, side by side: what each needs, and from where which is better.

Only bounds of the same quantity are compared; which of two methods has the smaller bound says what
is proved of them, not which one runs faster.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from boundcalc.bounds.least_bounds import LeastBounds
from boundcalc.bounds.targets import check_target, fewest_iterations
from boundcalc.comparison.communication import Complexity, Contender, reached, whole
from boundcalc.comparison.curves import Crossing, Curve, Envelope, Unit, crossings
from boundcalc.errors import UnreachableError, UsageError
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.standing import Answer
from boundcalc.solve.values import check_iterations

# Curves go on for so many times what is needed, or what was asked for.
_BEYOND = 4.0
# Where curves end if nobody reaches the target.
_FAR = 10_000
# Bounds so much smaller than what was asked for are of no interest.
_DEEP = 0.1


@dataclass(frozen=True)
class Failure(Answer):
    """Why a contender has no answer; ``least`` is the smallest value in reach, if there is one."""

    contender: Contender
    reason: str
    least: float | None = None

    @property
    def theorems(self) -> tuple[Theorem, ...]:
        return (self.contender.theorem,)

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON."""
        return {
            **self.contender.to_json(),
            "proved": self.proved,
            "reason": self.reason,
            "smallest_reachable": self.least,
        }


@dataclass(frozen=True)
class Comparison(Answer):
    """What each contender needs for a ``target``, or has after a ``horizon``, and the curves.

    ``curves`` are those of the contenders that admit a step: the least bound over the step size
    at each K (for a given step size, the bound at that). ``ends`` is where they are shown and
    compared: the largest K and bits, and the least bound.
    """

    target: float | None
    horizon: int | None
    outcomes: tuple[Complexity | Failure, ...]
    curves: tuple[Curve, ...]
    crossings: tuple[Crossing, ...]
    ends: tuple[float, float, float]

    @property
    def theorems(self) -> tuple[Theorem, ...]:
        return tuple(outcome.contender.theorem for outcome in self.outcomes)

    @property
    def answers(self) -> tuple[Complexity, ...]:
        """The outcomes that are no failures."""
        return tuple(o for o in self.outcomes if isinstance(o, Complexity))

    @property
    def best(self) -> dict[str, tuple[str, ...]]:
        """Labels by what they are best in; several where they tie.

        For a target: the fewest iterations and total bits. After a horizon: the least bound and
        total bits.
        """
        first: Callable[[Complexity], float] = (
            (lambda a: a.bound.value) if self.target is None else (lambda a: a.iterations)
        )
        worth = {"bound" if self.target is None else "iterations": first}
        worth["bits"] = lambda a: a.total_bits
        return {
            name: tuple(
                a.contender.label for a in self.answers if key(a) == min(map(key, self.answers))
            )
            for name, key in worth.items()
        }

    @property
    def exit_status(self) -> int:
        """0, or 1 where nobody has an answer."""
        return 0 if self.answers else 1

    def __repr__(self) -> str:
        return self.marked(f"Comparison({', '.join(map(repr, self.outcomes))})")

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON; bits of curves and crossings are of all
        workers.
        """
        return {
            "proved": self.proved,
            "target": self.target,
            "horizon": self.horizon,
            "contenders": [
                {"label": o.contender.label, "reached": isinstance(o, Complexity), **o.to_json()}
                for o in self.outcomes
            ],
            "best": {name: list(labels) for name, labels in self.best.items()},
            "crossovers": [
                {
                    "axis": c.axis,
                    "at": whole(c.at),
                    "lower": c.lower,
                    "other": c.other,
                    "bound": c.bound,
                }
                for c in self.crossings
            ],
            "curves": [
                {
                    "label": c.contender.label,
                    "iterations": c.iterations.astype(int),
                    "bits": c.along("bits"),
                    "bound": c.bounds,
                    "limit": c.limit,
                }
                for c in self.curves
            ],
        }


def compare(
    contenders: Sequence[Contender], *, target: float | None = None, horizon: int | None = None
) -> Comparison:
    """Hold contenders against each other: to reach a target, or after a horizon.

    Args:
        contenders: as :func:`boundcalc.comparison.communication.contender` makes them, labels all
        different;
            their theorems must bound the same quantity.
        target: the bound to reach, in the fewest iterations; or
        horizon: iterations K, for the least bound after them.

    Raises:
        UsageError: both or neither of these are given, or the contenders cannot be compared.
    """
    if (target is None) == (horizon is None):
        raise UsageError("give a target to reach or a horizon, one of the two")
    if target is not None:
        target = check_target(target)
    check_contenders(contenders)
    frontiers = [LeastBounds(one.theorem, one.given) for one in contenders]
    outcomes = tuple(
        aimed(one, known, target) if target is not None else _after(one, known, horizon)
        for one, known in zip(contenders, frontiers, strict=True)
    )
    ends = _ends(outcomes, target, horizon)
    envelopes = [
        Envelope(o.contender, known, max(ends[0], ends[1] / o.contender.bits_per_iteration))
        for o, known in zip(outcomes, frontiers, strict=True)
        if isinstance(o, Complexity) or o.least is not None
    ]
    axes: tuple[tuple[Unit, float], ...] = (("iterations", ends[0]), ("bits", ends[1]))
    found = [
        crossing
        for axis, end in axes
        for one, other in combinations(envelopes, 2)
        for crossing in crossings(one, other, axis, end, ends[2])
    ]
    found.sort(key=lambda c: (c.axis != "iterations", c.at))
    curves = tuple(envelope.curve for envelope in envelopes)
    return Comparison(target, horizon, outcomes, curves, tuple(found), ends)


def check_contenders(contenders: Sequence[Contender]) -> None:
    """Raise :class:`UsageError` where contenders cannot be held against each other."""
    if not contenders:
        raise UsageError("there is nothing to compare")
    labels = [one.label for one in contenders]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise UsageError(f"two contenders are called {twice!r}: tell them apart")
    measures = {one.theorem.step.measure.name: one.theorem for one in contenders}
    if len(measures) > 1:
        first, second, *_ = measures.values()
        raise UsageError(
            f"{first.name} bounds the {first.step.measure.text}, {second.name} the"
            f" {second.step.measure.text}: these cannot be compared"
        )


def aimed(
    one: Contender, frontier: LeastBounds, target: float, *, near: bool = False
) -> Complexity | Failure:
    """Return what the contender needs for the target, as :func:`fewest_iterations` seeks it."""
    try:
        point, iterations = fewest_iterations(frontier, target, near=near)
    except UnreachableError as error:
        return Failure(one, str(error), error.least)
    except UsageError as error:
        return Failure(one, str(error))
    return reached(one, point, iterations, target)


def _after(one: Contender, frontier: LeastBounds, horizon: Any) -> Complexity | Failure:
    """Return what the contender has after the horizon."""
    K = check_iterations(one.theorem, horizon)
    if math.inf == K:
        raise UsageError("the horizon must be finite")
    try:
        return reached(one, frontier.point(K), int(K))
    except UsageError as error:
        return Failure(one, str(error))


def _ends(
    outcomes: Sequence[Complexity | Failure], target: float | None, horizon: int | None
) -> tuple[float, float, float]:
    """Return how far curves are of interest: iterations, bits of all workers, and the least
    bound.
    """
    answers = [o for o in outcomes if isinstance(o, Complexity)]
    iterations = max((a.iterations for a in answers), default=_FAR)
    bits = max(max(iterations, 1) * o.contender.bits_per_iteration for o in outcomes)
    if answers:
        bits = max(a.total_bits for a in answers)
    floor = target if target is not None else min((a.bound.value for a in answers), default=0.0)
    ends = _BEYOND * max(iterations, 1), _BEYOND * max(bits, 1.0)
    return (*ends, _DEEP * floor)
