"""The answer of a sweep, point by point of its grid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from boundcalc.exact.ranges import Range
from boundcalc.model.parameters import GAMMA
from boundcalc.verify.evidence import Seen, unseen_tail
from boundcalc.verify.results import SimulatedAnswer, json_safe
from numerics.block import DIVERGED

__all__ = ["DIVERGED", "Cell", "Sweep"]


@dataclass(frozen=True)
class Cell(Seen):
    """A point of the grid: its values on the axes, and what was found there.

    ``parameters`` are those of the method. ``bound`` is inf where no choice of the proof's
    parameters is ``admissible``, and ``lower`` and ``upper``, the confidence limits of the
    ``mean``, are nan there; the mean is inf where a trial ``diverged``, and nan where the method
    could not run because no step size is admissible. ``exact`` is the mean itself where it is
    known, and then decides.
    """

    at: Mapping[str, float]
    parameters: Mapping[str, float]
    bound: float
    mean: float
    lower: float
    upper: float
    diverged: int
    admissible: bool
    exact: float | None = None
    carried: float = math.nan

    @property
    def ratio(self) -> float:
        """mean/bound, of the exact mean where it is known: at most 1 where the theorem is true; nan
        where there is no bound.
        """
        if not self.admissible:
            return math.nan
        mean = self.expected
        return mean / self.bound if self.bound > 0 else math.inf if mean > 0 else 0.0


@dataclass(frozen=True, kw_only=True, repr=False)
class Sweep(SimulatedAnswer):
    """Bound and mean over a grid, after ``iterations`` steps.

    ``cells`` are the points, the last of the ``axes`` running fastest. ``verdict`` is "holds",
    "violated" or "inconclusive" over all admissible points together, None where there is none.
    ``limits`` is the largest admissible step, by the value of the axis beside the step size's (0
    where that is the only one); empty where the step size is on no axis, or beside several.
    """

    axes: tuple[Range, ...]
    cells: tuple[Cell, ...]
    iterations: int
    verdict: str | None
    limits: Mapping[float, float]

    @property
    def exit_status(self) -> int:
        """0 holds, 1 violated, 3 inconclusive or nothing to hold."""
        return {"holds": 0, "violated": 1}.get(self.verdict or "", 3)

    @cached_property
    def admissible(self) -> list[Cell]:
        """The points at which there is a bound."""
        return [cell for cell in self.cells if cell.admissible]

    @property
    def best(self) -> Cell | None:
        """The point with the least bound."""
        return min(self.admissible, key=lambda cell: cell.bound, default=None)

    @property
    def best_mean(self) -> Cell | None:
        """The point with the least mean, admissible or not; None where no run stays finite."""
        ran = [cell for cell in self.cells if math.isfinite(cell.mean)]
        return min(ran, key=lambda cell: cell.mean, default=None)

    @property
    def tightest(self) -> Cell | None:
        """The point at which the mean comes nearest to the bound."""
        return max(self.admissible, key=lambda cell: cell.ratio, default=None)

    @property
    def unseen(self) -> tuple[Cell, str] | None:
        """The first point at which no upper limit is to be had, and why; None for none."""
        for cell in self.admissible:
            why = unseen_tail(cell, self.trials)
            if why is not None:
                return cell, why
        return None

    def columns(self) -> dict[str, list[Any]]:
        """Return the grid as a table: axes, the method's other parameters, and what was found."""
        names = [axis.name for axis in self.axes]
        others = dict.fromkeys(n for c in self.cells for n in c.parameters if n not in names)
        table: dict[str, list[Any]] = {n: [c.at[n] for c in self.cells] for n in names}
        table |= {n: [c.parameters.get(n, math.nan) for c in self.cells] for n in others}
        for name in ("bound", "mean", "lower", "upper"):
            table[name] = [getattr(cell, name) for cell in self.cells]
        table["exact"] = [math.nan if c.exact is None else c.exact for c in self.cells]
        for name in ("ratio", "diverged", "admissible"):
            table[name] = [getattr(cell, name) for cell in self.cells]
        return table

    def setting(self) -> dict[str, Any]:
        """Return everything but the table, in types of JSON."""
        beside = [axis.name for axis in self.axes if axis.name != GAMMA.name]
        document = {
            "theorem": self.theorem.name,
            "measure": self.theorem.step.measure.text,
            "problem": self.problem,
            "estimator": self.estimator,
            "start": self.start,
            "axes": {axis.name: axis.floats for axis in self.axes},
            "iterations": self.iterations,
            "trials": self.trials,
            "seed": self.seed,
            "device": self.device,
            "level": self.level,
            "verdict": self.verdict,
            "proved": self.proved,
            "largest_admissible_step": [
                {**dict.fromkeys(beside, at), GAMMA.name: gamma}
                for at, gamma in self.limits.items()
            ],
            "audit": [asdict(finding) for finding in self.findings],
            "seconds": self.seconds,
        }
        answer: dict[str, Any] = json_safe(document)
        return answer

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON; what is infinite or nan is a string."""
        return {**self.setting(), "columns": json_safe(self.columns())}

    def __repr__(self) -> str:
        shape = " x ".join(f"{len(axis.values)} {axis.name}" for axis in self.axes)
        return self.marked(f"Sweep({self.theorem.name} over {shape}: {self.verdict})")
