"""The options that say what is simulated, shared by ``verify`` and ``sweep``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Optional

import typer

from boundcalc.errors import UsageError

__all__ = [
    "L2",
    "Bias",
    "Data",
    "Delays",
    "Device",
    "Level",
    "Loss",
    "Noise",
    "Options",
    "Problem",
    "Resume",
    "Seed",
    "Simulated",
    "Standardise",
    "Start",
    "TargetColumn",
    "Trials",
    "Workers",
    "read_options",
]

Problem = Annotated[
    str | None,
    typer.Option(
        "--problem",
        metavar="P",
        help="quadratic, least-squares, sine, glm, shifted-quadratics, sharded-glm, composite"
        " or maml (see --option).",
    ),
]
Options = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--option",
        metavar="NAME=VALUE",
        help="An option of the problem; for data workers, split (order, label, dirichlet),"
        " concentration, seed. Repeat it.",
    ),
]
Data = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="A CSV (with header) or LIBSVM file to fit; the latter is kept sparse.",
    ),
]
Standardise = Annotated[
    Optional[bool],  # noqa: UP045
    typer.Option(
        "--standardise/--no-standardise",
        help="Shift and scale data to mean 0 and variance 1. Default: a CSV yes, sparse LIBSVM"
        " data no, which that would make dense.",
        show_default=False,
    ),
]
TargetColumn = Annotated[
    str | None, typer.Option("--target-column", metavar="NAME", help="Default: the last.")
]
Loss = Annotated[str, typer.Option("--loss", help="squared, logistic, logcosh or geman-mcclure.")]
L2 = Annotated[str, typer.Option("--l2", metavar="WEIGHT", help="Weight of ||x||^2/2.")]
Simulated = Annotated[
    str | None,
    typer.Option(
        "--estimator",
        metavar="E",
        help="synthetic, minibatch, exact, or an estimator that `list` shows.",
    ),
]
Bias = Annotated[
    str | None, typer.Option("--bias", metavar="LAW", help="opposing, fixed, random or none.")
]
Noise = Annotated[
    str | None,
    typer.Option("--noise", metavar="LAW", help="gaussian, rademacher, multiplicative or none."),
]
Delays = Annotated[
    str | None,
    typer.Option(
        "--delays",
        metavar="PATTERN",
        help="constant, cyclic, uniform, heavy-tailed or adversarial (always the oldest).",
    ),
]
Start = Annotated[
    str,
    typer.Option(
        "--start", help="First average: gradient, zero, first (estimate) or first:B (a batch)."
    ),
]
Trials = Annotated[str | None, typer.Option("--trials", metavar="N", help="Independent runs.")]
Seed = Annotated[
    str, typer.Option("--seed", metavar="S", help="The same seed gives the same result.")
]
Level = Annotated[
    str, typer.Option("--level", help="Probability of all confidence limits together.")
]
Workers = Annotated[
    str | None,
    typer.Option(
        "--workers",
        metavar="W",
        help="N, threads:N, processes:N or dask://HOST:PORT (default: one for every core). Results"
        " do not depend on it.",
    ),
]
Resume = Annotated[
    str | None,
    typer.Option(
        "--resume",
        metavar="DIR",
        help="Keep finished blocks of trials there; run again, an interrupted run goes on.",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="D",
        help="cpu, or cuda to simulate on a GPU with CuPy; a seed has other random numbers there.",
    ),
]


def read_options(assignments: Sequence[str] | None) -> dict[str, Any]:
    """The options of a problem: whole numbers, numbers, lists of numbers, words."""
    from boundcalc.exact.parse import parse_number

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
            exactly = number.as_fraction()
            whole = exactly is not None and exactly.denominator == 1
            numbers.append(int(exactly) if exactly is not None and whole else float(number))
        if len(numbers) < len(value.split(",")):
            options[name.strip()] = value
        else:
            options[name.strip()] = numbers if len(numbers) > 1 else numbers[0]
    return options
