"""The command that shows one theorem."""

from __future__ import annotations

from typing import Annotated

import typer

from boundcalc.cli.options import Estimator, Json, Module, composed, find_theorem


def show(
    theorem: Annotated[str, typer.Argument(metavar="T", help="Name, as `list` shows.")],
    estimator: Estimator = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Show one theorem: parameters, assumptions, conditions, bound."""
    from boundcalc.cli import output
    from boundcalc.export.text import theorem as text

    found = composed(find_theorem(theorem, module), estimator)
    if json:
        output.emit(text.sheet_json(found))
    else:
        print(text.sheet(found))
