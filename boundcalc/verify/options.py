"""The options of a simulation: every option once, with its meaning, default and flag.

``verify``, ``sweep`` and ``verify_horizons`` take these by keyword, and the command line makes its
flags of them. To add one, add a field here and use it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from boundcalc.errors import UsageError

if TYPE_CHECKING:
    from numerics import Problem

#: How the text of a flag is read: as it is, as a number, as a whole number from 1 or from 0, as
#: NAME=VALUE of the problem or of the theorem; ``switch`` is one of two flags, without a text.
Kind = Literal["text", "number", "count", "index", "options", "values", "switch"]


@dataclass(frozen=True)
class Flag:
    """A flag of the command line: ``names`` as they are typed, and what its help says."""

    names: str
    help: str = ""
    kind: Kind = "text"
    metavar: str | None = None


def _flag(
    names: str, help: str = "", kind: Kind = "text", metavar: str | None = None
) -> Mapping[str, Flag]:
    """Return what a field says of its flag."""
    return {"flag": Flag(names, help, kind, metavar)}


@dataclass(frozen=True)
class SimulationOptions:
    """Everything that is asked of a simulation beside the theorem.

    Attributes:
        problem: a problem of the simulator, by name or finished; by default the example's.
        options: the options of a named problem, or changes to those of the example; for data
            ``workers``, ``split`` ("order", "label" or "dirichlet", with its ``concentration``) and
            ``seed``, to deal the rows to workers.
        data: instead of a problem a CSV or LIBSVM file, fitted with ``loss`` (and ``l2``/2 times
            the squared norm) to predict ``target_column``, by default the last one.
        standardise: whether features (and the target of a regression) are shifted and scaled to
            mean 0 and variance 1; by default those of a CSV file are, and sparse LIBSVM data are
            not, which that would make dense.
        target_column: see ``data``.
        loss: see ``data``.
        l2: see ``data``.
        estimator: "exact", "synthetic" or "minibatch"; by default mini-batches of a data file
            (unless laws or constants of synthetic noise are given), else synthetic. Or an estimator
            of the catalogue: the theorem is then composed with it, and ``values`` are in its
            constants.
        bias: the law of the synthetic bias.
        noise: the law of the synthetic noise.
        delays: the pattern of the delays where the method has them: "constant", "cyclic",
            "uniform", "heavy-tailed" or "adversarial" (the default).
        start: what the average holds before the first step: "gradient", "zero", "first" (a fresh
            estimate) or "first:B", the mean of a batch.
        values: parameters of the method, free proof parameters, constants of the synthetic
            estimator, ``batch``, and constants of the problem that its own ones imply.
        iterations: steps of a run; by default the example's, or what takes a few seconds.
        trials: independent runs (at each point, at each horizon); by default likewise.
        seed: the same seed gives the same result, whatever the number of workers.
        level: the probability with which all confidence limits hold together.
        workers: a number, "threads:N", "processes:N" or "dask://HOST:PORT"; by default one for
            every core. The result is the same whoever works.
        resume: a folder in which finished blocks of trials are kept, so that an interrupted run
            takes up where it was.
        device: "cpu", or "cuda" to simulate on a GPU (needs ``boundcalc[gpu]``). A seed has random
            numbers of its own there.
        progress: called with the steps done and their total, ten times a second at most.
        check_proof: whether the answer says if the theorem is proved.
    """

    problem: str | Problem | None = field(
        default=None,
        metadata=_flag(
            "--problem",
            "quadratic, least-squares, sine, glm, shifted-quadratics, sharded-glm, composite"
            " or maml (see --option).",
            metavar="P",
        ),
    )
    options: Mapping[str, Any] = field(
        default_factory=dict,
        metadata=_flag(
            "--option",
            "An option of the problem; for data workers, split (order, label, dirichlet),"
            " concentration, seed. Repeat it.",
            "options",
            "NAME=VALUE",
        ),
    )
    data: str | os.PathLike[str] | None = field(
        default=None,
        metadata=_flag(
            "--data",
            "A CSV (with header) or LIBSVM file to fit; the latter is kept sparse.",
            metavar="FILE",
        ),
    )
    standardise: bool | None = field(
        default=None,
        metadata=_flag(
            "--standardise/--no-standardise",
            "Shift and scale data to mean 0 and variance 1. Default: a CSV yes, sparse LIBSVM"
            " data no, which that would make dense.",
            "switch",
        ),
    )
    target_column: str | None = field(
        default=None, metadata=_flag("--target-column", "Default: the last.", metavar="NAME")
    )
    loss: str = field(
        default="squared", metadata=_flag("--loss", "squared, logistic, logcosh or geman-mcclure.")
    )
    l2: Any = field(default=0.0, metadata=_flag("--l2", "Weight of ||x||^2/2.", "number", "WEIGHT"))
    estimator: str | None = field(
        default=None,
        metadata=_flag(
            "--estimator",
            "synthetic, minibatch, exact, or an estimator that `list` shows.",
            metavar="E",
        ),
    )
    bias: str | None = field(
        default=None, metadata=_flag("--bias", "opposing, fixed, random or none.", metavar="LAW")
    )
    noise: str | None = field(
        default=None,
        metadata=_flag("--noise", "gaussian, rademacher, multiplicative or none.", metavar="LAW"),
    )
    delays: str | None = field(
        default=None,
        metadata=_flag(
            "--delays",
            "constant, cyclic, uniform, heavy-tailed or adversarial (always the oldest).",
            metavar="PATTERN",
        ),
    )
    start: str = field(
        default="gradient",
        metadata=_flag(
            "--start", "First average: gradient, zero, first (estimate) or first:B (a batch)."
        ),
    )
    values: Mapping[str, Any] = field(
        default_factory=dict, metadata=_flag("-p/--param", kind="values")
    )
    iterations: int | None = field(
        default=None,
        metadata=_flag("--iterations", "Steps of every run (the example's).", "count", "K"),
    )
    trials: int | None = field(
        default=None, metadata=_flag("--trials", "Independent runs.", "count", "N")
    )
    seed: int = field(
        default=0, metadata=_flag("--seed", "The same seed gives the same result.", "index", "S")
    )
    level: float = field(
        default=0.99,
        metadata=_flag("--level", "Probability of all confidence limits together.", "number"),
    )
    workers: int | str | None = field(
        default=None,
        metadata=_flag(
            "--workers",
            "N, threads:N, processes:N or dask://HOST:PORT (default: one for every core). Results"
            " do not depend on it.",
            metavar="W",
        ),
    )
    resume: str | os.PathLike[str] | None = field(
        default=None,
        metadata=_flag(
            "--resume",
            "Keep finished blocks of trials there; run again, an interrupted run goes on.",
            metavar="DIR",
        ),
    )
    device: str = field(
        default="cpu",
        metadata=_flag(
            "--device",
            "cpu, or cuda to simulate on a GPU with CuPy; a seed has other random numbers there.",
            metavar="D",
        ),
    )
    progress: Callable[[int, int], None] | None = None
    check_proof: bool = True

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> SimulationOptions:
        """Return the options by their names; any other name is that of a value."""
        names = {entry.name for entry in fields(cls)}
        known = {name: value for name, value in given.items() if name in names}
        more = {name: value for name, value in given.items() if name not in names}
        values = {**(known.pop("values", None) or {}), **more}
        options = dict(known.pop("options", None) or {})
        return cls(**known, values=values, options=options)

    @property
    def default_problem(self) -> bool:
        """Tell whether the problem is left to the theorem's example."""
        return self.problem is None and self.data is None

    @property
    def own_example(self) -> bool:
        """Tell whether it is the example's problem as it stands, with its own estimator."""
        return self.default_problem and not self.options and self.estimator in (None, "synthetic")


@contextmanager
def usage_errors() -> Iterator[None]:
    """Raise :class:`UsageError` for what the simulator calls wrong input."""
    # The command line reads the options without the simulator.
    from numerics import InputError

    try:
        yield
    except InputError as error:
        raise UsageError(str(error)) from error
