"""The command ``sweep``."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import typer

from boundcalc.cli.options import Json, Module, TheoremName, find_theorem
from boundcalc.cli.simulation import takes_simulation_options


@takes_simulation_options
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
    *,
    asked: dict[str, Any],
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
    from boundcalc.export.plots.sweep import check_plot, plot_sweep
    from boundcalc.export.table import check_table, write_table
    from boundcalc.export.text.sweep import sweep as text
    from boundcalc.verify import sweep as run

    found = find_theorem(theorem, module)
    axes = over or []
    if out is not None:
        check_table(out)
    if plot is not None:
        check_plot(len(axes), plot)
    titles = f"{found.name}, bounds", f"{found.name}, runs"
    with progress(*titles, quiet=json) as (bounding, advance):
        answer = run(found, axes, progress=advance, bounding=bounding, **asked)
    if out is not None:
        write_table(answer, out)
    if plot is not None:
        plot_sweep(answer, plot)
    output.finish(answer, text, json)
