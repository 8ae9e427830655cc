"""What a target costs along a parameter, as text for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator

from boundcalc.bounds.targets import told_apart
from boundcalc.comparison.communication import Complexity
from boundcalc.comparison.cost_sweep import TARGET, CostSweep
from boundcalc.comparison.cost_table import Outcome
from boundcalc.comparison.thresholds import Cause, OrderChange, ReachLimit
from boundcalc.export.text.format import nearly, table

# Digits of a threshold: its neighbours are told apart.
_DIGITS = 10


def cost_sweep(answer: CostSweep) -> str:
    """Return the aim, tables of iterations and bits, and where the order or the reach changes."""
    name = answer.axis.name
    first = answer.outcomes[0][0].contender.theorem
    title = first if len(answer.labels) == 1 else answer.theorem
    aim = TARGET if answer.target is None else nearly(answer.target, 10)
    lines = [f"{title.name}: {title.title}", *answer.caveats, ""]
    lines += [f"{first.step.measure.text} <= {aim} in the fewest iterations, over {name}", ""]
    lines += [_single(answer) if len(answer.labels) == 1 else _many(answer), ""]
    lines += [_reach(name, end, answer.target) for end in answer.reaches]
    for flip in answer.flips:
        lines += _flip(name, flip)
    if not answer.flips and len(answer.labels) > 1:
        lines.append("the order in bits is the same all along")
    return "\n".join(lines).rstrip()


def _single(answer: CostSweep) -> str:
    """Return one contender: with its step, and how often the first value's iterations it needs."""
    header = [answer.axis.name, "gamma", "iterations", "total bits", "times the first"]
    outcomes = [row[0] for row in answer.outcomes]
    unit = next((o.total_bits for o in outcomes if isinstance(o, Complexity)), 0.0)
    rows = []
    for value, outcome in zip(answer.axis.floats, outcomes, strict=True):
        if isinstance(outcome, Complexity):
            times = nearly(outcome.total_bits / unit, 4) if unit else "-"
            cells = [nearly(outcome.gamma), str(outcome.iterations), _bits(outcome), times]
        else:
            cells = ["-"] * 4
        rows.append([nearly(value), *cells])
    return table(header, rows, left=0)


def _many(answer: CostSweep) -> str:
    """Iterations and bits of each, and who needs the fewest bits."""
    labels = answer.labels
    groups = [answer.axis.name, "iterations", *[""] * (len(labels) - 1), "total bits"]
    groups += [""] * len(labels)
    rows = [["", *labels, *labels, "fewest bits"]]
    for value, row, best in zip(answer.axis.floats, answer.outcomes, answer.cheapest, strict=True):
        counts = [str(o.iterations) if isinstance(o, Complexity) else "-" for o in row]
        rows.append([nearly(value), *counts, *map(_bits, row), ", ".join(best) or "-"])
    width = max(len(row[-1]) for row in rows)
    return table(groups, [[*row[:-1], row[-1].ljust(width)] for row in rows], left=0)


def _reach(name: str, end: ReachLimit, target: float | None) -> str:
    why = (
        "no step size is admissible"
        if end.least is None
        else f"its residual is {told_apart(end.least, target or math.inf)} at least"
    )
    if end.reached:
        return (
            f"{end.label} reaches the target from {name} = {_at(end.first)} on:"
            f" at {_at(end.last)} {why}"
        )
    return (
        f"{end.label} reaches the target up to {name} = {_at(end.last)}: at {_at(end.first)} {why}"
    )


def _flip(name: str, flip: OrderChange) -> Iterator[str]:
    yield (
        f"{flip.cheaper} needs fewer bits than {flip.other} from {name} = {_at(flip.first)} on"
        f" (not at {_at(flip.last)})"
    )
    yield f"  {_cause(name, flip.cause)}"


def _cause(name: str, cause: Cause) -> str:
    at = f"at {name} = {_at(cause.at)} {cause.label}"
    if cause.without_residual is None:
        reason = (
            "the target is out of its reach" if cause.kind == "reach" else "no step is admissible"
        )
        return f"{at} does not pay: {reason}"
    alone, rival = nearly(cause.without_residual, 4), nearly(cause.rival_bits, 4)
    return {
        "residual": f"{at} does not pay because of its residual: without it, {alone} bits would do,"
        f" against {rival}",
        "step": f"{at} does not pay because of its smaller step: even without a residual it would"
        f" need {alone} bits, against {rival}",
        "message": f"{at} does not pay because of its longer messages: even without a residual it"
        f" would need {alone} bits, against {rival}",
    }[cause.kind]


def _at(value: float) -> str:
    return nearly(value, _DIGITS)


def _bits(outcome: Outcome) -> str:
    return nearly(outcome.total_bits, 4) if isinstance(outcome, Complexity) else "-"
