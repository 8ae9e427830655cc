"""What communication costs, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from boundcalc.comparison.communication import Complexity
from boundcalc.comparison.curves import Crossing
from boundcalc.comparison.estimators import Comparison, Failure
from boundcalc.export.text.bounds import bound_lines
from boundcalc.export.text.format import down, nearly, parameters_line, table, up


def complexity(answer: Complexity) -> str:
    """Step, iterations and bits, and the bound that is then reached."""
    one = answer.contender
    rows = [
        ("target", nearly(answer.target, 10) if answer.target is not None else ""),
        ("step size", f"gamma = {down(answer.gamma)}"),
        ("iterations", str(answer.iterations)),
        ("bits per iteration", f"{_bits(one.bits)} from each worker"),
        ("bits per worker", _bits(answer.bits_per_worker)),
        ("total bits", f"{_bits(answer.total_bits)} from {_workers(one.workers)}"),
    ]
    if answer.bound.proof_parameters:
        rows.append(("proof parameters", parameters_line(answer.bound.proof_parameters)))
    width = max(len(name) for name, _ in rows)
    lines = [f"{one.theorem.name}: {one.theorem.title}", *answer.caveats, ""]
    lines += [f"{name.ljust(width)}  {value}" for name, value in rows]
    return "\n".join([*lines, "", *bound_lines(answer.bound)])


def comparison(answer: Comparison) -> str:
    """Return a table of the contenders, who is best, and where the order changes."""
    theorem = answer.outcomes[0].contender.theorem
    base = theorem.base or theorem
    measure = theorem.step.measure.text
    if answer.target is not None:
        aim = f"{measure} <= {nearly(answer.target, 10)} in the fewest iterations"
    else:
        aim = f"{measure} after K = {answer.horizon} iterations: the least bound"
    lines = [f"{base.name}: {base.title}", *answer.caveats, "", aim, ""]
    lines += [_table(answer)]
    failures = [o for o in answer.outcomes if isinstance(o, Failure)]
    if failures:
        lines += ["", *(f"{f.contender.label}: {_why(f)}" for f in failures)]
    if len(answer.curves) > 1:
        lines += ["", *_crossovers(answer)]
    return "\n".join(lines)


def _table(answer: Comparison) -> str:
    header = ["estimator", "gamma", "iterations", "workers", "bits each", "total bits", "bound"]
    rows = []
    for outcome in answer.outcomes:
        one = outcome.contender
        if isinstance(outcome, Complexity):
            found = [
                down(outcome.gamma, 6), str(outcome.iterations), str(one.workers),
                _bits(one.bits), _bits(outcome.total_bits), up(outcome.bound.value),
            ]  # fmt: skip
        else:
            found = ["-", "-", str(one.workers), _bits(one.bits), "-", "-"]
        best = ", ".join(what for what, labels in answer.best.items() if one.label in labels)
        rows.append([one.label, *found, best])
    header.append("best in")
    # The last column is words, so it goes flush left: padded by hand.
    width = max(len(row[-1]) for row in [header, *rows])
    padded = [[*row[:-1], row[-1].ljust(width)] for row in [header, *rows]]
    text = table(padded[0], padded[1:])
    note = "bits each: of one message, which every worker sends in every iteration"
    return f"{text}\n\n{note}"


def _why(failure: Failure) -> str:
    if failure.least is None:
        return failure.reason
    return f"cannot reach it; the smallest value in reach is {nearly(failure.least)}"


def _crossovers(answer: Comparison) -> Iterator[str]:
    iterations, bits, _ = answer.ends
    yield f"crossovers of the least bounds up to K = {iterations:.0f} and {_bits(bits)} bits"
    for axis, found in (("iterations", "against iterations"), ("bits", "against total bits")):
        those = [c for c in answer.crossings if c.axis == axis]
        if not those:
            yield f"  {found}: none"
        for crossing in those:
            yield f"  {found}: {_crossing(crossing)}"


def _crossing(crossing: Crossing) -> str:
    where = f"K = {crossing.at:.0f}" if crossing.axis == "iterations" else _bits(crossing.at)
    unit = "" if crossing.axis == "iterations" else " bits"
    return (
        f"{crossing.lower} is below {crossing.other} from {where}{unit} on,"
        f" where the bound is {up(crossing.bound, 4)}"
    )


def _bits(value: float) -> str:
    """Return a number of bits, to four digits where it is long."""
    return nearly(value, 4 if value >= 1e6 else 10)


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"
