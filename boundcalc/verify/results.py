"""The answers of simulations on a bound: along one run, or at several horizons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from boundcalc.model.theorem import Theorem
from boundcalc.proofs.standing import Answer
from boundcalc.verify.evidence import Seen, Verdict, unseen_tail
from boundcalc.verify.fits import Fit, Prediction, Slope
from numerics import Finding, Overlap

# Findings and overlaps are parts of the answers, for those who may not ask the simulator.
__all__ = [
    "Checkpoint", "Finding", "Horizon", "HorizonStudy", "Overlap", "SimulatedAnswer",
    "Verification", "json_safe",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SimulatedAnswer(Answer):
    """An answer that rests on simulations.

    ``level`` is the probability with which all confidence limits hold together. ``findings`` are
    the audit of the assumptions. ``proved`` is None unless ``proof_checked`` says that it was
    looked at.
    """

    theorem: Theorem
    problem: str
    estimator: str
    start: str
    trials: int
    seed: int
    device: str
    level: float
    findings: tuple[Finding, ...]
    proof_checked: bool
    seconds: float

    @property
    def theorems(self) -> tuple[Theorem, ...]:
        return (self.theorem,) if self.proof_checked else ()


@dataclass(frozen=True, kw_only=True, repr=False)
class _Judged(SimulatedAnswer):
    """A verdict on bounds at several numbers of iterations, and its reason.

    ``constants`` are the theorem's. ``sparsity`` is what the workers share, where the theorem
    speaks of it. ``needed_trials`` is set where the verdict is inconclusive and more trials would
    settle it.
    """

    verdict: Verdict
    diverged: int
    constants: Mapping[str, float]
    sparsity: Overlap | None
    needed_trials: int | None

    @property
    def exit_status(self) -> int:
        """0 holds, 1 violated, 3 inconclusive."""
        return {"holds": 0, "violated": 1, "inconclusive": 3}[self.verdict]

    @property
    def summary(self) -> str:
        """The verdict and its reason in one sentence."""
        raise NotImplementedError

    def _summary(self, places: Sequence[tuple[str, Seen, float]], where: str) -> str:
        """Return the verdict and its reason in one sentence.

        Args:
            places: where each mean was measured, the mean with its bound, and what rounding may
                add to it.
            where: what these places are called together.
        """
        limit = f"{100 * self.level:g}% limit of the mean"
        if self.verdict == "holds":
            if all(seen.exact is not None for _, seen, _ in places):
                return f"holds: the exact mean is not above the bound at any of {where}"
            return f"holds: the upper {limit} is under the bound at all {where}"
        side = "least" if self.verdict == "violated" else "most"
        place, worst, _ = max(places, key=lambda p: _ratio(getattr(p[1], side), p[1].bound + p[2]))
        if self.verdict == "violated":
            what = "exact mean" if worst.exact is not None else f"lower {limit}"
            return (
                f"violated: {place} the {what} is {worst.least:.6g},"
                f" above the bound {worst.bound:.6g}"
            )
        unseen = unseen_tail(worst, self.trials)
        if unseen is not None:
            more = "more" if self.needed_trials is None else f"about {self.needed_trials}"
            return f"inconclusive: {place} {unseen}; {more} trials may show it"
        more = (
            "the mean is too near the bound for any number of trials"
            if self.needed_trials is None
            else f"about {self.needed_trials} trials would decide it"
        )
        return (
            f"inconclusive: {place} the bound {worst.bound:.6g} lies between the"
            f" limits {worst.lower:.6g} and {worst.upper:.6g} of the mean; {more}"
        )

    def __repr__(self) -> str:
        return self.marked(f"{type(self).__name__}({self})")

    def __str__(self) -> str:
        return f"{self.theorem.name} on {self.problem}: {self.summary}"

    def _document(
        self, places: Mapping[str, Any], found: Mapping[str, Any], proof: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the keys of the command line's JSON: what all share, around what is its own."""
        answer: dict[str, Any] = json_safe(
            {
                "theorem": self.theorem.name,
                "problem": self.problem,
                "verdict": self.verdict,
                "estimator": self.estimator,
                "start": self.start,
                **places,
                "level": self.level,
                **found,
                "trials": self.trials,
                "diverged": self.diverged,
                "needed_trials": self.needed_trials,
                "seed": self.seed,
                "device": self.device,
                "constants": dict(self.constants),
                **proof,
                "sparsity": asdict(self.sparsity) if self.sparsity else None,
                "audit": [asdict(finding) for finding in self.findings],
                "proved": self.proved,
                "summary": self.summary,
                "seconds": self.seconds,
            }
        )
        return answer


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


@dataclass(frozen=True, kw_only=True, repr=False)
class Verification(_Judged):
    """The answer of a simulation on a theorem's bound.

    ``tightness`` is bound/mean, the least over the checkpoints after the first, and
    ``tightness_last`` at the last one (inf where the mean is 0), with the exact mean where it is
    known. ``residual`` is the bound in the limit of many iterations, ``proof_parameters`` the free
    parameters behind the last bound. ``constants`` include the method's parameters. ``allowance``
    (checkpoints,) is what rounding can add to the measured means.
    """

    checkpoints: tuple[Checkpoint, ...]
    tightness: float
    tightness_last: float
    slope: Slope | None
    residual: float
    iterations: int
    proof_parameters: Mapping[str, float]
    allowance: tuple[float, ...]

    @property
    def summary(self) -> str:
        """The verdict and its reason in one sentence."""
        pairs = zip(self.checkpoints, self.allowance, strict=True)
        places = [(f"after {c.k} iterations", c, allowed) for c, allowed in pairs]
        return self._summary(places, f"{len(places)} checkpoints")

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON; infinity is the string "inf"."""
        slope = self.slope
        return self._document(
            {"checkpoints": [asdict(c) for c in self.checkpoints]},
            {
                "tightness": self.tightness,
                "tightness_last": self.tightness_last,
                "slope": slope.fitted if slope else None,
                "slope_predicted": slope.predicted if slope else None,
                "slope_kind": slope.kind if slope else None,
                "residual": self.residual,
                "iterations": self.iterations,
            },
            {"proof_parameters": dict(self.proof_parameters)},
        )


@dataclass(frozen=True)
class Horizon(Seen):
    """A horizon: the method's parameters for it, and what came of them after so many iterations.

    ``bound`` is proved for these parameters and ``proof_parameters``; ``allowance`` is what
    rounding can add to the mean. ``exact`` is the mean itself where it is known, and then decides.
    """

    horizon: int
    parameters: Mapping[str, float]
    proof_parameters: Mapping[str, float]
    mean: float
    lower: float
    upper: float
    bound: float
    allowance: float
    exact: float | None = None
    carried: float = 0.0


@dataclass(frozen=True, kw_only=True, repr=False)
class HorizonStudy(_Judged):
    """The answer on a theorem's bound at several horizons, each with its own schedule.

    ``level`` is also that of the interval of the exponent ``fit``, which is None for fewer than
    three horizons with a mean to fit, and where the rate is geometric; it does not count for the
    verdict. ``fit_bound`` is the same line through the bounds. ``constants`` are without what the
    schedule chose.
    """

    rungs: tuple[Horizon, ...]
    predicted: Prediction
    fit: Fit | None
    fit_bound: Fit | None

    @property
    def summary(self) -> str:
        """The verdict on the bounds and its reason in one sentence."""
        places = [(f"at K = {one.horizon}", one, one.allowance) for one in self.rungs]
        return self._summary(places, f"{len(places)} horizons")

    @property
    def against_prediction(self) -> str | None:
        """Whether the fitted interval "contains" the predicted exponent, "beats" or "misses" it."""
        if self.fit is None or self.predicted.exponent is None:
            return None
        return self.fit.against(self.predicted.exponent)

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON; infinity is the string "inf"."""
        predicted = self.predicted
        return self._document(
            {"horizons": [{**asdict(one), "tightness": one.tightness} for one in self.rungs]},
            {
                "rate": predicted.kind,
                "predicted": None if predicted.exponent is None else float(predicted.exponent),
                "predicted_text": predicted.reason,
                "logarithmic": predicted.logarithmic,
                "fit": asdict(self.fit) if self.fit else None,
                "fit_bound": self.fit_bound.exponent if self.fit_bound else None,
                "against_prediction": self.against_prediction,
            },
            {},
        )


def _ratio(limit: float, bound: float) -> float:
    """Return limit/bound, inf where only the bound is 0."""
    return limit / bound if bound > 0 else math.inf if limit > 0 else 0.0


def json_safe(value: Any) -> Any:
    """Return the value in types of JSON, infinity as a string."""
    if isinstance(value, dict):
        return {key: json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, np.generic):
        return json_safe(value.item())
    return value
