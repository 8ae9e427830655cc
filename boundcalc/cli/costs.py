"""The costs of a target along a parameter, for ``complexity`` and ``compare``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from boundcalc.errors import UsageError

if TYPE_CHECKING:
    from boundcalc.model.theorem import Theorem

Over = Annotated[
    str | None,
    typer.Option(
        "--over",
        metavar="NAME=FROM:TO:COUNT",
        help="Let a parameter run through values: tau=0:20, n=1:64:7log, k=1,10,100. Also target,"
        " in place of --target.",
    ),
]


def answer_over(
    theorem: Theorem,
    estimators: Sequence[str] | str | None,
    over: str,
    values: dict[str, Any],
    target: float | None,
    bits: float | None,
    plot: str | None,
    json: bool,
) -> NoReturn:
    """Answer, print and exit, as the commands with ``--over`` do."""
    from boundcalc.cli import output
    from boundcalc.cli.progress import progress
    from boundcalc.comparison.cost_sweep import cost_sweep
    from boundcalc.export.text import cost_sweep as text

    with progress(theorem.name, quiet=json) as (advance,):
        answer = cost_sweep(
            theorem, estimators, over, values, target=target, bits=bits, progress=advance
        )
    if plot is not None:
        from boundcalc.export.plots.cost_sweep import plot_cost_sweep

        plot_cost_sweep(answer, plot)
    output.finish(answer, text.cost_sweep, json)


def refuse(options: Mapping[str, object], beside: str) -> None:
    """Raise :class:`UsageError` for the first option that is given and does not belong there."""
    for name, value in options.items():
        if value is not None:
            raise UsageError(f"{name} does not go with {beside}")
