"""The bound at given numbers: the best over the free proof parameters, proved and rounded up."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from boundcalc.errors import InadmissibleError, UsageError
from boundcalc.model.parameters import GAMMA
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.standing import Answer, announce
from boundcalc.solve.points import (
    Objective,
    Point,
    best_each,
    best_of_all,
    by_width,
    least,
    programs,
)
from boundcalc.solve.program import Program
from boundcalc.solve.search import Variable
from boundcalc.solve.values import Values, check_iterations, least_iterations, read_values

Array = npt.NDArray[np.float64]

_GAMMA = GAMMA.name
# Searches side by side: their arrays stay in cache.
_AT_ONCE = 16


@dataclass(frozen=True)
class Bound(Answer):
    """The bound after ``K`` iterations: its value, named terms, and the proof parameters chosen.

    Scalars for scalar input; for arrays, ``value`` and ``terms`` have the broadcast shape and
    ``proof_parameters`` is a list in C order. Every number is proved: rounded up.
    """

    theorem: Theorem
    K: Any
    value: Any
    terms: dict[str, Any]
    proof_parameters: Any
    form: Any

    def __repr__(self) -> str:
        text = f"Bound({self.theorem.name}, K={self.K}, value={self.value}, terms={self.terms})"
        return self.marked(text)

    def _repr_latex_(self) -> str:
        measure, value = self.theorem.step.measure.latex, self.value
        shown = f"{value:.6g}" if isinstance(value, float) else str(value)
        return self.marked_latex(rf"$\displaystyle {measure} \le {shown}\quad (K={self.K})$")

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON."""
        return {
            "theorem": self.theorem.name,
            "proved": self.proved,
            "K": self.K,
            "value": self.value,
            "terms": self.terms,
            "proof_parameters": self.proof_parameters,
            "form": self.form,
        }


def bound(theorem: Theorem, K: Any, values: Mapping[str, Any]) -> Bound:
    """Return the best bound of the theorem after ``K`` iterations.

    Args:
        theorem: the theorem.
        K: iterations, a whole number or an array of them; ``math.inf`` for the limit.
        values: a value, or an array, for every parameter; E0 may be absent (0). Free proof
            parameters are chosen, unless given.

    Raises:
        UsageError: a value is missing or outside its domain, or the step size is not admissible.
    """
    arrays = {name: np.asarray(v, dtype=object) for name, v in values.items()}
    counts, *_ = np.broadcast_arrays(np.asarray(K, dtype=object), *arrays.values())
    if counts.ndim == 0:
        return _scalar_bound(theorem, K, values)
    if counts.size == 0:
        raise UsageError("there is no K to bound at: the array is empty")
    spread = {name: np.broadcast_to(array, counts.shape) for name, array in arrays.items()}
    single = [
        _scalar_bound(theorem, counts[i], {name: array[i] for name, array in spread.items()})
        for i in np.ndindex(counts.shape)
    ]

    def gathered(numbers: list[float]) -> Any:
        return np.array(numbers).reshape(counts.shape)

    return Bound(
        theorem,
        counts,
        gathered([b.value for b in single]),
        {name: gathered([b.terms[name] for b in single]) for name in single[0].terms},
        [b.proof_parameters for b in single],
        [b.form for b in single],
    )


def _scalar_bound(theorem: Theorem, K: Any, values: Mapping[str, Any]) -> Bound:
    count = check_iterations(theorem, K)
    given = read_values(theorem, values)
    point = best_bound(theorem, count, given)
    if point is None:
        from boundcalc.bounds.diagnose import why_not

        raise InadmissibleError(why_not(theorem, given))
    return bound_at(theorem, count, point)


def evaluate(theorem: Theorem, K: Any, values: Mapping[str, Any], form: str | None = None) -> Array:
    """Return the bound at free parameters that are given, on arrays, as floats; nothing is
    searched.

    A million points take a fraction of a second. Floats may be off by rounding, in either
    direction: what :func:`bound` gives is proved.

    Args:
        theorem: the theorem.
        K: iterations, a number or an array of them.
        values: a number or an array for every parameter of the form, the free ones included; all
            broadcast with ``K``. Defaults and what is derived from others may be left out.
        form: the name of a form of the theorem; by default that whose step sizes are reported.

    Returns:
        The bound, of the broadcast shape; inf where a condition of the form does not hold.

    Raises:
        UsageError: a value is missing or no parameter's, or there is no such form.
    """
    announce(theorem)
    known = dict.fromkeys(one.name for one in theorem.forms)
    name = theorem.readable if form is None else form
    if name not in known:
        raise UsageError(f"{theorem.name} has no form {name!r}; there are {', '.join(known)}")
    for given in values:
        theorem.parameter(given)
    least = least_iterations(theorem)
    counts = np.asarray(K, dtype=float)
    if not ((counts >= least) & ((counts == np.inf) | (counts == np.rint(counts)))).all():
        raise UsageError(f"K must be whole numbers from {least}")
    arrays = {given: np.asarray(value, dtype=float) for given, value in values.items()}
    for given, array in arrays.items():
        if theorem.parameter(given).whole and (array != np.rint(array)).any():
            raise UsageError(f"{given} must be whole numbers")
    # Defaults first: what is derived may need them.
    for parameter in sorted(theorem.parameters, key=lambda one: one.derived is not None):
        formula = parameter.default if parameter.derived is None else parameter.derived
        needed = () if formula is None else tuple(s.name for s in formula.free_symbols)
        if parameter.name not in arrays and formula is not None and {*needed} <= {*arrays}:
            compiled = sp.lambdify([sp.Symbol(n, real=True) for n in needed], formula, "numpy")
            arrays[parameter.name] = np.asarray(compiled(*(arrays[n] for n in needed)))
    found: Array = np.array(np.inf)
    for program in programs(theorem, {}, [name]):
        lacking = [n for n in program.inputs if n not in arrays]
        if lacking:
            raise UsageError(
                f"the {name} form of {theorem.name} needs values for {', '.join(lacking)}"
            )
        found = np.minimum(found, program.bound(arrays, K))
    return found


def best_bound(
    theorem: Theorem, K: int | float, given: Values, axes: Sequence[Variable] = ()
) -> Point | None:
    """Return the choice of free parameters, and of what ``axes`` add, with the least bound
    after K.
    """
    points = best_of_all(programs(theorem, given), given, _after(K), axes)
    return least(points, lambda point: proved_value(point, K))


def _after(K: int | float) -> Objective:
    """Return the bound after K iterations, as what a search makes small."""
    return lambda program, env: (program.unchecked_bound(env, K), 0.0)


def least_bounds(
    theorem: Theorem,
    K: int | float,
    given: Sequence[Values],
    progress: Callable[[int, int], None] | None = None,
) -> list[float]:
    """Return the least bounds after K at many values of the same parameters, proved.

    They are searched for side by side; infinite where such a search ends at no admissible point,
    where :func:`best_bound` would try harder. ``progress`` is called with the searches done and
    their number.
    """
    found: list[list[Point]] = [[] for _ in given]
    # What the searches in the wider forms find needs none in the narrower.
    waiting = [by_width(programs(theorem, one)) for one in given]
    done = 0
    while left := [i for i, forms in enumerate(waiting) if forms and not found[i]]:
        batches: dict[Program, list[int]] = {}
        for i in left:
            for program in waiting[i].pop(0):
                batches.setdefault(program, []).append(i)
        total = done + sum(map(len, batches.values()))
        for program, members in batches.items():
            for few in (members[i : i + _AT_ONCE] for i in range(0, len(members), _AT_ONCE)):
                points = best_each(program, [given[i] for i in few], _after(K), passes=2)
                for i, point in zip(few, points, strict=True):
                    if point is not None:
                        found[i].append(point)
                done += len(few)
                if progress is not None:
                    progress(done, total)
    # Of several points the best in floats: to prove a value takes longer than to find it.
    chosen = (min(points, key=lambda p: _in_floats(p, K), default=None) for points in found)
    return [math.inf if point is None else proved_value(point, K) for point in chosen]


def _in_floats(point: Point, K: int | float) -> float:
    numbers = {name: float(value) for name, value in point.values.items()}
    return float(point.program.unchecked_bound(numbers, K))


def proved_value(point: Point, K: int | float) -> float:
    """Return the bound at the point after K iterations, rounded up."""
    return _total(point.program.proved_terms(point.values, K))


def _total(terms: Mapping[str, float]) -> float:
    """Above the exact sum of the terms, and within rounding of it."""
    total = math.fsum(terms.values())
    return math.nextafter(total, math.inf) if 0 < total < math.inf else total


def bound_at(theorem: Theorem, K: int | float, point: Point) -> Bound:
    """Return the bound at the point with its named terms, each rounded up."""
    terms = point.program.proved_terms(point.values, K)
    return Bound(theorem, K, _total(terms), terms, point.free, point.program.form.label)
