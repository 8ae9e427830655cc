"""The command ``sweep``, and its text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from boundcalc.cli.options import (
    Json,
    Module,
    TheoremName,
    Values,
    find_theorem,
    read_given,
)
from boundcalc.cli.settings import (
    L2,
    Bias,
    Data,
    Delays,
    Device,
    Level,
    Loss,
    Noise,
    Options,
    Problem,
    Resume,
    Seed,
    Simulated,
    Standardise,
    Start,
    TargetColumn,
    Trials,
    Workers,
    read_options,
)

if TYPE_CHECKING:
    from boundcalc.verify import Cell, Sweep

__all__ = ["sweep"]

# A longer table goes into a file.
_LONGEST = 40


def sweep(
    theorem: TheoremName,
    over: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "--over",
            metavar="NAME=FROM:TO:COUNT",
            help="What a parameter runs through: gamma=1e-4:1:25log, beta=0.05:1:20, tau=0:10 or"
            " k=1,2,5. Repeat it for a grid.",
        ),
    ] = None,
    problem: Problem = None,
    option: Options = None,
    data: Data = None,
    target_column: TargetColumn = None,
    standardise: Standardise = None,
    loss: Loss = "squared",
    l2: L2 = "0",
    estimator: Simulated = None,
    bias: Bias = None,
    noise: Noise = None,
    delays: Delays = None,
    start: Start = "gradient",
    param: Values = None,
    iterations: Annotated[
        str | None,
        typer.Option("--iterations", metavar="K", help="Steps of every run (the example's)."),
    ] = None,
    trials: Trials = None,
    seed: Seed = "0",
    level: Level = "0.99",
    workers: Workers = None,
    resume: Resume = None,
    device: Device = "cpu",
    out: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write a table (csv, json, parquet)."),
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option(
            "--plot", metavar="FILE", help="Draw one or two parameters' map (png, pdf, svg)."
        ),
    ] = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Run bound and simulation over a grid of parameters: bound, mean, ratio, where runs diverge.

    A step size that is neither swept nor given is the recommended one at each point. Exit 1 where
    a bound is violated, 3 where that is not decided or no point is admissible.
    """
    from boundcalc.cli import output
    from boundcalc.cli.progress import progress
    from boundcalc.exact.parse import parse_count, parse_number
    from boundcalc.export.plots.sweep import check_plot, plot_sweep
    from boundcalc.export.table import check_table, write_table
    from boundcalc.verify import sweep as run

    found = find_theorem(theorem, module)
    axes = over or []
    if out is not None:
        check_table(out)
    if plot is not None:
        check_plot(len(axes), plot)
    titles = f"{found.name}, bounds", f"{found.name}, runs"
    with progress(*titles, quiet=json) as (bounding, advance):
        answer = run(
            found,
            axes,
            problem=problem,
            options=read_options(option),
            data=data,
            target_column=target_column,
            standardise=standardise,
            loss=loss,
            l2=float(parse_number(l2, "--l2")),
            estimator=estimator,
            bias=bias,
            noise=noise,
            delays=delays,
            start=start,
            values=read_given(param),
            iterations=None if iterations is None else parse_count(iterations, "--iterations"),
            trials=None if trials is None else parse_count(trials, "--trials"),
            seed=parse_count(seed, "--seed", least=0),
            level=float(parse_number(level, "--level")),
            workers=workers,
            resume=resume,
            device=device,
            progress=advance,
            bounding=bounding,
        )
    if out is not None:
        write_table(answer, out)
    if plot is not None:
        plot_sweep(answer, plot)
    if json:
        output.emit(answer.to_json())
    else:
        print(_text(answer))
    raise typer.Exit(answer.exit_status)


def _text(answer: Sweep) -> str:
    """Setting, the table where it is short, and what stands out."""
    from boundcalc.export.text.format import counted, nearly, table, up
    from boundcalc.export.text.verification import audit_line

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
    from boundcalc.export.text.format import counted, nearly, up

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
    """Of which kind the mean is that is above its bound by most."""

    def above(cell: Cell) -> float:
        return cell.least / cell.bound if cell.bound > 0 else cell.least * math.inf

    worst = max(answer.admissible, key=above, default=None)
    known = worst is not None and worst.exact is not None
    return "exact mean" if known else f"lower {level} limit of the mean"
