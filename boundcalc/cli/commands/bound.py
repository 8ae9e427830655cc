"""The command that evaluates the bound."""

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


def bound(
    theorem: TheoremName,
    at: Annotated[
        str, typer.Option("--at", metavar="K[,K...]", help="Iterations; inf: the limit.")
    ],
    param: Values = None,
    estimator: Estimator = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Evaluate the bound after K iterations, by named terms, at the best proof parameters."""
    from boundcalc.bounds.bound import bound as evaluated
    from boundcalc.cli import output
    from boundcalc.exact.parse import parse_counts
    from boundcalc.export.text import bounds as text

    found = composed(find_theorem(theorem, module), estimator)
    counts = parse_counts(at, "--at", least=0)
    given = read_given(param, estimator)
    answers = [evaluated(found, K, given) for K in counts]
    if json:
        one = [answer.to_json() for answer in answers]
        if len(one) == 1:
            output.emit(one[0])
            return
        shared = {key: one[0][key] for key in ("theorem", "proved")}
        columns = {key: [o[key] for o in one] for key in one[0]}
        output.emit(columns | shared | {"terms": _columns([o["terms"] for o in one])})
    else:
        print(text.bounds(answers))


def _columns(rows: list[dict[str, float]]) -> dict[str, list[float]]:
    return {name: [row[name] for row in rows] for name in rows[0]}
