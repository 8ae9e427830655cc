"""The options that commands share: how they are written, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from boundcalc.errors import UsageError

if TYPE_CHECKING:
    from boundcalc.model.theorem import Theorem

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
    typer.Option(
        "--module",
        metavar="FILE",
        help="A Python file that defines more theorems. It may import modules beside it, where no"
        " installed one has the name.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Estimator = Annotated[
    str | None,
    typer.Option(
        "--estimator",
        metavar="E",
        help="Where the gradient comes from: exact, or an estimator that `list` shows.",
    ),
]


def known_theorems(module: str | None) -> Mapping[str, Theorem]:
    """Return every theorem by name, those of the module included."""
    from boundcalc.registry import catalogue

    return {**catalogue(), **own_theorems(module)}


def own_theorems(module: str | None) -> Mapping[str, Theorem]:
    """Return the theorems of the file given with ``--module``, by name."""
    if not module:
        return {}
    from boundcalc.registry import load_file

    return load_file(module)


def find_theorem(name: str, module: str | None) -> Theorem:
    """Return the theorem of that name; raises :class:`UsageError` for one that does not exist."""
    from boundcalc.registry import named

    return named(name, own_theorems(module))


def choose(names: list[str], every: bool, module: str | None) -> list[Theorem]:
    """Return the theorems named, or with ``--all`` every one; those of a module where nothing is
    said.
    """
    if every and names:
        raise UsageError("name theorems or give --all, not both")
    if every:
        return [theorem for _, theorem in sorted(known_theorems(module).items())]
    if names:
        from boundcalc.registry import named

        # Once for all names: a file that is run twice has two classes of every name.
        own = own_theorems(module)
        return [named(name, own) for name in names]
    if module:
        return list(own_theorems(module).values())
    raise UsageError("name a theorem, or give --all; `boundcalc list` shows the names")


def composed(theorem: Theorem, estimator: str | None) -> Theorem:
    """Return the theorem in the constants of the estimator, where one is named."""
    if estimator is None:
        return theorem
    from boundcalc import registry
    from boundcalc.model.compose import check_takes_estimator, compose
    from boundcalc.model.estimator import EXACT

    if estimator == EXACT:
        check_takes_estimator(theorem)
        return theorem
    return compose(theorem, registry.estimator(estimator))


def read_given(assignments: list[str] | None, estimator: str | None = None) -> dict[str, Any]:
    """Return the values given with ``-p``, and those that the estimator stands for."""
    from boundcalc.exact.parse import parse_assignment

    given: dict[str, Any] = {}
    for assignment in assignments or []:
        name, value = parse_assignment(assignment)
        if name in given:
            raise UsageError(f"{name} is given twice")
        given[name] = value
    if estimator is None:
        return given
    from boundcalc.model.estimator import EXACT, without_error

    return without_error(given) if estimator == EXACT else given
