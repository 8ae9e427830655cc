"""The commands: what they take and which answer they print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Optional

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
from boundcalc.errors import UnreachableError, UsageError

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
    from boundcalc.cli import output, report
    from boundcalc.values import parse_count, parse_number

    if horizon is not None and target is not None:
        raise UsageError("give --horizon or --target, not both")
    found = composed(find_theorem(theorem, module), estimator)
    try:
        answer = found.step_size(
            horizon=None if horizon is None else parse_count(horizon, "--horizon", least=0),
            target=None if target is None else float(parse_number(target, "--target")),
            **read_given(param, estimator),
        )
    except UnreachableError as error:
        if json:
            output.emit({"theorem": found.name, "gamma": None, "least_reachable": error.least})
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
    from boundcalc.cli import output, report
    from boundcalc.values import parse_counts

    found = composed(find_theorem(theorem, module), estimator)
    counts = parse_counts(at, "--at", least=0)
    given = read_given(param, estimator)
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

    chosen = [composed(theorem, estimator) for theorem in choose(theorems or [], every, module)]
    proofs = [theorem.prove() for theorem in chosen]
    if certificate is not None:
        from boundcalc.certificates import write_certificates

        write_certificates(proofs, certificate)
    if json:
        output.emit([proof.to_json() for proof in proofs])
    else:
        print(report.proofs(proofs))
    if not all(proof.proved for proof in proofs):
        raise typer.Exit(1)


@app.command()
def verify(
    theorem: Annotated[str | None, typer.Option("--theorem", metavar="T")] = None,
    every: Annotated[
        bool,
        typer.Option("--all", help="Every theorem, and every estimator with the first of them."),
    ] = False,
    problem: Annotated[
        str | None,
        typer.Option(
            "--problem",
            metavar="P",
            help="quadratic, least-squares, sine, glm, shifted-quadratics, sharded-glm, composite"
            " or maml (see --option).",
        ),
    ] = None,
    option: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "--option",
            metavar="NAME=VALUE",
            help="An option of the problem; for data workers, split (order, label, dirichlet),"
            " concentration, seed. Repeat it.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", metavar="FILE", help="A CSV (with header) or LIBSVM file to fit."),
    ] = None,
    target_column: Annotated[
        str | None, typer.Option("--target-column", metavar="NAME", help="Default: the last.")
    ] = None,
    loss: Annotated[
        str, typer.Option("--loss", help="squared, logistic, logcosh or geman-mcclure.")
    ] = "squared",
    l2: Annotated[str, typer.Option("--l2", metavar="WEIGHT", help="Weight of ||x||^2/2.")] = "0",
    estimator: Annotated[
        str | None,
        typer.Option(
            "--estimator",
            metavar="E",
            help="synthetic, minibatch, exact, or an estimator that `list` shows.",
        ),
    ] = None,
    bias: Annotated[
        str | None, typer.Option("--bias", metavar="LAW", help="opposing, fixed, random or none.")
    ] = None,
    noise: Annotated[
        str | None,
        typer.Option(
            "--noise", metavar="LAW", help="gaussian, rademacher, multiplicative or none."
        ),
    ] = None,
    delays: Annotated[
        str | None,
        typer.Option(
            "--delays",
            metavar="PATTERN",
            help="constant, cyclic, uniform, heavy-tailed or adversarial (always the oldest).",
        ),
    ] = None,
    start: Annotated[
        str,
        typer.Option(
            "--start", help="First average: gradient, zero, first (estimate) or first:B (a batch)."
        ),
    ] = "gradient",
    param: Values = None,
    iterations: Annotated[str | None, typer.Option("--iterations", metavar="K")] = None,
    horizons: Annotated[
        str | None,
        typer.Option(
            "--horizons",
            metavar="FROM:TO:COUNT",
            help="Run each of these numbers of iterations (or K,K,...) with the method's parameters"
            " best for it, and fit the exponent of the mean in K.",
        ),
    ] = None,
    trials: Annotated[str | None, typer.Option("--trials", metavar="N")] = None,
    seed: Annotated[str, typer.Option("--seed", metavar="S")] = "0",
    level: Annotated[
        str, typer.Option("--level", help="Probability of all confidence limits together.")
    ] = "0.99",
    plot: Annotated[
        str | None,
        typer.Option("--plot", metavar="FILE", help="Draw mean, limits and bound (png, pdf, svg)."),
    ] = None,
    module: Module = None,
    json: Json = False,
) -> None:
    """Run the method and hold its mean against the bound: holds, violated or inconclusive."""
    from boundcalc.cli import output
    from boundcalc.cli.progress import progress
    from boundcalc.plot import check_path
    from boundcalc.values import parse_count, parse_number

    chosen = choose([] if theorem is None else [theorem], every, module)
    if every and estimator is None and problem is None and data is None:
        chosen += _every_estimator(chosen)
    arguments: dict[str, Any] = {
        "problem": problem,
        "options": _options(option),
        "data": data,
        "target_column": target_column,
        "loss": loss,
        "l2": float(parse_number(l2, "--l2")),
        "estimator": estimator,
        "bias": bias,
        "noise": noise,
        "delays": delays,
        "start": start,
        "values": read_given(param),
        "trials": None if trials is None else parse_count(trials, "--trials"),
        "seed": parse_count(seed, "--seed", least=0),
        "level": float(parse_number(level, "--level")),
    }
    if plot is not None:
        check_path(plot)
    run, tell, draw = _way(iterations, horizons)
    answers = []
    for one in chosen:
        with progress(one.name, quiet=json) as advance:
            answer = run(one, progress=advance, **arguments)
        answers.append(answer)
        if plot is not None:
            draw(answer, plot if len(chosen) == 1 else _numbered(plot, one.name))
        if not json:
            print(tell(answer), flush=True)
    if json:
        documents = [answer.to_json() for answer in answers]
        output.emit(documents if every else documents[0])
    statuses = [answer.exit_status for answer in answers]
    raise typer.Exit(next((status for status in (1, 3) if status in statuses), 0))


def _way(
    iterations: str | None, horizons: str | None
) -> tuple[Callable[..., Any], Callable[[Any], str], Callable[[Any, str], None]]:
    """How to verify, to tell and to draw: along one run, or over a ladder of horizons."""
    from functools import partial

    from boundcalc.values import parse_count

    if horizons is None:
        from boundcalc.cli.report import verification
        from boundcalc.plot import plot
        from boundcalc.verify import verify

        count = None if iterations is None else parse_count(iterations, "--iterations")
        return partial(verify, iterations=count), verification, plot
    if iterations is not None:
        raise UsageError("--horizons are numbers of iterations: leave --iterations out")
    from boundcalc.cli.ladders import ladder
    from boundcalc.horizons import read_horizons
    from boundcalc.ladder_plot import plot_ladder
    from boundcalc.verify import verify_horizons

    return partial(verify_horizons, horizons=read_horizons(horizons)), ladder, plot_ladder


def _every_estimator(theorems: Sequence[Theorem]) -> list[Theorem]:
    """Every estimator composed with the first theorem that takes one."""
    from boundcalc.composition import compose, takes_estimator
    from boundcalc.registry import estimators

    first = next((theorem for theorem in theorems if takes_estimator(theorem)), None)
    found = sorted(estimators().items()) if first is not None else []
    return [compose(first, one) for _, one in found if one.trial is not None and first is not None]


def _numbered(path: str, name: str) -> str:
    """The file of one theorem of several: its name goes before the suffix."""
    from pathlib import Path

    file = Path(path)
    return str(file.with_name(f"{file.stem}-{name}{file.suffix}"))


def _options(assignments: list[str] | None) -> dict[str, Any]:
    """The options of a problem: whole numbers, numbers, lists of numbers, words."""
    from boundcalc.values import parse_number

    options: dict[str, Any] = {}
    for assignment in assignments or []:
        name, equals, value = assignment.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{assignment!r} is not of the form NAME=VALUE, as in dimension=100")
        numbers: list[int | float] = []
        for part in value.split(","):
            try:
                number = parse_number(part, name)
            except UsageError:
                break
            numbers.append(int(number) if number.is_Integer else float(number))
        whole = len(numbers) == len(value.split(","))
        if not whole:
            options[name.strip()] = value
        else:
            options[name.strip()] = numbers if len(numbers) > 1 else numbers[0]
    return options


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
    from boundcalc import latex as writer
    from boundcalc.cli import output
    from boundcalc.files import write_file

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
                "output": None if out == "-" else out,
                "latex": content,
            }
        )
    elif out == "-":
        print(content, end="")
