"""The outcome of a verification."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from boundcalc.model.theorem import Theorem
from boundcalc.proofs.standing import Answer
from boundcalc.verify.evidence import Seen, Verdict, unseen_tail
from boundcalc.verify.fits import Slope
from numerics import Finding, Overlap
from numerics.backend import Array

__all__ = [
    "EXIT_STATUS",
    "Checkpoint",
    "Finding",
    "Overlap",
    "Verdict",
    "Verification",
    "plain",
    "ratio",
    "tightness",
]

#: What the command line ends with.
EXIT_STATUS: dict[Verdict, int] = {"holds": 0, "violated": 1, "inconclusive": 3}


@dataclass(frozen=True)
class Checkpoint(Seen):
    """The simulated mean after ``k`` iterations, its confidence limits, and the bound.

    ``exact`` is the mean itself where it is known, and then decides.
    """

    k: int
    mean: float
    lower: float
    upper: float
    bound: float
    exact: float | None = None
    carried: float = 0.0


@dataclass(frozen=True)
class Verification(Answer):
    """The verdict of a simulation on a theorem's bound.

    ``level`` is the probability with which all confidence limits hold together. ``tightness`` is
    bound/mean, the least over the checkpoints after the first, and ``tightness_last`` at the last
    one (inf where the mean is 0), with the exact mean where it is known. ``residual`` is the bound
    in the limit of many iterations, ``proof_parameters`` the free parameters behind the last bound.
    ``constants`` are the
    theorem's, with the method's parameters. ``sparsity`` is what the workers share, where the
    theorem speaks of it. ``findings`` are the audit of the assumptions;
    ``allowance`` (checkpoints,) is what rounding can add to the measured means. ``needed_trials``
    is set where the verdict is inconclusive and more trials would settle it. ``proved`` is None
    unless the ``proof_checked`` says that it was looked at.
    """

    theorem: Theorem
    problem: str
    estimator: str
    start: str
    verdict: Verdict
    checkpoints: tuple[Checkpoint, ...]
    level: float
    tightness: float
    tightness_last: float
    slope: Slope | None
    residual: float
    iterations: int
    trials: int
    diverged: int
    seed: int
    device: str
    constants: Mapping[str, float]
    proof_parameters: Mapping[str, float]
    sparsity: Overlap | None
    findings: tuple[Finding, ...]
    allowance: tuple[float, ...]
    needed_trials: int | None
    proof_checked: bool
    seconds: float

    @property
    def theorems(self) -> tuple[Theorem, ...]:
        return (self.theorem,) if self.proof_checked else ()

    @property
    def exit_status(self) -> int:
        """0 holds, 1 violated, 3 inconclusive."""
        return EXIT_STATUS[self.verdict]

    @property
    def summary(self) -> str:
        """The verdict and its reason in one sentence."""
        worst = self._worst
        limit = f"{100 * self.level:g}% limit of the mean"
        exactly = worst.exact is not None
        if self.verdict == "holds" and exactly:
            return (
                f"holds: the exact mean is not above the bound at any of"
                f" {len(self.checkpoints)} checkpoints"
            )
        if self.verdict == "holds":
            return (
                f"holds: the upper {limit} is under the bound at all"
                f" {len(self.checkpoints)} checkpoints"
            )
        if self.verdict == "violated":
            what = "exact mean" if exactly else f"lower {limit}"
            return (
                f"violated: after {worst.k} iterations the {what} is {worst.least:.6g},"
                f" above the bound {worst.bound:.6g}"
            )
        unseen = unseen_tail(worst, self.trials)
        if unseen is not None:
            more = "more" if self.needed_trials is None else f"about {self.needed_trials}"
            return f"inconclusive: after {worst.k} iterations {unseen}; {more} trials may show it"
        more = (
            "the mean is too near the bound for any number of trials"
            if self.needed_trials is None
            else f"about {self.needed_trials} trials would decide it"
        )
        return (
            f"inconclusive: after {worst.k} iterations the bound {worst.bound:.6g} lies between the"
            f" limits {worst.lower:.6g} and {worst.upper:.6g} of the mean; {more}"
        )

    @property
    def _worst(self) -> Checkpoint:
        """The checkpoint that decides the verdict."""
        side = "least" if self.verdict == "violated" else "most"
        return max(
            zip(self.checkpoints, self.allowance, strict=True),
            key=lambda pair: ratio(getattr(pair[0], side), pair[0].bound + pair[1]),
        )[0]

    def __repr__(self) -> str:
        return self.marked(f"Verification({self})")

    def __str__(self) -> str:
        return f"{self.theorem.name} on {self.problem}: {self.summary}"

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON; infinity is the string "inf"."""
        slope = self.slope
        document = {
            "theorem": self.theorem.name,
            "problem": self.problem,
            "verdict": self.verdict,
            "estimator": self.estimator,
            "start": self.start,
            "checkpoints": [asdict(c) for c in self.checkpoints],
            "level": self.level,
            "tightness": self.tightness,
            "tightness_last": self.tightness_last,
            "slope": slope.fitted if slope else None,
            "slope_predicted": slope.predicted if slope else None,
            "slope_kind": slope.kind if slope else None,
            "residual": self.residual,
            "iterations": self.iterations,
            "trials": self.trials,
            "diverged": self.diverged,
            "needed_trials": self.needed_trials,
            "seed": self.seed,
            "device": self.device,
            "constants": dict(self.constants),
            "proof_parameters": dict(self.proof_parameters),
            "sparsity": asdict(self.sparsity) if self.sparsity else None,
            "audit": [asdict(finding) for finding in self.findings],
            "proved": self.proved,
            "summary": self.summary,
            "seconds": self.seconds,
        }
        answer: dict[str, Any] = plain(document)
        return answer


def tightness(mean: Array, bound: Array, resolution: float) -> tuple[float, float]:
    """bound/mean: the least after the first checkpoint, and at the last; arrays (checkpoints,).

    A mean below the ``resolution`` of the measurement counts as 0, and the quotient as inf.
    """
    ratios = np.full_like(bound, math.inf)
    np.divide(bound, mean, out=ratios, where=mean > resolution)
    after = ratios[1:] if len(ratios) > 1 else ratios
    return float(after.min()), float(ratios[-1])


def ratio(limit: float, bound: float) -> float:
    """limit/bound, inf where only the bound is 0."""
    return limit / bound if bound > 0 else math.inf if limit > 0 else 0.0


def plain(value: Any) -> Any:
    """Return the value in types of JSON, infinity as a string."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, np.generic):
        return plain(value.item())
    return value
