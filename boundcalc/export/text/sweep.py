"""A sweep as text for a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from boundcalc.export.text.format import counted, nearly, table, up
from boundcalc.export.text.verification import audit_line

if TYPE_CHECKING:
    from boundcalc.verify import Cell, Sweep

# A longer table goes into a file.
_LONGEST = 40


def sweep(answer: Sweep) -> str:
    """Setting, the table where it is short, and what stands out."""
    theorem = answer.theorem
    shape = " x ".join(f"{counted(len(a.values), 'value')} of {a.name}" for a in answer.axes)
    lines = [f"{theorem.name}: {theorem.title}", *answer.caveats]
    lines += ["", f"problem    {answer.problem}", f"estimator  {answer.estimator}"]
    lines += [f"audit      {audit_line(answer.findings)}", f"grid       {shape}", ""]
    run = f"{counted(answer.iterations, 'iteration')}, {counted(answer.trials, 'trial')}"
    lines += [f"{theorem.step.measure.text} after {run}, seed {answer.seed}", ""]
    if len(answer.cells) <= _LONGEST:
        columns = answer.columns()
        hidden = {"diverged", "admissible"}
        if all(cell.exact is None for cell in answer.cells):
            hidden.add("exact")
        names = [name for name in columns if name not in hidden]
        shown = {"bound": up, "ratio": lambda value: nearly(value, 3)}
        rows = [
            [_told(columns[n][i], shown.get(n, nearly)) for n in names] + [_remark(cell)]
            for i, cell in enumerate(answer.cells)
        ]
        lines += [table([*(_HEADER.get(n, n) for n in names), ""], rows, left=0), ""]
    return "\n".join([*lines, *_summary(answer)])


_HEADER = {"ratio": "mean/bound", "exact": "exact mean"}


def _told(value: float, write: Any) -> str:
    return "-" if value != value else str(write(value))


def _remark(cell: Cell) -> str:
    remarks = [] if cell.admissible else ["not admissible"]
    if cell.diverged:
        remarks.append(f"{cell.diverged} runs diverged")
    return ", ".join(remarks)


def _summary(answer: Sweep) -> list[str]:

    def at(cell: Cell) -> str:
        return ", ".join(f"{name} = {nearly(value)}" for name, value in cell.at.items())

    cells = answer.cells
    diverged = sum(cell.diverged > 0 for cell in cells)
    told = f"runs diverged at {diverged}" if diverged else "no run diverged"
    points = f"{counted(len(cells), 'point')} {'is' if len(cells) == 1 else 'are'}"
    lines = [f"{len(answer.admissible)} of {points} admissible; {told}"]
    if answer.best is not None:
        lines.append(f"least bound {up(answer.best.bound)} at {at(answer.best)}")
    if answer.best_mean is not None:
        note = "" if answer.best_mean.admissible else " (not admissible)"
        lines.append(f"least mean {nearly(answer.best_mean.mean)} at {at(answer.best_mean)}{note}")
    if answer.tightest is not None:
        share = f"{nearly(answer.tightest.ratio, 3)} of the bound"
        lines.append(f"tightest at {at(answer.tightest)}: the mean is {share}")
    level = f"{100 * answer.level:g}%"
    exactly = all(cell.exact is not None for cell in answer.admissible)
    unseen = answer.unseen
    lines.append(
        {
            "holds": "holds: the exact mean is not above the bound at any admissible point"
            if exactly
            else f"holds: the upper {level} limit of the mean is under the bound at all"
            " admissible points",
            "violated": f"violated: the {_what(answer, level)} is above the bound at an"
            " admissible point",
            "inconclusive": f"inconclusive: at {at(unseen[0])} {unseen[1]};"
            " more --trials may show it"
            if unseen is not None
            else "inconclusive: at some admissible point the bound lies between the"
            f" {level} limits of the mean; more --trials would tell",
        }.get(answer.verdict or "", "no verdict: the theorem admits none of the points")
    )
    return lines


def _what(answer: Sweep, level: str) -> str:
    """Return of which kind the mean is that is above its bound by most."""

    def above(cell: Cell) -> float:
        return cell.least / cell.bound if cell.bound > 0 else cell.least * math.inf

    worst = max(answer.admissible, key=above, default=None)
    known = worst is not None and worst.exact is not None
    return "exact mean" if known else f"lower {level} limit of the mean"
