"""The command that finds how fast the bounds can fall, as a table."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from boundcalc.cli.options import Estimator, Json, Module, choose, composed
from boundcalc.errors import UsageError


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
    from boundcalc.export.text import rates as text
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
        print(text.rates(found))
