"""The commands that count what is sent: ``complexity`` for one estimator, ``compare`` for many."""

from __future__ import annotations

from typing import Annotated

import typer

from boundcalc.cli.options import (
    Estimator,
    Json,
    Module,
    TheoremName,
    Values,
    find_theorem,
    read_given,
)

__all__ = ["compare", "complexity"]


def complexity(
    theorem: TheoremName,
    target: Annotated[
        str, typer.Option("--target", metavar="EPS", help="The value that the bound must come to.")
    ],
    estimator: Estimator = None,
    param: Values = None,
    bits: Annotated[
        str | None,
        typer.Option(
            "--bits", metavar="N", help="Bits of one message, where the estimator does not tell."
        ),
    ] = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Count iterations and bits until the bound is at a target; exit 1 if it cannot be reached.

    The step size is the one that needs the fewest iterations, unless -p gamma=... is given.
    -p d=... (dimension) and -p n=... (workers, 1 if left out) count bits with every estimator.
    """
    from boundcalc.cli import costs, output
    from boundcalc.communication import complexity as count
    from boundcalc.values import parse_number

    answer = count(
        find_theorem(theorem, module),
        float(parse_number(target, "--target")),
        read_given(param),
        estimator=estimator,
        bits=None if bits is None else float(parse_number(bits, "--bits")),
    )
    if json:
        output.emit(answer.to_json())
    else:
        print(costs.complexity(answer))


def compare(
    theorem: TheoremName,
    estimators: Annotated[
        str,
        typer.Option(
            "--estimators",
            metavar="E[,E...]",
            help="Estimators, each with values of its own after colons: exact,topk:k=10,topk:k=100."
            " A value bits=N there is the length of one message.",
        ),
    ],
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="EPS", help="Reach the bound EPS in fewest iterations."),
    ] = None,
    horizon: Annotated[
        str | None,
        typer.Option("--horizon", metavar="K", help="Take the least bound after K iterations."),
    ] = None,
    param: Values = None,
    bits: Annotated[
        str | None,
        typer.Option(
            "--bits", metavar="N", help="Bits of one message, for estimators that do not tell."
        ),
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Draw the bounds against iterations and bits (png, pdf, svg).",
        ),
    ] = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Compare estimators: steps, iterations, bits, and where one becomes better than another.

    Values given with -p go to every estimator that knows the name; -p d=... (dimension) and
    -p n=... (workers, 1 if left out) count bits with each. Every estimator takes its own best step
    size, unless -p gamma=... is given. Exit 1 if no estimator reaches the target.
    """
    from boundcalc.cli import costs, output
    from boundcalc.comparison import compare as hold
    from boundcalc.contenders import contenders
    from boundcalc.plot import check_path
    from boundcalc.values import parse_count, parse_number

    if plot is not None:
        check_path(plot)
    answer = hold(
        contenders(
            find_theorem(theorem, module),
            estimators.split(","),
            read_given(param),
            bits=None if bits is None else float(parse_number(bits, "--bits")),
        ),
        target=None if target is None else float(parse_number(target, "--target")),
        horizon=None if horizon is None else parse_count(horizon, "--horizon", least=0),
    )
    if plot is not None:
        from boundcalc.comparison_plot import plot_comparison

        plot_comparison(answer, plot)
    if json:
        output.emit(answer.to_json())
    else:
        print(costs.comparison(answer))
    raise typer.Exit(answer.exit_status)
