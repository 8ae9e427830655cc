"""The command that lists theorems and estimators."""

from __future__ import annotations

from boundcalc.cli.options import Json, Module, known_theorems


def list_theorems(module: Module = None, json: Json = False) -> None:
    """List the theorems, and the gradient estimators they can be combined with."""
    from boundcalc.cli import output
    from boundcalc.export.text import theorem as text
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
        print(text.listing(theorems))
        print()
        print(text.estimators([estimator for _, estimator in sorted(estimators().items())]))
