"""The command that derives admissible step sizes."""

from __future__ import annotations

from typing import Annotated

import typer

from boundcalc.cli.options import (
    Estimator,
    Json,
    Module,
    TheoremName,
    Values,
    composed,
    find_theorem,
    read_given,
)
from boundcalc.errors import UnreachableError, UsageError


def stepsize(
    theorem: TheoremName,
    param: Values = None,
    estimator: Estimator = None,
    horizon: Annotated[
        str | None,
        typer.Option("--horizon", metavar="K", help="Take the step with the least bound after K."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="EPS", help="Reach the bound EPS in fewest iterations."),
    ] = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Derive the admissible step sizes: in symbols, or with numbers the best of them."""
    from boundcalc.bounds.stepsize import step_size
    from boundcalc.cli import output
    from boundcalc.exact.parse import parse_count, parse_number
    from boundcalc.export.text import bounds as text
    from boundcalc.proofs.standing import announce

    if horizon is not None and target is not None:
        raise UsageError("give --horizon or --target, not both")
    found = composed(find_theorem(theorem, module), estimator)
    try:
        answer = step_size(
            found,
            read_given(param, estimator),
            horizon=None if horizon is None else parse_count(horizon, "--horizon", least=0),
            target=None if target is None else float(parse_number(target, "--target")),
        )
    except UnreachableError as error:
        if json:
            output.emit(
                {
                    "theorem": found.name,
                    "proved": announce(found).proved,
                    "gamma": None,
                    "least_reachable": error.least,
                }
            )
        raise
    if json:
        output.emit(answer.to_json())
    else:
        print(text.step_size(answer))
