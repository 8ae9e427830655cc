"""The outcome of a ladder of horizons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from boundcalc.model.theorem import Theorem
from boundcalc.proofs.standing import Answer
from boundcalc.verify.evidence import Seen, Verdict, unseen_tail
from boundcalc.verify.fits import Fit, Prediction
from boundcalc.verify.verdict import EXIT_STATUS, plain, ratio
from numerics import Finding, Overlap


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

    @property
    def tightness(self) -> float:
        """bound/mean; inf where the mean is 0."""
        return self.bound / self.expected if self.expected > 0 else float("inf")


@dataclass(frozen=True)
class HorizonStudy(Answer):
    """The verdict of simulations on a bound at several horizons, each with its own schedule.

    ``level`` is the probability with which the confidence limits at all horizons hold together,
    and by itself that of the interval of the exponent ``fit``, which is None for fewer than three
    horizons with a mean to fit, and where the rate is geometric. ``fit_bound`` is the same line
    through the bounds. ``constants`` are the theorem's, without what the schedule chose;
    ``sparsity`` is what the workers share, where the theorem speaks of it.
    """

    theorem: Theorem
    problem: str
    estimator: str
    start: str
    verdict: Verdict
    rungs: tuple[Horizon, ...]
    level: float
    predicted: Prediction
    fit: Fit | None
    fit_bound: Fit | None
    trials: int
    diverged: int
    seed: int
    device: str
    constants: Mapping[str, float]
    sparsity: Overlap | None
    findings: tuple[Finding, ...]
    needed_trials: int | None
    proof_checked: bool
    seconds: float

    @property
    def theorems(self) -> tuple[Theorem, ...]:
        return (self.theorem,) if self.proof_checked else ()

    @property
    def exit_status(self) -> int:
        """0 holds, 1 violated, 3 inconclusive; the exponent does not count."""
        return EXIT_STATUS[self.verdict]

    @property
    def summary(self) -> str:
        """The verdict on the bounds and its reason in one sentence."""
        limit = f"{100 * self.level:g}% limit of the mean"
        exactly = all(rung.exact is not None for rung in self.rungs)
        if self.verdict == "holds" and exactly:
            return (
                f"holds: the exact mean is not above the bound at any of {len(self.rungs)} horizons"
            )
        if self.verdict == "holds":
            return f"holds: the upper {limit} is under the bound at all {len(self.rungs)} horizons"
        side = "least" if self.verdict == "violated" else "most"
        worst = max(self.rungs, key=lambda r: ratio(getattr(r, side), r.bound + r.allowance))
        if self.verdict == "violated":
            what = "exact mean" if worst.exact is not None else f"lower {limit}"
            return (
                f"violated: at K = {worst.horizon} the {what} is {worst.least:.6g},"
                f" above the bound {worst.bound:.6g}"
            )
        unseen = unseen_tail(worst, self.trials)
        if unseen is not None:
            more = "more" if self.needed_trials is None else f"about {self.needed_trials}"
            return f"inconclusive: at K = {worst.horizon} {unseen}; {more} trials may show it"
        more = (
            "the mean is too near the bound for any number of trials"
            if self.needed_trials is None
            else f"about {self.needed_trials} trials would decide it"
        )
        return (
            f"inconclusive: at K = {worst.horizon} the bound {worst.bound:.6g} lies between the"
            f" limits {worst.lower:.6g} and {worst.upper:.6g} of the mean; {more}"
        )

    @property
    def against_prediction(self) -> str | None:
        """Return whether the fitted interval "contains" the predicted exponent, "beats" or "misses"
        it.
        """
        if self.fit is None or self.predicted.exponent is None:
            return None
        return self.fit.against(self.predicted.exponent)

    def __repr__(self) -> str:
        return self.marked(f"HorizonStudy({self})")

    def __str__(self) -> str:
        return f"{self.theorem.name} on {self.problem}: {self.summary}"

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON; infinity is the string "inf"."""
        predicted = self.predicted
        document = {
            "theorem": self.theorem.name,
            "problem": self.problem,
            "verdict": self.verdict,
            "estimator": self.estimator,
            "start": self.start,
            "horizons": [{**asdict(rung), "tightness": rung.tightness} for rung in self.rungs],
            "level": self.level,
            "rate": predicted.kind,
            "predicted": None if predicted.exponent is None else float(predicted.exponent),
            "predicted_text": predicted.reason,
            "logarithmic": predicted.logarithmic,
            "fit": self.fit.to_json() if self.fit else None,
            "fit_bound": self.fit_bound.exponent if self.fit_bound else None,
            "against_prediction": self.against_prediction,
            "trials": self.trials,
            "diverged": self.diverged,
            "needed_trials": self.needed_trials,
            "seed": self.seed,
            "device": self.device,
            "constants": dict(self.constants),
            "sparsity": asdict(self.sparsity) if self.sparsity else None,
            "audit": [asdict(finding) for finding in self.findings],
            "proved": self.proved,
            "summary": self.summary,
            "seconds": self.seconds,
        }
        answer: dict[str, Any] = plain(document)
        return answer
