"""Theorems side by side, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from boundcalc.comparison.theorems import Contest, Result
from boundcalc.export.text.format import down, nearly, table, up
from boundcalc.model.parameters import GAMMA


def theorems(answer: Contest) -> str:
    """Return the bounds at each number of calls, how they fall, what was chosen, and the
    crossovers.
    """
    able = [result for result in answer.results if not result.reason]
    lines = [f"best bounds at N gradient calls of one worker: {answer.quantity.text}"]
    lines += [*answer.caveats, ""]
    if able:
        lines += [_bounds(answer, able), "", _rates(able), ""]
        lines += list(_settings(answer, able))
    lines += [f"{r.candidate.label}: {r.reason}" for r in answer.results if r.reason]
    notes = list(_notes(able))
    if notes:
        lines += ["", *notes]
    if len(able) > 1 and len(answer.calls) > 1:
        lines += ["", *_crossovers(answer)]
    return "\n".join(lines)


def _bounds(answer: Contest, able: list[Result]) -> str:
    header = ["N", *(result.candidate.label for result in able), "least"]
    rows = []
    for i, (N, best) in enumerate(zip(answer.calls, answer.best, strict=True)):
        bounds = [up(result.bounds[i]) for result in able]
        rows.append([str(N), *bounds, ", ".join(best) or "-"])
    width = max(len(row[-1]) for row in [header, *rows])
    padded = [[row[0].rjust(1), *row[1:-1], row[-1].ljust(width)] for row in [header, *rows]]
    return table(padded[0], padded[1:], left=0)


def _rates(able: list[Result]) -> str:
    rows = [
        [
            result.candidate.label,
            "-" if result.rate is None else result.rate.text(),
            "-" if result.slope is None else f"N^({nearly(result.slope, 3)})",
        ]
        for result in able
    ]
    return table(["theorem", "predicted rate", "last two N"], rows, left=3)


def _settings(answer: Contest, able: list[Result]) -> Iterator[str]:
    if any(result.last for result in able):
        yield f"chosen at N = {answer.calls[-1]}"
    else:
        yield f"N = {answer.calls[-1]} pays for no iteration"
    width = max(len(result.candidate.label) for result in able)
    for result in able:
        bought = result.last
        if bought is None:
            continue
        parts = [f"K = {bought.K}"]
        for name, value in bought.settings.items():
            shown = down(value, 6) if name == GAMMA.name else nearly(value, 6)
            parts.append(f"{name} = {shown}")
        if bought.first_batch:
            parts.append(f"first batch = {bought.first_batch}")
        yield f"  {result.candidate.label.ljust(width)}  {', '.join(parts)}"


def _notes(able: list[Result]) -> Iterator[str]:
    """Yield what was converted, and what the calls do not pay for."""
    for result in able:
        candidate = result.candidate
        if candidate.conversion.text:
            measure = candidate.theorem.step.measure.text
            yield f"{candidate.label}, of the {measure}: {candidate.conversion.text}"
    for result in able:
        for parameter in result.candidate.unpaid:
            default = nearly(float(parameter.default or 0))
            yield (f"{result.candidate.label}: {parameter.name} = {default}, not paid in calls"
                   f" ({parameter.meaning})")  # fmt: skip


def _crossovers(answer: Contest) -> Iterator[str]:
    first, last = answer.calls[0], answer.calls[-1]
    yield f"crossovers from N = {first} to {last}"
    if not answer.crossovers:
        yield "  none"
    for crossover in answer.crossovers:
        yield (
            f"  {crossover.lower} is below {crossover.other} from N = {nearly(crossover.calls, 3)}"
            f" on, where the bound is {up(crossover.bound, 4)}"
        )
