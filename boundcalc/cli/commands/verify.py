"""The command ``verify``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from boundcalc.cli.options import Json, Module, choose
from boundcalc.cli.simulation import takes_simulation_options
from boundcalc.errors import UsageError

if TYPE_CHECKING:
    from boundcalc.model.theorem import Theorem

__all__ = ["verify"]


@takes_simulation_options
def verify(
    theorem: Annotated[str | None, typer.Option("--theorem", metavar="T")] = None,
    every: Annotated[
        bool,
        typer.Option("--all", help="Every theorem, and every estimator with the first of them."),
    ] = False,
    *,
    asked: dict[str, Any],
    horizons: Annotated[
        str | None,
        typer.Option(
            "--horizons",
            metavar="FROM:TO:COUNT",
            help="Run each of these numbers of iterations (or K,K,...) with the method's parameters"
            " best for it, and fit the exponent of the mean in K.",
        ),
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option("--plot", metavar="FILE", help="Draw mean, limits and bound (png, pdf, svg)."),
    ] = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Run the method and hold its mean against the bound: holds, violated or inconclusive.

    With --all the limits of all runs hold together with the probability --level.
    """
    from boundcalc.cli import output
    from boundcalc.cli.progress import progress
    from boundcalc.export.plots.figure import check_path

    chosen = choose([] if theorem is None else [theorem], every, module)
    if every and all(asked[name] is None for name in ("estimator", "problem", "data")):
        chosen += _every_estimator(chosen)
    if plot is not None:
        check_path(plot)
    # The runs of one command hold together, by Bonferroni's inequality.
    level_together = asked["level"]
    if len(chosen) > 1:
        asked["level"] = 1 - (1 - level_together) / len(chosen)
    run, tell, draw = _way(asked, horizons)
    answers = []
    for one in chosen:
        with progress(one.name, quiet=json) as (advance,):
            answer = run(one, progress=advance, **asked)
        answers.append(answer)
        if plot is not None:
            draw(answer, plot if len(chosen) == 1 else _numbered(plot, one.name))
        if not json:
            print(tell(answer), flush=True)
    if json:
        documents = [answer.to_json() for answer in answers]
        output.emit(documents if every else documents[0])
    elif every:
        print(
            f"all limits of these {len(answers)} runs hold together with a probability of at least"
            f" {100 * level_together:g}%"
        )
    statuses = [answer.exit_status for answer in answers]
    raise typer.Exit(next((status for status in (1, 3) if status in statuses), 0))


def _way(
    asked: dict[str, Any], horizons: str | None
) -> tuple[Callable[..., Any], Callable[[Any], str], Callable[[Any, str], None]]:
    """Return how to verify, to tell and to draw: along one run, or at several horizons."""
    if horizons is None:
        from boundcalc.export.plots.verification import plot
        from boundcalc.export.text.verification import verification
        from boundcalc.verify import verify

        return verify, verification, plot
    if asked.pop("iterations") is not None:
        raise UsageError("--horizons are numbers of iterations: leave --iterations out")
    from functools import partial

    from boundcalc.exact.ranges import read_horizons
    from boundcalc.export.plots.horizons import plot_horizons
    from boundcalc.export.text.horizons import horizon_study
    from boundcalc.verify import verify_horizons

    return partial(verify_horizons, horizons=read_horizons(horizons)), horizon_study, plot_horizons


def _every_estimator(theorems: Sequence[Theorem]) -> list[Theorem]:
    """Return every estimator composed with the first theorem that takes one."""
    from boundcalc.model.compose import compose, takes_estimator
    from boundcalc.registry import estimators

    first = next((theorem for theorem in theorems if takes_estimator(theorem)), None)
    found = sorted(estimators().items()) if first is not None else []
    return [compose(first, one) for _, one in found if one.trial is not None and first is not None]


def _numbered(path: str, name: str) -> str:
    """Return the file of one theorem of several: its name goes before the suffix."""
    from pathlib import Path

    file = Path(path)
    return str(file.with_name(f"{file.stem}-{name}{file.suffix}"))
