"""Running what has been prepared."""

from __future__ import annotations

import math
from collections.abc import Callable

from boundcalc.errors import UsageError
from boundcalc.model import Theorem
from boundcalc.registry import catalogue
from boundcalc.verify.prepare import Setting
from boundcalc.verify.samplers import compressor_of
from boundcalc.verify.setting import method
from numerics import Result, simulate

__all__ = ["ROUNDING", "proved", "simulated"]

#: What rounding may add to a measured mean, relative to the bound.
ROUNDING = 1e-9


def simulated(
    setting: Setting,
    checkpoints: tuple[int, ...],
    workers: int | str | None,
    progress: Callable[[int, int], None] | None,
) -> Result:
    """The trials of the setting, measured at these checkpoints.

    Raises :class:`UsageError` where something assumed along the run was not so.
    """
    result = simulate(
        setting.problem,
        setting.oracle,
        method(setting.theorem),
        setting.of_method,
        metric=setting.metric,
        iterations=setting.iterations,
        trials=setting.trials,
        seed=setting.seed,
        start=setting.start,
        compressor=compressor_of(method(setting.theorem)),
        checkpoints=checkpoints,
        workers=workers,
        progress=progress,
    )
    assumed = float(setting.parameters["G2"]) if "G2" in setting.parameters else math.inf
    if result.watched is not None and not result.watched <= assumed:
        raise UsageError(
            f"no verdict on {setting.theorem.name}: the gradients of the workers reach"
            f" {result.watched:.6g} along the run, above G2 = {assumed:.6g}; give a larger G2"
        )
    return result


def proved(theorem: Theorem, check: bool | None) -> bool | None:
    """Whether the proof checks; by default only that of a theorem of no package is looked at."""
    if check is None:
        known = theorem.base or theorem
        check = catalogue().get(known.name) is not known
    return theorem.prove().proved if check else None
