"""The command that re-checks proofs."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from boundcalc.cli.options import Estimator, Json, Module, choose, composed


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
    from boundcalc.cli import output
    from boundcalc.export.text import proofs as text
    from boundcalc.proofs.prove import prove as check

    chosen = [composed(theorem, estimator) for theorem in choose(theorems or [], every, module)]
    proofs = [check(theorem) for theorem in chosen]
    if certificate is not None:
        from boundcalc.export.certificates import write_certificates

        write_certificates(proofs, certificate)
    if json:
        output.emit([proof.to_json() for proof in proofs])
    else:
        print(text.proofs(proofs))
    if not all(proof.proved for proof in proofs):
        raise typer.Exit(1)
