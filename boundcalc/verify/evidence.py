"""The evidence of simulation and theory together on a mean, and the verdict on a bound of it.

The rule is one for single runs, studies of horizons and sweeps: where the mean is known exactly it
decides, elsewhere the confidence limits do (:mod:`boundcalc.verify.confidence`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from boundcalc.verify.confidence import MOST_CARRIED, simultaneous_limits, trials_needed
from boundcalc.verify.prepare import PreparedRun
from boundcalc.verify.problem import method
from numerics import Algorithm, Metric, Oracle, Problem, Result, exact_mean
from numerics.backend import Array
from numerics.reference import NoExactMean

Verdict = Literal["holds", "violated", "inconclusive"]


class Seen:
    """A mean as simulated and, where it is known, ``exact``, with its bound; mixed into reports.

    ``carried`` is the part of the sum over all trials that the largest of them carries beyond an
    equal share.
    """

    mean: float
    lower: float
    upper: float
    bound: float
    exact: float | None
    carried: float

    @property
    def expected(self) -> float:
        """The mean as well as it is known."""
        return self.mean if self.exact is None else self.exact

    @property
    def tightness(self) -> float:
        """bound/mean; inf where the mean is 0."""
        return math.inf if self.expected <= 0 else self.bound / self.expected

    @property
    def least(self) -> float:
        """The least that the mean can be, exactly or with the level's confidence."""
        return self.lower if self.exact is None else self.exact

    @property
    def most(self) -> float:
        """The most that it can be."""
        return self.upper if self.exact is None else self.exact


@dataclass(frozen=True)
class Evidence:
    """Means, limits, exact means (nan where unknown) and what the largest trials carry; all arrays
    are (checkpoints,).
    """

    result: Result
    level: float
    lower: Array
    upper: Array
    exact: Array
    carried: Array
    mean: Array

    @property
    def expected(self) -> Array:
        """The means as well as they are known."""
        return np.where(np.isnan(self.exact), self.mean, self.exact)

    def verdict(self, bound: Array, allowance: Array) -> Verdict:
        """Return the verdict on the ``bound``; within ``allowance`` of it is no violation."""
        known = ~np.isnan(self.exact)
        return judge(
            np.where(known, self.exact, self.lower),
            np.where(known, self.exact, self.upper),
            bound,
            allowance,
        )

    def trials_needed(self, bound: Array, allowance: Array) -> int | None:
        """Return how many trials would decide what limits leave open; None for no number."""
        allowed = bound + allowance
        undecided = np.isnan(self.exact) & (self.upper > allowed)
        return trials_needed(self.result, allowed, undecided, self.level)

    def at(self, place: int) -> Evidence:
        """Return the evidence on one checkpoint alone."""
        one = slice(place, place + 1)
        return Evidence(
            self.result, self.level, self.lower[one], self.upper[one], self.exact[one],
            self.carried[one], self.mean[one],
        )  # fmt: skip

    def columns(self) -> list[tuple[float, float, float, float | None, float]]:
        """Return mean, lower and upper limit, exact mean (None: unknown), ``carried`` of each."""
        arrays = (self.mean, self.lower, self.upper, self.exact, self.carried)
        return [
            (float(m), float(a), float(b), None if math.isnan(e) else float(e), float(c))
            for m, a, b, e, c in zip(*arrays, strict=True)
        ]


def evidence(result: Result, exact: Array, level: float, *, random: bool) -> Evidence:
    """Return what is known of the means of a simulation, with limits at ``level``."""
    lower, upper = simultaneous_limits(result, level, random=random)
    carried = np.zeros_like(result.mean)
    with np.errstate(all="ignore"):
        np.divide(
            result.maximum - result.mean, result.mean * result.trials, out=carried,
            where=result.mean > 0,
        )  # fmt: skip
    # Where trials diverged, these are everything.
    carried = np.where(np.isnan(carried), 1.0, carried)
    return Evidence(result, level, lower, upper, exact, carried, result.mean)


def judge(lower: Array, upper: Array, bound: Array, allowance: Array) -> Verdict:
    """Return the verdict on limits and bounds at the checkpoints, all (checkpoints,).

    A limit within ``allowance`` of the bound counts as equal to it, which is no violation.
    """
    allowed = bound + allowance
    if (lower > allowed).any():
        return "violated"
    return "holds" if (upper <= allowed).all() else "inconclusive"


def known_mean(
    problem: Problem,
    oracle: Oracle,
    algorithm: Algorithm,
    parameters: dict[str, float],
    metric: Metric,
    checkpoints: Sequence[int],
    start: str,
) -> Array:
    """Return the exact means, nan where none is known; without randomness the run is exact.

    The arguments are those of :func:`numerics.exact_mean`.
    """
    unknown = np.full(len(checkpoints), np.nan)
    if not oracle.varies(problem):
        return unknown
    try:
        return exact_mean(
            problem, oracle, algorithm, parameters, metric=metric, checkpoints=checkpoints,
            start=start,
        )  # fmt: skip
    except NoExactMean:
        return unknown


def expectation(prepared: PreparedRun, checkpoints: Sequence[int]) -> Array:
    """Return the exact means of what is prepared, as :func:`known_mean` gives them."""
    return known_mean(
        prepared.problem, prepared.oracle, method(prepared.theorem), prepared.of_method,
        prepared.metric, checkpoints, prepared.start,
    )  # fmt: skip


def unseen_tail(seen: Seen, trials: int) -> str | None:
    """Return why there is no upper limit of the mean, in words; None where there is one, or where
    too few trials ran or some diverged.
    """
    if seen.exact is not None or trials < 2:
        return None
    if math.isfinite(seen.upper) or not math.isfinite(seen.mean):
        return None
    if seen.carried > MOST_CARRIED:
        return (
            f"one of {trials} trials carries {100 * seen.carried:.2g}% of the mean, so what rarer"
            " ones would add is not known and there is no upper limit"
        )
    return (
        f"the rarest of what the method draws is not seen often enough in {trials} trials to know"
        " what it does, so there is no upper limit"
    )
