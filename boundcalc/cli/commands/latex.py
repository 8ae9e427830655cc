"""The command that writes theorems and proofs in LaTeX."""

from __future__ import annotations

from typing import Annotated

import typer

from boundcalc.cli.options import Estimator, Json, Module, choose, composed


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
