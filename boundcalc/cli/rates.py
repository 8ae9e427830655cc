"""The command that finds how fast the bounds can fall, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from boundcalc.cli.options import Estimator, Json, Module, choose, composed
from boundcalc.errors import UsageError

if TYPE_CHECKING:
    from boundcalc.bounds.rates.cases import Setting

__all__ = ["rates"]

# Characters of a line in the columns that are broken.
_ERRORS, _SCHEDULE = 22, 40


def rates(
    theorems: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads the annotation at run time
        typer.Argument(metavar="[T...]", help="Names, as `list` shows; else every one."),
    ] = None,
    estimator: Estimator = None,
    latex: Annotated[bool, typer.Option("--latex", help="A LaTeX table.")] = False,
    module: Module = None,
    json: Json = False,
) -> None:
    """Derive the fastest rates from the bounds, with the schedules that have them.

    Rates are in N, the gradient calls of one worker; schedules in K, the iterations. All are up to
    constants that do not depend on N, K, d, m and n.
    """
    from boundcalc.bounds.rates.cases import settings
    from boundcalc.cli import output
    from boundcalc.model.compose import takes_estimator
    from boundcalc.model.estimator import EXACT

    if latex and json:
        raise UsageError("give --latex or --json, not both")
    chosen = choose(theorems or [], not theorems, module)
    if not theorems and estimator is not None:
        chosen = [one for one in chosen if takes_estimator(one)]
    found = [s for one in chosen for s in settings(composed(one, estimator))]
    if estimator == EXACT:
        found = [s for s in found if not s.errors]
    if json:
        output.emit([setting.to_json() for setting in found])
    elif latex:
        from boundcalc.export.latex.rates import schedules_table

        print(schedules_table(found))
    else:
        print(_text(found))


def _text(found: Sequence[Setting]) -> str:
    """A table, and for every theorem what is bounded and what is assumed."""
    from boundcalc.cli.output import table
    from boundcalc.proofs.standing import caveats

    rows = [
        row
        for setting in found
        for row in _rows(
            [setting.theorem.name],
            _lines(setting.title.split(", "), _ERRORS),
            [setting.rate.text()],
            _lines(setting.rate.schedule_text(), _SCHEDULE),
            _lines(setting.rate.where(), _SCHEDULE),
        )
    ]
    doubts = caveats(setting.theorem for setting in found)
    lines = [*doubts, ""] if doubts else []
    lines += [table(["theorem", "errors", "rate", "schedule", "where"], rows, left=5)]
    for theorem in dict.fromkeys(setting.theorem for setting in found):
        lines += ["", f"{theorem.name} bounds {theorem.step.measure.text}; it assumes"]
        lines += [f"  {assumption.text()}" for assumption in theorem.assumes]
        calls = sorted(s.name for s in theorem.calls.free_symbols if s.name != "K")
        if calls:
            lines.append(f"  gradient calls of one worker: N = {theorem.calls}")
    return "\n".join(lines)


def _rows(*cells: list[str]) -> list[list[str]]:
    """The lines of cells side by side."""
    return [list(row) for row in zip_longest(*cells, fillvalue="")]


def _lines(parts: Sequence[str], width: int) -> list[str]:
    """As many parts on a line as fit; none is broken."""
    lines: list[str] = []
    for part in parts:
        joined = f"{lines[-1]}, {part}" if lines else part
        if lines and len(joined) <= width:
            lines[-1] = joined
        else:
            if lines:
                lines[-1] += ","
            lines.append(part)
    return lines or ["-"]
