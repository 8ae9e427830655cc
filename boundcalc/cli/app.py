"""The commands: what they take and which answer they print."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from boundcalc.errors import UsageError

if TYPE_CHECKING:
    from boundcalc.model import Theorem

__all__ = ["app"]

app = typer.Typer(
    name="boundcalc",
    help="Convergence theorems as objects: step sizes, bounds, proofs, simulations, LaTeX.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

TheoremName = Annotated[str, typer.Option("--theorem", metavar="T", help="Name, as `list` shows.")]
Values = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads the annotation at run time on Python 3.11
    typer.Option(
        "-p",
        "--param",
        metavar="NAME=VALUE",
        help="A parameter's value: a number or plain arithmetic (1/3, 2**-4, sqrt(2)). Repeat it.",
    ),
]
Module = Annotated[
    str | None,
    typer.Option("--module", metavar="FILE", help="A Python file that defines more theorems."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Estimator = Annotated[
    str | None,
    typer.Option(
        "--estimator", metavar="E", help="Gradient estimator: synthetic (default) or exact."
    ),
]


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
    """List the theorems."""
    from boundcalc.cli import output, report

    theorems = [theorem for _, theorem in sorted(_known(module).items())]
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
        print(report.listing(theorems))


@app.command()
def show(
    theorem: Annotated[str, typer.Argument(metavar="T", help="Name, as `list` shows.")],
    module: Module = None,
    json: Json = False,
) -> None:
    """Show one theorem: parameters, assumptions, conditions, bound."""
    from boundcalc.cli import output, report

    found = _theorem(theorem, module)
    if json:
        output.emit(report.sheet_json(found))
    else:
        print(report.sheet(found))


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
    from boundcalc.cli import output, report
    from boundcalc.values import parse_count, parse_number

    if horizon is not None and target is not None:
        raise UsageError("give --horizon or --target, not both")
    answer = _theorem(theorem, module).step_size(
        horizon=None if horizon is None else parse_count(horizon, "--horizon", least=0),
        target=None if target is None else float(parse_number(target, "--target")),
        **_given(param, estimator),
    )
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
    from boundcalc.cli import output, report
    from boundcalc.values import parse_count

    found = _theorem(theorem, module)
    counts = [
        math.inf if part.strip() == "inf" else parse_count(part, "--at", least=0)
        for part in at.split(",")
    ]
    given = _given(param, estimator)
    answers = [found.bound(K, **given) for K in counts]
    if json:
        one = [answer.to_json() for answer in answers]
        output.emit(
            one[0]
            if len(one) == 1
            else {key: [o[key] for o in one] for key in one[0]}
            | {"theorem": found.name, "terms": _columns([o["terms"] for o in one])}
        )
    else:
        print(report.bounds(answers))


def _columns(rows: list[dict[str, float]]) -> dict[str, list[float]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


@app.command()
def prove(
    theorems: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="[T...]", help="Names, as `list` shows.", show_default=False),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every theorem.")] = False,
    certificate: Annotated[
        str | None,
        typer.Option("--certificate", metavar="FILE", help="Write the certificates as JSON."),
    ] = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Re-check proofs in exact arithmetic; exit 1 if one fails."""
    from boundcalc.cli import output, report

    proofs = [theorem.prove() for theorem in _chosen(theorems or [], every, module)]
    if certificate is not None:
        from boundcalc.certificate_file import write_certificates

        write_certificates(proofs, certificate)
    if json:
        output.emit([proof.to_json() for proof in proofs])
    else:
        print(report.proofs(proofs))
    if not all(proof.proved for proof in proofs):
        raise typer.Exit(1)


@app.command()
def latex(
    theorem: Annotated[str | None, typer.Option("--theorem", metavar="T")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every theorem, and a table.")] = False,
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
    from boundcalc import latex as writer
    from boundcalc.cli import output

    chosen = _chosen([] if theorem is None else [theorem], every, module)
    if standalone:
        content = writer.document(chosen, proof=proof, table=every)
    else:
        parts = [writer.theorem_environment(t, proof=proof) for t in chosen]
        if every:
            parts.append(writer.rates_table(chosen))
        content = "\n\n".join(parts) + "\n"
    if out != "-":
        output.write_file(out, content)
    if json:
        output.emit(
            {
                "theorems": [t.name for t in chosen],
                "output": None if out == "-" else out,
                "latex": content,
            }
        )
    elif out == "-":
        output.write_file(out, content)


# -- what the options mean ---------------------------------------------------------------


def _known(module: str | None) -> Mapping[str, Theorem]:
    from boundcalc.registry import catalogue, load_file

    return {**catalogue(), **(load_file(module) if module else {})}


def _theorem(name: str, module: str | None) -> Theorem:
    from boundcalc.errors import nearest

    known = _known(module)
    if name not in known:
        raise UsageError(
            f"unknown theorem {name!r}{nearest(name, known)}; `boundcalc list` shows them all"
        )
    return known[name]


def _chosen(names: list[str], every: bool, module: str | None) -> list[Theorem]:
    """The theorems named, or with ``--all`` every one; those of a module where nothing is said."""
    if every and names:
        raise UsageError("name theorems or give --all, not both")
    if every:
        return [theorem for _, theorem in sorted(_known(module).items())]
    if names:
        return [_theorem(name, module) for name in names]
    if module:
        from boundcalc.registry import load_file

        return list(load_file(module).values())
    raise UsageError("name a theorem, or give --all; `boundcalc list` shows the names")


def _given(assignments: list[str] | None, estimator: str | None = None) -> dict[str, Any]:
    """The values given with ``-p``, and those that the estimator stands for."""
    from boundcalc.errors import nearest
    from boundcalc.values import parse_assignment

    given: dict[str, Any] = {}
    for assignment in assignments or []:
        name, value = parse_assignment(assignment)
        if name in given:
            raise UsageError(f"{name} is given twice")
        given[name] = value
    if estimator not in (None, "synthetic", "exact"):
        near = nearest(estimator, ["synthetic", "exact"])
        raise UsageError(f"unknown estimator {estimator!r}{near}; here synthetic and exact")
    if estimator == "exact":
        clash = sorted({"B", "C", "M", "sigma2"} & set(given))
        if clash:
            raise UsageError(f"the exact estimator has {clash[0]} = 0; leave it out")
        given |= dict.fromkeys(("B", "C", "M", "sigma2"), 0)
    return given
