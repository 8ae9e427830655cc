"""The command that compares estimators of a theorem, or theorems."""

from __future__ import annotations

from typing import Annotated

import typer

from boundcalc.cli.costs import Over, answer_over, refuse
from boundcalc.cli.options import Json, Module, Values, find_theorem, own_theorems, read_given
from boundcalc.errors import UsageError


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
    from boundcalc.cli import output
    from boundcalc.comparison.entries import contenders
    from boundcalc.comparison.estimators import compare as hold
    from boundcalc.exact.parse import parse_count, parse_number
    from boundcalc.export.plots.figure import check_path
    from boundcalc.export.text import estimators as text

    if plot is not None:
        check_path(plot)
    if theorems is not None:
        others = {"--theorem": theorem, "--estimators": estimators, "--target": target,
                  "--horizon": horizon, "--bits": bits, "--over": over}  # fmt: skip
        refuse(others, "--theorems")
        _theorems(theorems, calls, measure, param, plot, module, json)
        return
    refuse({"--calls": calls, "--measure": measure}, "--theorem and --estimators")
    if theorem is None or estimators is None:
        missing = "--theorem" if theorem is None else "--estimators"
        raise UsageError(
            f"Missing option {missing!r}: give --theorem and --estimators, or --theorems"
        )
    found, given = find_theorem(theorem, module), read_given(param)
    goal = None if target is None else float(parse_number(target, "--target"))
    message = None if bits is None else float(parse_number(bits, "--bits"))
    if over is not None:
        refuse({"--horizon": horizon}, "--over")
        answer_over(found, estimators.split(","), over, given, goal, message, plot, json)
    answer = hold(
        contenders(found, estimators.split(","), given, bits=message),
        target=goal,
        horizon=None if horizon is None else parse_count(horizon, "--horizon", least=0),
    )
    if plot is not None:
        from boundcalc.export.plots.estimators import plot_comparison

        plot_comparison(answer, plot)
    output.finish(answer, text.comparison, json)


def _theorems(
    theorems: str,
    calls: str | None,
    measure: str | None,
    param: list[str] | None,
    plot: str | None,
    module: str | None,
    json: bool,
) -> None:
    """Answer ``compare --theorems``."""
    from boundcalc.cli import output
    from boundcalc.comparison.entries import candidates
    from boundcalc.comparison.theorems import CALLS, contest
    from boundcalc.exact.ranges import read_calls
    from boundcalc.export.text import theorems as text

    own = own_theorems(module)
    found = candidates(theorems.split(","), read_given(param), measure, own)
    answer = contest(*found, CALLS if calls is None else read_calls(calls))
    if plot is not None:
        from boundcalc.export.plots.theorems import plot_contest

        plot_contest(answer, plot)
    output.finish(answer, text.theorems, json)
