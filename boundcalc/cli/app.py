"""The commands together, as one application."""

from __future__ import annotations

from typing import Annotated

import typer

from boundcalc.cli.commands.bound import bound
from boundcalc.cli.commands.compare import compare
from boundcalc.cli.commands.complexity import complexity
from boundcalc.cli.commands.latex import latex
from boundcalc.cli.commands.list import list_theorems
from boundcalc.cli.commands.prove import prove
from boundcalc.cli.commands.rates import rates
from boundcalc.cli.commands.show import show
from boundcalc.cli.commands.stepsize import stepsize
from boundcalc.cli.commands.sweep import sweep
from boundcalc.cli.commands.verify import verify

app = typer.Typer(
    name="boundcalc",
    help="Convergence theorems as objects: step sizes, bounds, proofs, simulations, LaTeX.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from boundcalc import __version__

        print(f"boundcalc {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Convergence theorems as objects: step sizes, bounds, proofs, simulations, LaTeX."""


app.command("list")(list_theorems)
for _command in (
    *(show, stepsize, bound, complexity, compare, rates),
    *(prove, verify, sweep, latex),
):
    app.command()(_command)
