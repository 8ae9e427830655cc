"""Step sizes at given numbers, or in symbols while some are missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

from boundcalc.bounds.bound import Bound, best_bound, bound_at
from boundcalc.bounds.least_bounds import LeastBounds
from boundcalc.bounds.pytorch import FirstError, arguments, zero_start
from boundcalc.bounds.targets import fewest_iterations
from boundcalc.errors import InadmissibleError, UsageError
from boundcalc.exact.evaluate import number
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import GAMMA, SMOOTHNESS
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.standing import Answer
from boundcalc.solve.edges import Edge
from boundcalc.solve.points import (
    Point,
    best,
    best_of_all,
    largest_step,
    least,
    programs,
    step_variable,
)
from boundcalc.solve.program import Program
from boundcalc.solve.values import Values, check_iterations, missing, read_values

if TYPE_CHECKING:
    from boundcalc.bounds.describe import Described

_GAMMA = GAMMA.name
# Edges that are kept: more than a grid has that asks for each of them again and again.
_EDGES = 1 << 15


@dataclass(frozen=True)
class StepSize(Answer):
    """The step sizes that a theorem admits.

    ``gamma`` is the recommended step: the largest of the readable form where it is attained, else
    the one with the best guaranteed rate; or the best for the horizon or target asked for.
    ``gamma_max`` is the supremum of the readable form over its proof parameters, rounded inward,
    ``attained`` whether it belongs to the admissible set, ``gamma_max_sharp`` the supremum of the
    sharp form. While symbols remain they are formulas (strings), valid for every admissible value
    of the proof parameters. Where every step is admissible ``gamma_max`` is infinite, and ``gamma``
    None without a horizon or target. ``bound`` is at ``gamma``, after ``iterations`` where these
    are known, else in the limit; None while symbols remain. ``describe`` solves the conditions in
    symbols, which takes longer than the numbers, and is left until somebody asks. ``line_start`` is
    what is known of the first error where PyTorch's SGD is the method
    (:mod:`boundcalc.bounds.pytorch`).
    """

    theorem: Theorem
    gamma: float | str | None
    gamma_max: float | str
    attained: bool | None
    gamma_max_sharp: float | str | None
    describe: Callable[[], Described] = field(repr=False, compare=False)
    proof_parameters: dict[str, float | str]
    iterations: int | None = None
    bound: Bound | None = None
    given: Mapping[str, float] = field(default_factory=dict)
    line_start: tuple[FirstError, ...] = ()

    @cached_property
    def _described(self) -> Described:
        return self.describe()

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions of the readable form in text."""
        return self._described.conditions

    @property
    def sharp_conditions(self) -> tuple[str, ...]:
        """The conditions of the sharp form in text."""
        return self._described.sharp_conditions

    @property
    def closed_form(self) -> str | None:
        """The limit of the readable form in symbols, None where there is none."""
        return self._described.closed_form

    @property
    def latex(self) -> str:
        """The conditions of the readable form in LaTeX."""
        return self._described.latex

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON."""
        torch = self.pytorch
        return {
            "theorem": self.theorem.name,
            "proved": self.proved,
            "gamma": self.gamma,
            "gamma_max": self.gamma_max,
            "attained": self.attained,
            "gamma_max_sharp": self.gamma_max_sharp,
            "conditions": list(self.conditions),
            "conditions_sharp": list(self.sharp_conditions),
            "closed_form": self.closed_form,
            "latex": self.latex,
            "proof_parameters": self.proof_parameters,
            "iterations": self.iterations,
            "bound": None if self.bound is None else self.bound.to_json(),
            **({"pytorch": torch} if torch else {}),
            **({"pytorch_start": self._start_json()} if torch and self.line_start else {}),
        }

    def _start_json(self) -> dict[str, Any]:
        return {"average": "zero", "constants": [one.to_json() for one in self.line_start]}

    @property
    def pytorch(self) -> dict[str, float] | None:
        """Return what to type into ``torch.optim.SGD`` for this step, where it is the method.

        The bound is that of the line's own start, ``line_start``; None also where it is not.
        """
        if self.bound is not None and any(one.value is None for one in self.line_start):
            return None
        return arguments(self.theorem, {**self.given, _GAMMA: self.gamma})

    def __repr__(self) -> str:
        return self.marked(
            f"StepSize({self.theorem.name}, gamma={self.gamma}, gamma_max={self.gamma_max},"
            f" attained={self.attained}, gamma_max_sharp={self.gamma_max_sharp})"
        )

    def _repr_latex_(self) -> str:
        if not isinstance(self.gamma, float):
            return self.marked_latex(f"$\\displaystyle {self.latex}$")
        return self.marked_latex(rf"$\displaystyle \gamma={self.gamma:.10g},\qquad {self.latex}$")


def step_size(
    theorem: Theorem,
    values: Mapping[str, Any],
    *,
    horizon: int | None = None,
    target: float | None = None,
) -> StepSize:
    """Return the step sizes that the theorem admits at these values.

    Args:
        theorem: the theorem.
        values: values of some or all parameters but gamma; what is missing stays a symbol. Free
            proof parameters are chosen, unless given. Where PyTorch's SGD is the method, its
            average starts at 0: what bounds its first error is then 2 L Delta, unless given.
        horizon: iterations K: ``gamma`` is then the step with the least bound after K.
        target: the bound to reach: ``gamma`` then needs the fewest iterations.

    Raises:
        UsageError: a value is outside its domain, or one is missing that the horizon or target
            needs, or no step is admissible.
        UnreachableError: no step reaches the target; the message has the least reachable value.
    """
    if _GAMMA in values:
        raise UsageError("gamma is the answer of stepsize, not an input; `bound` takes it")
    if horizon is not None:
        check_iterations(theorem, horizon)
    numbers_needed = horizon is not None or target is not None
    given = read_values(theorem, values, required=numbers_needed, answers=(_GAMMA,))
    line_start = zero_start(theorem, given, values)
    given |= {one.constant: one.value for one in line_start if one.value is not None}
    if not theorem.limits_steps:
        return replace(_unlimited(theorem, given, horizon, target), line_start=line_start)
    if missing(theorem, given) and _symbols_remain(theorem, given):
        return _symbolic_step_size(theorem, given)
    filled = {**_harmless(theorem, given), **given}
    readable = [
        p
        for p in (largest_step(q, filled) for q in programs(theorem, filled, [theorem.readable]))
        if p
    ]
    sharp = [
        p
        for p in (largest_step(q, filled) for q in programs(theorem, filled, [theorem.sharp]))
        if p
    ]
    if not readable and not sharp:
        from boundcalc.bounds.diagnose import no_step

        raise InadmissibleError(no_step(theorem, given))
    if any(edge.gamma is None for edge, _ in (*readable, *sharp)):
        return _unlimited(theorem, given, horizon, target)
    edge, chosen = max(readable or sharp, key=lambda pair: pair[0].gamma or 0)
    largest = float(chosen.values[_GAMMA])
    iterations, answer, searched = horizon, None, True
    if horizon is not None:
        point = best_bound(theorem, horizon, given, [step_variable(theorem, given)])
    elif target is not None:
        point, iterations = fewest_iterations(LeastBounds(theorem, given), target)
    else:
        known = edge.attained and not missing(theorem, given)
        # The search for the bound chooses the proof parameters too: one is enough.
        point = best_bound(theorem, math.inf, {**given, _GAMMA: number(largest)}) if known else None
        searched = point is not None
        point = point or _recommended(theorem, filled, edge, chosen, largest)
    if point is None:
        from boundcalc.bounds.diagnose import no_step

        raise InadmissibleError(no_step(theorem, given))
    gamma = float(point.values[_GAMMA])
    if not missing(theorem, given):
        count = math.inf if iterations is None else iterations
        answer = bound_at(theorem, count, point)
        if not searched or horizon is not None:
            # At this very step the proof parameters may be better still.
            fixed = {**given, _GAMMA: point.values[_GAMMA]}
            again = best_bound(theorem, count, fixed)
            if again is not None:
                answer = min(answer, bound_at(theorem, count, again), key=lambda b: float(b.value))
    shown = answer.proof_parameters if answer else point.free
    return StepSize(
        theorem,
        gamma,
        largest,
        edge.attained,
        max(float(p.values[_GAMMA]) for _, p in (*sharp, *readable)),
        partial(_described, theorem, given),
        dict(shown),
        iterations,
        answer,
        {name: float(v) for name, v in given.items()},
        line_start,
    )


def largest_admissible_step(theorem: Theorem, given: Values) -> float:
    """Return the supremum of the steps that some form admits, rounded inward; 0 where there is
    none.

    Infinite where nothing limits the step. A step among the values is not looked at, and the last
    answers are kept: grids ask for the same edge at every step.
    """
    others = tuple((name, value) for name, value in given.items() if name != _GAMMA)
    return _largest_admissible_step(theorem, others)


@lru_cache(maxsize=_EDGES)
def _largest_admissible_step(theorem: Theorem, items: tuple[tuple[str, Surd], ...]) -> float:
    if not theorem.limits_steps:
        return math.inf
    others = dict(items)
    found = (largest_step(program, others) for program in programs(theorem, others))
    return max((_largest(*pair) for pair in found if pair is not None), default=0.0)


def _described(theorem: Theorem, given: Values) -> Described:
    from boundcalc.bounds.describe import closed_form

    return closed_form(theorem, given)


def _described_unlimited(theorem: Theorem, given: Values) -> Described:
    described = _described(theorem, given)
    return replace(
        described,
        conditions=("gamma > 0", *described.conditions),
        closed_form=None,
        latex=r",\quad ".join(part for part in (r"\gamma>0", described.latex) if part),
    )


def _symbols_remain(theorem: Theorem, given: Values) -> bool:
    """Return whether the step sizes depend on a parameter without a value."""
    symbols = _described(theorem, given).symbols
    return any(
        p.symbol in symbols and p.name not in given and p.role != "free" and p.name != _GAMMA
        for p in theorem.parameters
    )


def _symbolic_step_size(theorem: Theorem, given: Mapping[str, Surd]) -> StepSize:
    """Return the answer while symbols remain: the given numbers put in, the rest as it is."""
    from boundcalc.bounds.describe import describe

    numbers = {name: value.to_sympy() for name, value in given.items()}
    form = theorem.form(theorem.readable, numbers)
    free = {p.name for p in theorem.free}
    defaults = {p.name for p in theorem.parameters if p.default is not None}
    known = tuple(
        (theorem.parameter(name).symbol, value)
        for name, value in numbers.items()
        if name not in defaults or name in free
    )
    described = describe(theorem, form, known)
    limit = described.closed_form or "; ".join(described.conditions)
    return StepSize(
        theorem,
        gamma=limit,
        gamma_max=limit,
        attained=not any(limit.strict for limit in described.solved.limits) or None,
        gamma_max_sharp=None,
        describe=lambda: described,
        proof_parameters={name: float(given[name]) for name in given if name in free},
        given={name: float(v) for name, v in given.items()},
    )


def _unlimited(
    theorem: Theorem, given: Values, horizon: int | None, target: float | None
) -> StepSize:
    """Answer where every step is admissible: the best for a horizon or target, if one is given."""
    point, iterations = None, horizon
    if horizon is not None:
        point = best_bound(theorem, horizon, given, [step_variable(theorem, given)])
    elif target is not None:
        point, iterations = fewest_iterations(LeastBounds(theorem, given), target)
    if point is None and iterations is not None:
        from boundcalc.bounds.diagnose import no_step

        raise InadmissibleError(no_step(theorem, given))
    answer = None if point is None or iterations is None else bound_at(theorem, iterations, point)
    return StepSize(
        theorem,
        None if point is None else float(point.values[_GAMMA]),
        math.inf,
        False,
        math.inf,
        partial(_described_unlimited, theorem, given),
        dict(answer.proof_parameters) if answer else {},
        iterations,
        answer,
        {name: float(v) for name, v in given.items()},
    )


def _harmless(theorem: Theorem, given: Values) -> dict[str, Surd]:
    """Return values for parameters that the step size does not depend on."""
    zero, one = Surd.rational(0), Surd.rational(1)
    return {
        p.name: zero if not p.domain.lower_open else given.get(SMOOTHNESS.name, one)
        for p in theorem.parameters
        if p.role != "free" and p.name not in given and p.name != _GAMMA
    }


def _largest(edge: Edge, point: Point) -> float:
    """Return the largest float that is proved to be admissible; infinite where every step is."""
    return math.inf if edge.gamma is None else float(point.values[_GAMMA])


def _recommended(
    theorem: Theorem, given: Values, edge: Edge, chosen: Point, largest: float
) -> Point | None:
    """Return the largest readable step where it is attained, else the readable step of the best
    rate.
    """

    def worth(program: Program, env: dict[str, Any]) -> tuple[Any, Any]:
        return -program.rate(env), 0.0

    if not edge.attained:
        return best(chosen.program, given, worth, [step_variable(theorem, given)])
    at_largest = {**given, _GAMMA: number(largest)}
    points = best_of_all(programs(theorem, at_largest), at_largest, worth)
    return least(points, lambda point: -point.rate)
