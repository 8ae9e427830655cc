"""What a target costs as a parameter changes: where compression pays, and what delay costs.

Every contender is worked out at every value of an axis. Between neighbouring values where their
order in bits is another one, or where the target goes out of reach, the place is solved for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from boundcalc.comparison.communication import Complexity, Contender, contender, whole
from boundcalc.comparison.cost_table import Costs, Outcome, bits_of
from boundcalc.comparison.entries import contenders, whole_numbers
from boundcalc.comparison.estimators import Failure
from boundcalc.comparison.thresholds import OrderChange, ReachLimit, flips, reaches
from boundcalc.errors import UsageError
from boundcalc.exact.ranges import Range, read_range
from boundcalc.exact.surd import Surd
from boundcalc.model.estimator import Estimator
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.standing import Answer

#: The name of the axis of targets.
TARGET = "target"


@dataclass(frozen=True)
class CostSweep(Answer):
    """What every contender needs for the target at every value of the axis.

    ``outcomes`` has a row for each value, with an entry for each of ``labels``. ``target`` is None
    where the axis is that of the targets.
    """

    axis: Range
    target: float | None
    labels: tuple[str, ...]
    theorem: Theorem
    outcomes: tuple[tuple[Outcome, ...], ...]
    flips: tuple[OrderChange, ...]
    reaches: tuple[ReachLimit, ...]

    @property
    def theorems(self) -> tuple[Theorem, ...]:
        return tuple(outcome.contender.theorem for outcome in self.outcomes[0])

    @property
    def cheapest(self) -> tuple[tuple[str, ...], ...]:
        """For each value who needs the fewest bits; several where they tie."""
        rows = []
        for row in self.outcomes:
            bits = [bits_of(outcome) for outcome in row]
            rows.append(
                tuple(
                    label
                    for label, outcome in zip(self.labels, row, strict=True)
                    if isinstance(outcome, Complexity) and bits_of(outcome) == min(bits)
                )
            )
        return tuple(rows)

    @property
    def exit_status(self) -> int:
        """0, or 1 where nobody reaches the target anywhere."""
        return 0 if any(self.cheapest) else 1

    def __repr__(self) -> str:
        over = f"{len(self.axis.values)} {self.axis.name}"
        return self.marked(f"CostSweep({', '.join(self.labels)} over {over})")

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON; bits are those of all workers."""
        columns = list(zip(*self.outcomes, strict=True))
        return {
            "theorem": self.theorem.name,
            "proved": self.proved,
            "target": self.target,
            "parameter": self.axis.name,
            "values": [whole(value) for value in self.axis.floats],
            "contenders": [
                {"label": label, **_column(column)}
                for label, column in zip(self.labels, columns, strict=True)
            ],
            "cheapest": [list(labels) for labels in self.cheapest],
            "flips": [flip.to_json() for flip in self.flips],
            "reach": [reach.to_json() for reach in self.reaches],
        }


def _column(column: Sequence[Outcome]) -> dict[str, Any]:
    """Return one contender's answers, None where there is none."""
    done = [outcome if isinstance(outcome, Complexity) else None for outcome in column]
    return {
        "bits_per_iteration": [whole(o.contender.bits_per_iteration) for o in column],
        "gamma": [o and o.gamma for o in done],
        "iterations": [o and o.iterations for o in done],
        "total_bits": [o and whole(o.total_bits) for o in done],
        "bound": [o and o.bound.value for o in done],
        "smallest_reachable": [o.least if isinstance(o, Failure) else None for o in column],
    }


def cost_sweep(
    theorem: Theorem,
    estimators: Sequence[str] | Estimator | str | None,
    over: str,
    values: Mapping[str, Any],
    *,
    target: float | None = None,
    bits: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CostSweep:
    """Return what the target costs with each of the estimators, over an axis.

    Args:
        theorem: the theorem, in its own constants.
        estimators: several, as :func:`boundcalc.comparison.entries.contenders` reads them, or
        one, as
            :func:`boundcalc.comparison.communication.contender` takes it.
        over: the axis, as :func:`boundcalc.exact.ranges.read_range` reads it: any parameter, or
        ``target``.
        values: values for all other parameters; the step size is chosen, unless given.
        target: the bound to reach, unless the axis runs through targets.
        bits: bits of one message, where an estimator does not tell.
        progress: called with how many of how many answers are known, before places are solved for.

    Raises:
        UsageError: a value is missing or given twice, or makes no sense somewhere on the axis.
    """
    whole_names = whole_numbers(theorem, estimators)
    axis = read_range(over, whole_names)
    if axis.name in values:
        raise UsageError(f"{axis.name} runs through values and is given: leave one out")
    if (target is None) != (axis.name == TARGET):
        raise UsageError(
            "give a target to reach, or an axis of targets"
            if target is None
            else "the axis runs through targets: leave the target out"
        )

    def contending(value: Surd) -> Sequence[Contender]:
        merged = {**values, **({} if axis.name == TARGET else {axis.name: value})}
        try:
            if estimators is None or isinstance(estimators, str | Estimator):
                return [contender(theorem, estimators, merged, bits=bits)]
            return contenders(theorem, estimators, merged, bits=bits)
        except UsageError as error:
            raise UsageError(f"at {axis.name} = {float(value):.10g}: {error}") from None

    costs = Costs(contending, target)
    table = costs.table(axis.values, progress)
    labels = tuple(outcome.contender.label for outcome in table[0])
    places, integral = range(len(labels)), axis.name in whole_names
    ends = [end for i in places for end in reaches(costs, axis.values, i, integral)]
    changes = [
        flip
        for pair in combinations(places, 2)
        for flip in flips(costs, axis.values, pair, integral)
    ]
    return CostSweep(
        axis,
        costs.target,
        labels,
        theorem,
        tuple(table),
        tuple(sorted(changes, key=lambda flip: flip.first)),
        tuple(sorted(ends, key=lambda end: end.first)),
    )
