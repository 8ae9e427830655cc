"""The command that counts iterations and bits to a target."""

from __future__ import annotations

from typing import Annotated

import typer

from boundcalc.cli.costs import Over, answer_over, refuse
from boundcalc.cli.options import (
    Estimator,
    Json,
    Module,
    TheoremName,
    Values,
    find_theorem,
    read_given,
)
from boundcalc.errors import UsageError


def complexity(
    theorem: TheoremName,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="EPS", help="The value that the bound must come to."),
    ] = None,
    estimator: Estimator = None,
    param: Values = None,
    bits: Annotated[
        str | None,
        typer.Option(
            "--bits", metavar="N", help="Bits of one message, where the estimator does not tell."
        ),
    ] = None,
    over: Over = None,
    plot: Annotated[
        str | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Draw iterations and bits over the parameter of --over (png, pdf, svg).",
        ),
    ] = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Count iterations and bits until the bound is at a target; exit 1 if it cannot be reached.

    The step size is the one that needs the fewest iterations, unless -p gamma=... is given.
    -p d=... (dimension) and -p n=... (workers, 1 if left out) count bits with every estimator.
    With --over they are counted at each value of a parameter, and the value from which on the
    target is out of reach is solved for.
    """
    from boundcalc.cli import output
    from boundcalc.comparison.communication import complexity as count
    from boundcalc.exact.parse import parse_number
    from boundcalc.export.plots.figure import check_path
    from boundcalc.export.text import estimators as text

    if plot is not None:
        check_path(plot)

    goal = None if target is None else float(parse_number(target, "--target"))
    message = None if bits is None else float(parse_number(bits, "--bits"))
    found, given = find_theorem(theorem, module), read_given(param)
    if over is not None:
        answer_over(found, estimator, over, given, goal, message, plot, json)
    refuse({"--plot": plot}, "a single target: let a parameter run with --over")
    if goal is None:
        raise UsageError("Missing option '--target'")
    answer = count(found, goal, given, estimator=estimator, bits=message)
    if json:
        output.emit(answer.to_json())
    else:
        print(text.complexity(answer))
