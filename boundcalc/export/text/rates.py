"""Rates and their schedules as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from boundcalc.bounds.rates.cases import RateCase
from boundcalc.export.text.format import table
from boundcalc.proofs.standing import caveats

# Characters of a line in the columns that are broken.
_ERRORS, _SCHEDULE = 22, 40


def rates(found: Sequence[RateCase]) -> str:
    """Return a table, and for every theorem what is bounded and what is assumed."""
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
    """Return the lines of cells side by side."""
    return [list(row) for row in zip_longest(*cells, fillvalue="")]


def _lines(parts: Sequence[str], width: int) -> list[str]:
    """Return as many parts on a line as fit; none is broken."""
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
