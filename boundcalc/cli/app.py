"""The commands: what they take and which answer they print."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from boundcalc.cli.communication import compare, complexity
from boundcalc.cli.options import (
    Estimator,
    Json,
    Module,
    TheoremName,
    Values,
    choose,
    composed,
    find_theorem,
    known_theorems,
    read_given,
)
from boundcalc.cli.rates import rates
from boundcalc.cli.sweeping import sweep
from boundcalc.cli.verification import verify
from boundcalc.errors import UnreachableError, UsageError

__all__ = ["app"]

app = typer.Typer(
    name="boundcalc",
    help="Convergence theorems as objects: step sizes, bounds, proofs, simulations, LaTeX.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from boundcalc import __version__

        print(f"boundcalc {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Convergence theorems as objects: step sizes, bounds, proofs, simulations, LaTeX."""


@app.command("list")
def list_theorems(module: Module = None, json: Json = False) -> None:
    """List the theorems, and the gradient estimators they can be combined with."""
    from boundcalc.cli import output, sheets
    from boundcalc.registry import estimators

    theorems = [theorem for _, theorem in sorted(known_theorems(module).items())]
    if json:
        output.emit(
            [
                {
                    "name": t.name,
                    "title": t.title,
                    "family": t.family,
                    "metric": t.step.measure.text,
                    "rate": t.step.unroll.decay,
                }
                for t in theorems
            ]
        )
    else:
        print(sheets.listing(theorems))
        print()
        print(sheets.estimators([estimator for _, estimator in sorted(estimators().items())]))


@app.command()
def show(
    theorem: Annotated[str, typer.Argument(metavar="T", help="Name, as `list` shows.")],
    estimator: Estimator = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Show one theorem: parameters, assumptions, conditions, bound."""
    from boundcalc.cli import output, sheets

    found = composed(find_theorem(theorem, module), estimator)
    if json:
        output.emit(sheets.sheet_json(found))
    else:
        print(sheets.sheet(found))


@app.command()
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
    from boundcalc.cli import output, report
    from boundcalc.exact.parse import parse_count, parse_number
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
        print(report.step_size(answer))


@app.command()
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
    from boundcalc.cli import output, report
    from boundcalc.exact.parse import parse_counts

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
        print(report.bounds(answers))


def _columns(rows: list[dict[str, float]]) -> dict[str, list[float]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


app.command()(complexity)
app.command()(compare)
app.command()(rates)


@app.command()
def prove(
    theorems: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="[T...]", help="Names, as `list` shows.", show_default=False),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every theorem.")] = False,
    estimator: Estimator = None,
    certificate: Annotated[
        str | None,
        typer.Option("--certificate", metavar="FILE", help="Write the certificates as JSON."),
    ] = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Re-check proofs in exact arithmetic; exit 1 if one fails."""
    from boundcalc.cli import output, report
    from boundcalc.proofs.prove import prove as check

    chosen = [composed(theorem, estimator) for theorem in choose(theorems or [], every, module)]
    proofs = [check(theorem) for theorem in chosen]
    if certificate is not None:
        from boundcalc.export.certificates import write_certificates

        write_certificates(proofs, certificate)
    if json:
        output.emit([proof.to_json() for proof in proofs])
    else:
        print(report.proofs(proofs))
    if not all(proof.proved for proof in proofs):
        raise typer.Exit(1)


app.command()(verify)
app.command()(sweep)


@app.command()
def latex(
    theorem: Annotated[str | None, typer.Option("--theorem", metavar="T")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every theorem, and a table.")] = False,
    estimator: Estimator = None,
    proof: Annotated[bool, typer.Option("--proof", help="Add the proof.")] = False,
    standalone: Annotated[
        bool, typer.Option("--standalone", help="A document that pdflatex compiles as it is.")
    ] = False,
    out: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to write; - is stdout.")
    ] = "-",
    module: Module = None,
    json: Json = False,
) -> None:
    """Write theorems, and their proofs, in LaTeX."""
    from boundcalc.cli import output
    from boundcalc.export import latex as writer
    from boundcalc.export.files import write_file
    from boundcalc.proofs.standing import standing

    chosen = choose([] if theorem is None else [theorem], every, module)
    chosen = [composed(one, estimator) for one in chosen]
    if standalone:
        content = writer.document(chosen, proof=proof, table=every)
    else:
        parts = writer.environments(chosen, proof=proof)
        if every:
            parts.append(writer.rates_table(chosen))
        content = "\n\n".join(parts) + "\n"
    if out != "-":
        write_file(out, content)
    if json:
        output.emit(
            {
                "theorems": [t.name for t in chosen],
                "proved": all(standing(t).proved for t in chosen),
                "output": None if out == "-" else out,
                "latex": content,
            }
        )
    elif out == "-":
        print(content, end="")
