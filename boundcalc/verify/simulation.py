"""Running what has been prepared."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from boundcalc.errors import UsageError
from boundcalc.exact.surd import Surd
from boundcalc.model.theorem import Theorem
from boundcalc.verify.options import SimulationOptions
from boundcalc.verify.prepare import PreparedRun
from boundcalc.verify.problem import compressor_of
from boundcalc.verify.setting import method
from numerics import Job, Result, make_job, run
from numerics.backend import backend

#: What rounding may add to a measured mean, relative to the bound.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Execution:
    """Who works, where finished blocks are kept and who is told; see :func:`numerics.run`.

    ``device`` has the arrays, "cpu" or "cuda"; an ``InputError`` says where there is none.
    """

    workers: int | str | None = None
    resume: str | os.PathLike[str] | None = None
    progress: Callable[[int, int], None] | None = None
    device: str = "cpu"

    @classmethod
    def of(cls, asked: SimulationOptions) -> Execution:
        """Return who works, where and for whom, as it is asked."""
        return cls(asked.workers, asked.resume, asked.progress, asked.device)

    def __post_init__(self) -> None:
        backend(self.device)

    def run(self, jobs: Sequence[Job]) -> list[list[Result]]:
        """Return the results at all points of all jobs."""
        placed = [replace(job, device=self.device) for job in jobs]
        return run(placed, workers=self.workers, resume=self.resume, progress=self.progress)


def simulated(
    settings: Sequence[PreparedRun], checkpoints: Sequence[tuple[int, ...]], execution: Execution
) -> list[Result]:
    """Return the trials of each of the settings, measured at its checkpoints.

    Raises :class:`UsageError` where something assumed along a run was not so.
    """
    jobs = [_job(one, at) for one, at in zip(settings, checkpoints, strict=True)]
    results = [found[0] for found in execution.run(jobs)]
    for setting, result in zip(settings, results, strict=True):
        check_watched(setting.theorem, setting.parameters, result)
    return results


def joined(results: Sequence[Result]) -> Result:
    """Return several results as the checkpoints of one, with the trials and the seed of the
    first.
    """

    def column(name: str) -> Any:
        return np.concatenate([getattr(result, name) for result in results])

    names = (
        "checkpoints",
        "mean",
        "variance",
        "minimum",
        "maximum",
        "count",
        "diverged",
        "drawn",
        "ceiling",
        "rare",
    )
    first = results[0]
    return Result(**{name: column(name) for name in names}, trials=first.trials, seed=first.seed)


def own_seed(seed: int, part: int) -> int:
    """Return a seed of its own for each part of a run (a horizon, a group of points): their trials
    are independent, whatever the other parts.
    """
    return int(np.random.SeedSequence([seed, part]).generate_state(1, np.uint64)[0])


def check_watched(theorem: Theorem, parameters: Mapping[str, Surd], result: Result) -> None:
    """Raise :class:`UsageError` where something assumed along a run was not so."""
    assumed = float(parameters["G2"]) if "G2" in parameters else math.inf
    if result.watched is not None and not result.watched <= assumed:
        raise UsageError(
            f"no verdict on {theorem.name}: the gradients of the workers reach"
            f" {result.watched:.6g} along the run, above G2 = {assumed:.6g}; give a larger G2"
        )


def _job(setting: PreparedRun, checkpoints: tuple[int, ...]) -> Job:
    algorithm = method(setting.theorem)
    return make_job(
        setting.problem,
        setting.oracle,
        algorithm,
        [setting.of_method],
        metric=setting.metric,
        iterations=setting.iterations,
        trials=setting.trials,
        seed=setting.seed,
        start=setting.start,
        checkpoints=checkpoints,
        compressor=compressor_of(algorithm),
    )
