"""The commands ``complexity``, for one estimator, and ``compare``, for many or for theorems."""

from __future__ import annotations

from collections.abc import Mapping
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
from boundcalc.errors import UsageError

Over = Annotated[
    str | None,
    typer.Option(
        "--over",
        metavar="NAME=FROM:TO:COUNT",
        help="Let a parameter run through values: tau=0:20, n=1:64:7log, k=1,10,100. Also target,"
        " in place of --target.",
    ),
]


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
    from boundcalc.cli import costs, output
    from boundcalc.comparison.communication import complexity as count
    from boundcalc.exact.parse import parse_number
    from boundcalc.export.plots.verification import check_path

    if plot is not None:
        check_path(plot)

    goal = None if target is None else float(parse_number(target, "--target"))
    message = None if bits is None else float(parse_number(bits, "--bits"))
    found, given = find_theorem(theorem, module), read_given(param)
    if over is not None:
        from boundcalc.cli.payoff import run

        run(found, estimator, over, given, goal, message, plot, json)
    _refuse({"--plot": plot}, "a single target: let a parameter run with --over")
    if goal is None:
        raise UsageError("Missing option '--target'")
    answer = count(found, goal, given, estimator=estimator, bits=message)
    if json:
        output.emit(answer.to_json())
    else:
        print(costs.complexity(answer))


def compare(
    theorem: Annotated[
        str | None,
        typer.Option("--theorem", metavar="T", help="One theorem, to compare estimators for."),
    ] = None,
    estimators: Annotated[
        str | None,
        typer.Option(
            "--estimators",
            metavar="E[,E...]",
            help="Estimators, each with values of its own after colons: exact,topk:k=10,topk:k=100."
            " A value bits=N there is the length of one message.",
        ),
    ] = None,
    theorems: Annotated[
        str | None,
        typer.Option(
            "--theorems",
            metavar="T[,T...]",
            help="Theorems to compare at equal gradient calls, each with values of its own after"
            " colons: signsgd,signsgd:batch=1,ssvr.",
        ),
    ] = None,
    calls: Annotated[
        str | None,
        typer.Option(
            "--calls",
            metavar="N[,N...]",
            help="Gradient calls of one worker, as FROM:TO:COUNT (by a constant factor) or one by"
            " one, with --theorems. Default: 1e3:1e7:9.",
        ),
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option(
            "--measure",
            metavar="M",
            help="What to bound, with --theorems: gradient-1-norm, gradient-2-norm or"
            " squared-gradient. Default: what follows from every bound without a factor.",
        ),
    ] = None,
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
            help="Draw the bounds against iterations and bits, or against calls, or costs over the"
            " parameter of --over (png, pdf, svg).",
        ),
    ] = None,
    over: Over = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Compare estimators of a theorem, or theorems, and find where one becomes better.

    With --theorem and --estimators: steps, iterations and bits. Values given with -p go to every
    estimator that knows the name; -p d=... (dimension) and -p n=... (workers, 1 if left out) count
    bits with each. Every estimator takes its own best step size, unless -p gamma=... is given.
    Exit 1 if no estimator reaches the target. With --over: iterations and bits to the target at
    each value of a parameter, and solved for: where the order in bits changes, with the reason, and
    where the target goes out of reach.

    With --theorems: the best bounds at equal numbers of gradient calls. Values given with -p go to
    every theorem that knows the name; what a method may set (step size, beta, batches, its first
    batch) is chosen for each number of calls, unless it is given. Exit 1 if nobody has a bound.
    """
    from boundcalc.cli import costs, output
    from boundcalc.comparison.contenders import contenders
    from boundcalc.comparison.estimators import compare as hold
    from boundcalc.exact.parse import parse_count, parse_number
    from boundcalc.export.plots.verification import check_path

    if plot is not None:
        check_path(plot)
    if theorems is not None:
        from boundcalc.cli.contest import run

        others = {"--theorem": theorem, "--estimators": estimators, "--target": target,
                  "--horizon": horizon, "--bits": bits, "--over": over}  # fmt: skip
        _refuse(others, "--theorems")
        run(theorems, calls, measure, param, plot, module, json)
        return
    _refuse({"--calls": calls, "--measure": measure}, "--theorem and --estimators")
    if theorem is None or estimators is None:
        missing = "--theorem" if theorem is None else "--estimators"
        raise UsageError(
            f"Missing option {missing!r}: give --theorem and --estimators, or --theorems"
        )
    found, given = find_theorem(theorem, module), read_given(param)
    goal = None if target is None else float(parse_number(target, "--target"))
    message = None if bits is None else float(parse_number(bits, "--bits"))
    if over is not None:
        from boundcalc.cli.payoff import run as run_over

        _refuse({"--horizon": horizon}, "--over")
        run_over(found, estimators.split(","), over, given, goal, message, plot, json)
    answer = hold(
        contenders(found, estimators.split(","), given, bits=message),
        target=goal,
        horizon=None if horizon is None else parse_count(horizon, "--horizon", least=0),
    )
    if plot is not None:
        from boundcalc.export.plots.estimators import plot_comparison

        plot_comparison(answer, plot)
    if json:
        output.emit(answer.to_json())
    else:
        print(costs.comparison(answer))
    raise typer.Exit(answer.exit_status)


def _refuse(options: Mapping[str, object], beside: str) -> None:
    """Raise :class:`UsageError` for the first option that is given and does not belong there."""
    for name, value in options.items():
        if value is not None:
            raise UsageError(f"{name} does not go with {beside}")
