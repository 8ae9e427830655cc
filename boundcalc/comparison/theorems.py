"""Theorems side by side at equal numbers of gradient calls, and from where which is better.

Every theorem has, for each number of calls of one worker, the best bound that these buy
(:mod:`boundcalc.comparison.budget`), brought to one measure
(:mod:`boundcalc.comparison.conversions`). Which of two bounds is smaller says what is proved of the
methods, not which one runs faster.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from boundcalc.bounds.rates import Rate
from boundcalc.bounds.schedules import settings_at
from boundcalc.comparison.budget import BestBound, Budget
from boundcalc.comparison.conversions import Quantity
from boundcalc.comparison.crossings import SAME, CandidateCurve, Crossover, crossovers
from boundcalc.comparison.entries import Candidate, candidates
from boundcalc.errors import UsageError
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.standing import Answer
from boundcalc.solve.values import Values

Array = npt.NDArray[np.float64]

#: The numbers of gradient calls at which theorems are compared where none are given.
CALLS = tuple(round(10 ** (k / 2)) for k in range(6, 15))

# Numbers of calls searched for one curve, besides those asked for.
_DENSITY = 25


@dataclass(frozen=True)
class Result(Answer):
    """What one candidate has: a purchase and a converted bound for each number of calls.

    ``purchases`` has None, and ``bounds`` infinity, where the calls pay for no iteration.
    ``curve`` are the bounds at the contest's ``nodes``. ``reason`` says why there is nothing;
    ``rate`` is how the converted bound can fall, None where that is not found.
    """

    candidate: Candidate
    purchases: tuple[BestBound | None, ...]
    bounds: tuple[float, ...]
    curve: Array
    rate: Rate | None = None
    reason: str = ""

    @property
    def theorems(self) -> tuple[Theorem, ...]:
        return (self.candidate.theorem,)

    @property
    def slope(self) -> float | None:
        """The exponent of N with which the bound falls between the last two numbers of calls."""
        bought = [p for p in self.purchases if p is not None]
        if len(bought) < 2 or self.bounds[-1] <= 0:
            return None
        fall = math.log(self.bounds[-1] / self.bounds[-2])
        return fall / math.log(bought[-1].calls / bought[-2].calls)

    @property
    def last(self) -> BestBound | None:
        """Return what the most calls buy."""
        return self.purchases[-1] if self.purchases else None

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON."""
        return {
            **self.candidate.to_json(),
            "proved": self.proved,
            "reason": self.reason or None,
            "rate": None if self.rate is None else self.rate.text(),
            "exponents": None if self.rate is None else self.rate.decay.exponents(),
            "slope": self.slope,
            "bounds": [
                None
                if bought is None
                else {
                    "N": bought.calls,
                    "K": bought.K,
                    "bound": bound,
                    "settings": dict(bought.settings),
                    "first_batch": bought.first_batch or None,
                    "own": bought.bound.to_json(),
                }
                for bought, bound in zip(self.purchases, self.bounds, strict=True)
            ],
        }


@dataclass(frozen=True)
class Contest(Answer):
    """Bounds of ``quantity`` side by side at each of ``calls``, and where their order changes."""

    quantity: Quantity
    calls: tuple[int, ...]
    results: tuple[Result, ...]
    nodes: Array
    crossovers: tuple[Crossover, ...]

    @property
    def theorems(self) -> tuple[Theorem, ...]:
        return tuple(result.candidate.theorem for result in self.results)

    @property
    def best(self) -> tuple[tuple[str, ...], ...]:
        """Who has the least bound at each number of calls; several where they tie."""
        return tuple(self._best(i) for i in range(len(self.calls)))

    def _best(self, i: int) -> tuple[str, ...]:
        there = {r.candidate.label: r.bounds[i] for r in self.results if r.bounds}
        least = min(there.values(), default=math.inf)
        return tuple(
            label for label, bound in there.items() if math.isfinite(bound)
            and bound <= least * (1 + SAME)
        )  # fmt: skip

    @property
    def exit_status(self) -> int:
        """0, or 1 where nobody has a bound."""
        return 0 if any(self.best) else 1

    def __repr__(self) -> str:
        labels = ", ".join(result.candidate.label for result in self.results)
        return self.marked(f"Contest({labels})")

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON; calls are those of one worker."""
        return {
            "proved": self.proved,
            "measure": self.quantity.text,
            "calls": list(self.calls),
            "theorems": [result.to_json() for result in self.results],
            "best": [list(labels) for labels in self.best],
            "crossovers": [
                {"N": c.calls, "lower": c.lower, "other": c.other, "bound": c.bound}
                for c in self.crossovers
            ],
            "curves": [
                {"label": r.candidate.label, "N": self.nodes, "bound": r.curve}
                for r in self.results
                if not r.reason
            ],
        }


def compare_theorems(
    theorems: Sequence[Theorem | str],
    *,
    calls: Sequence[int] = CALLS,
    measure: str | None = None,
    **constants: Any,
) -> Contest:
    """Hold theorems against each other at equal numbers of gradient calls.

    Args:
        theorems: theorems, or names with values of their own after colons: ``"signsgd:batch=1"``.
        calls: numbers of gradient calls of one worker.
        measure: what to bound: ``gradient-1-norm``, ``gradient-2-norm`` or ``squared-gradient``.
            By default what follows from every bound without a factor of the dimension.
        constants: those of the problem. Each theorem takes those that it knows; parameters of a
            method that are not given are chosen for each number of calls.

    Raises:
        UsageError: nobody knows a constant, one is missing, or the bounds cannot be compared.
    """
    return contest(*candidates(theorems, constants, measure), calls)


def contest(quantity: Quantity, rivals: Sequence[Candidate], calls: Sequence[int]) -> Contest:
    """Return the candidates, whose bounds become ones of the quantity, at these numbers of calls.

    Raises :class:`UsageError` where a constant is missing, or a number of calls is not one.
    """
    counts = _checked(calls)
    budgets = [Budget(rival.theorem, rival.values) for rival in rivals]
    nodes = _nodes(counts)
    results = tuple(
        _result(rival, budget, counts, nodes) for rival, budget in zip(rivals, budgets, strict=True)
    )
    able = [
        CandidateCurve(result.candidate, budget, result.curve)
        for result, budget in zip(results, budgets, strict=True)
        if not result.reason
    ]
    found = [c for one, other in combinations(able, 2) for c in crossovers(one, other, nodes)]
    found.sort(key=lambda c: c.calls)
    return Contest(quantity, counts, results, np.array(nodes, dtype=float), tuple(found))


def _checked(calls: Sequence[int]) -> tuple[int, ...]:
    if not len(calls):
        raise UsageError("there is no number of gradient calls to compare at")
    for N in calls:
        if isinstance(N, bool) or not math.isfinite(N) or int(N) != N or N < 1:
            raise UsageError(f"gradient calls must be a whole number from 1, not {N!r}")
    return tuple(sorted({int(N) for N in calls}))


def _nodes(calls: Sequence[int]) -> list[int]:
    """Return the numbers of calls, and others between them."""
    between = np.geomspace(calls[0], calls[-1], _DENSITY).round()
    return sorted({*calls, *(int(N) for N in between)})


def _result(rival: Candidate, budget: Budget, calls: Sequence[int], nodes: Sequence[int]) -> Result:
    try:
        budget.explore(nodes)
        purchases = tuple(budget.purchase(N) for N in calls)
    except UsageError as error:
        return Result(rival, (), (), np.empty(0), reason=str(error))
    bounds = tuple(
        math.inf if bought is None else rival.converted(bought.bound.value)
        for bought in purchases
    )  # fmt: skip
    curve = np.array([rival.converted(budget.value(N)) for N in nodes])
    rate = _rate(rival.theorem, budget.given)
    return Result(rival, purchases, bounds, curve, rate and rival.conversion.rate(rate))


def _rate(theorem: Theorem, given: Values) -> Rate | None:
    """Return how fast the bound can fall with the errors that there are; None where it is not
    found.
    """
    try:
        found = [setting.rate for setting in settings_at(theorem, given)]
    except UsageError:
        return None
    return next((rate for rate in found if not rate.linear), found[0])
