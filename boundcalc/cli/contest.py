"""Theorems side by side, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from boundcalc.cli.options import own_theorems, read_given
from boundcalc.cli.output import emit
from boundcalc.comparison.candidates import candidates
from boundcalc.comparison.theorems import CALLS, Contest, Result, contest
from boundcalc.errors import UsageError
from boundcalc.exact.parse import parse_count, parse_counts
from boundcalc.export.text.format import down, nearly, table, up
from boundcalc.model.parameters import GAMMA

_MOST = 1000


def run(
    theorems: str,
    calls: str | None,
    measure: str | None,
    param: list[str] | None,
    plot: str | None,
    module: str | None,
    json: bool,
) -> None:
    """Answer ``compare --theorems``."""
    own = own_theorems(module)
    found = candidates(theorems.split(","), read_given(param), measure, own)
    answer = contest(*found, CALLS if calls is None else ladder(calls))
    if plot is not None:
        from boundcalc.export.plots.theorems import plot_contest

        plot_contest(answer, plot)
    if json:
        emit(answer.to_json())
    else:
        print(text(answer))
    raise typer.Exit(answer.exit_status)


def ladder(written: str) -> list[int]:
    """Numbers of calls: ``1e3:1e7:9``, from, to and how many, or separated by commas.

    Raises :class:`UsageError` where it is neither.
    """
    if ":" not in written:
        counts = parse_counts(written, "--calls")
        if any(not isinstance(N, int) for N in counts):
            raise UsageError("--calls must be finite")
        return [int(N) for N in counts]
    parts = written.split(":")
    if len(parts) != 3:
        raise UsageError(f"--calls {written[:40]!r} is not of the form FROM:TO:COUNT")
    first, last, count = (parse_count(part, "--calls") for part in parts)
    if last <= first or not 2 <= count <= _MOST:
        raise UsageError(
            f"--calls {written[:40]!r}: FROM must be below TO, and COUNT from 2 to {_MOST}"
        )
    factor = last / first
    return [round(first * factor ** (i / (count - 1))) for i in range(count)]


def text(answer: Contest) -> str:
    """The bounds at each number of calls, how they fall, what was chosen, and the crossovers."""
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
    """What was converted, and what the calls do not pay for."""
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
