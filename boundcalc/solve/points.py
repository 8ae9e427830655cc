"""Choosing free proof parameters and step sizes: searched in floats, fixed as rationals, checked.

Free parameters are found by a search in floats, rounded to short rationals, and checked exactly
there. So whatever the search does, what is printed is proved.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from boundcalc.exact.evaluate import fulfils, number
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import BETA, GAMMA, SMOOTHNESS
from boundcalc.model.theorem import Form, Theorem
from boundcalc.solve.edges import Edge, steps
from boundcalc.solve.polynomials import ratio
from boundcalc.solve.program import Program
from boundcalc.solve.search import Variable, minimise
from boundcalc.solve.values import Values

_DIGITS = 12
# Relative slack asked of the conditions in the search, so that rounding does not break them.
_MARGINS = (1e-9, 1e-13, 0.0)
# Decades on either side of 1 in which a positive parameter is searched for, at least and at most;
# the same for the logarithm of one in (0, 1); what ordinary constants span together.
_DECADES, _MOST_DECADES, _LOW, _ORDINARY = 16.0, 140.0, -24.0, 16.0
_GAMMA = GAMMA.name
# What the kernel's assumptions call the constants that set the scale of the steps.
_SMOOTHNESS, _STRENGTH = ("L", "L_avg", "L_max"), ("mu",)


@lru_cache(maxsize=64)
def _compiled(theorem: Theorem, form: Form) -> Program:
    return Program(theorem, form)


def programs(theorem: Theorem, given: Values, names: Sequence[str] = ()) -> list[Program]:
    """Return the forms to try at these values, in every variant, compiled; a form that fixes a
    given parameter otherwise, or supposes what is not so, is left out.
    """
    known = {theorem.parameter(n).symbol: v for n, v in given.items()}
    found = []
    for name, variant in product(
        names or dict.fromkeys(form.name for form in theorem.forms), theorem.variants
    ):
        form = theorem.form(name, given, variant)
        fixed = {**form.formulas, **form.when}
        clash = any(
            s.name in given and v.is_number and number(v) != given[s.name] for s, v in fixed.items()
        )
        supposed = form.variant and [c for c in form.given if c.symbols <= set(known)]
        if not clash and all(fulfils(c, known) for c in supposed or ()):
            found.append(_compiled(theorem, form))
    return found


@dataclass(frozen=True)
class Point:
    """A choice of free parameters (and step size) that fulfils every condition exactly."""

    program: Program
    values: dict[str, Surd]

    @property
    def rate(self) -> float:
        return float(self.program.rate({name: float(v) for name, v in self.values.items()}))

    @property
    def free(self) -> dict[str, float]:
        return {name: float(self.values[name]) for name in self.program.free}


Objective = Callable[[Program, dict[str, Any]], tuple[Any, Any]]


def best(
    program: Program, given: Values, objective: Objective, axes: Sequence[Variable] = ()
) -> Point | None:
    """Return the exact point that the search for the least ``objective`` ends at, or None."""
    point = _first(program, given, objective, axes)
    return point if point is not None else _harder(program, given, objective, axes)


def best_of_all(
    programs: Sequence[Program], given: Values, objective: Objective, axes: Sequence[Variable] = ()
) -> list[Point]:
    """Return the exact points that the searches in several programs end at.

    Where some find something, others that admit less are not searched, nor is any searched harder.
    """
    for search, few in product((_first, _harder), by_width(programs)):
        searched = (search(program, given, objective, axes) for program in few)
        if found := [point for point in searched if point is not None]:
            return found
    return []


def by_width(programs: Sequence[Program]) -> list[list[Program]]:
    """Return those of the sharp form, which admits whatever the others do, before the others; all
    at once where no form is called so.
    """
    sharp = [program for program in programs if program.form.name == "sharp"]
    others = [program for program in programs if program.form.name != "sharp"]
    return [few for few in (sharp, others) if few]


def _first(
    program: Program, given: Values, objective: Objective, axes: Sequence[Variable]
) -> Point | None:
    return _proved(_searched(program, given, objective, axes, _MARGINS[0]))


def _harder(
    program: Program, given: Values, objective: Objective, axes: Sequence[Variable]
) -> Point | None:
    """Search again where the first search fails: with less of a margin, then near the edge."""
    for margin in _MARGINS[1:]:
        point = _proved(_searched(program, given, objective, axes, margin))
        if point is not None:
            return point
    return _near_the_edge(program, given, objective, axes)


def _proved(point: Point | None) -> Point | None:
    """Return the point, where every condition holds at it exactly."""
    return point if point is not None and point.program.broken(point.values) is None else None


def best_near(
    point: Point, given: Values, objective: Objective, axes: Sequence[Variable] = ()
) -> Point | None:
    """Return the exact point that a search around ``point`` ends at, or None; an optimum beside
    that one is found where it is narrow.
    """
    program = point.program
    names = [*(name for name in program.free if name not in given), *(a.name for a in axes)]
    start = {name: float(point.values[name]) for name in names}
    contraction = _contraction(program, given)
    if contraction is not None:
        known = {name: float(value) for name, value in given.items()}
        start[contraction] /= float(_scale(program.theorem, {**known, **start}))
    return _proved(_searched(program, given, objective, axes, _MARGINS[0], start))


def best_each(
    program: Program,
    given: Sequence[Values],
    objective: Objective,
    axes: Sequence[Variable] = (),
    passes: int = 1,
) -> list[Point | None]:
    """Return the exact points that searches for the least of several objectives end at, side by
    side.

    The problems differ in the values ``given``, of the same parameters, or in the ``objective``,
    which has one row for each of them. None stands for a search that ends at no admissible point,
    where :func:`best` would try harder. One of the ``passes`` is enough where searches correct each
    other.
    """
    found = _all_searched(program, given, objective, axes, _MARGINS[0], passes=passes)
    return [_proved(point) for point in found]


def _near_the_edge(
    program: Program, given: Values, objective: Objective, axes: Sequence[Variable]
) -> Point | None:
    """Search where few parameters are admissible: around some that are, known exactly.

    They belong to the step that is given, or to half of the largest; where the search finds
    nothing, they are taken themselves.
    """
    if not program.free:
        return None
    found = _admissible(program, given, [axis for axis in axes if axis.name != _GAMMA])
    if found is None:
        return None
    names = [*(name for name in program.free if name not in given), *(a.name for a in axes)]
    start = {name: float(found.values[name]) for name in names}
    contraction = _contraction(program, given)
    if contraction is not None:
        scale = _scale(program.theorem, {**{name: float(v) for name, v in given.items()}, **start})
        start[contraction] = min(start[contraction] / float(scale), 1 / 2)
    for margin in _MARGINS:
        point = _proved(_searched(program, given, objective, axes, margin, start))
        if point is not None:
            return point
    _, outside = objective(program, {name: float(v) for name, v in found.values.items()})
    return found if float(outside) == 0 else None


def _admissible(program: Program, given: Values, settings: Sequence[Variable]) -> Point | None:
    """Return a point at which every condition holds exactly, with the step that is given, if one
    is.
    """
    chosen = _settings(program, given, settings) if settings else {}
    if chosen is None:
        return None
    those = steps(program, {**given, **chosen})
    gamma = given.get(_GAMMA)
    if gamma is None:
        largest = None if those.edge is None else those.edge.gamma
        gamma = Surd.rational(1 if largest is None else _short(float(largest) / 2))
    values = those.at(gamma) or (None if _GAMMA in given else those.largest)
    return None if values is None else Point(program, values)


def _searched(
    program: Program,
    given: Values,
    objective: Objective,
    axes: Sequence[Variable],
    margin: float = 0.0,
    start: Mapping[str, float] | None = None,
) -> Point | None:
    """Return where the search ends, rounded to short rationals; None if it finds nothing
    admissible.
    """
    return _all_searched(program, [given], objective, axes, margin, start)[0]


def _all_searched(
    program: Program,
    given: Sequence[Values],
    objective: Objective,
    axes: Sequence[Variable],
    margin: float = 0.0,
    start: Mapping[str, float] | None = None,
    passes: int = 2,
) -> list[Point | None]:
    """Return the same for each of several problems."""
    free = [name for name in program.free if name not in given[0]]
    every = [*axes, *(_axis(program, name, given[0]) for name in free)]
    if not every:
        return [Point(program, dict(one)) for one in given]
    numbers = [{name: float(v) for name, v in one.items()} for one in given]
    fixed = {name: _column([one[name] for one in numbers]) for name in numbers[0]}
    varying = {axis.name for axis in every}
    contraction = _contraction(program, given[0])
    moving, still = program.written_in(varying)
    missed = program.missed(fixed, still)

    def ranked(values: dict[str, Any]) -> tuple[Any, Any]:
        env = {**fixed, **values}
        if contraction is not None:
            env[contraction] = env[contraction] * _scale(program.theorem, env)
        worth, outside = objective(program, env)
        return worth, outside + missed + program.missed(env, moving, varying, margin)

    found = minimise(ranked, every, len(given), start=start, passes=passes)
    points: list[Point | None] = []
    for i, one in enumerate(given):
        values = {name: float(value[i]) for name, value in found.values.items()}
        if contraction is not None:
            values[contraction] *= float(_scale(program.theorem, {**numbers[i], **values}))
        inside = found.violation[i] == 0
        points.append(_rounded(program, one, values) if inside else None)
    return points


def _column(values: Sequence[float]) -> Any:
    """Return a number where all are the same one, else (problems, 1)."""
    same = len(set(values)) == 1
    return np.float64(values[0]) if same else np.array(values)[:, None]


def _contraction(program: Program, given: Values) -> str | None:
    """Return the name of the contraction, where the proof may choose it."""
    rate = program.theorem.step.unroll.rate
    free = rate.is_Symbol and rate.name in program.free and rate.name not in given
    return rate.name if free else None


def _scale(theorem: Theorem, values: Mapping[str, Any]) -> Any:
    """Return what a contraction can be at most: searched for as a share, not lost among steps."""
    scale: Any = values.get(BETA.name, 1.0)
    for mu in _called(theorem, values, _STRENGTH):
        if _GAMMA in values:
            scale = np.minimum(scale, 2 * values[mu] * values[_GAMMA])
    return np.minimum(scale, 1.0)


def _called(theorem: Theorem, given: Collection[str], what: Collection[str]) -> list[str]:
    """Return the names of those given that an assumption calls by one of these names."""
    return [name for name, called in theorem.meanings.items() if name in given and called in what]


def _vanishing(program: Program, given: Values) -> dict[str, Surd]:
    """Return a contraction that the proof may choose, all but zero: the longest steps leave
    none.
    """
    contraction = _contraction(program, given)
    if contraction is None:
        return {}
    tiny = Surd.rational(Fraction(1, 10**15))
    for name in (*_called(program.theorem, given, _STRENGTH), BETA.name):
        if name in given:
            tiny = tiny * given[name]
    for name in _called(program.theorem, given, (SMOOTHNESS.name,)):
        tiny = tiny / given[name]
    return {contraction: tiny}


def _axis(program: Program, name: str, given: Values) -> Variable:
    """Return a free parameter of (0, 1), or of (0, oo), as far as the constants can push it."""
    span = _span(given)
    if program.theorem.parameter(name).domain.upper is None:
        decades = max(_DECADES, span)
        return Variable.positive(name, 10.0**decades, decades=2 * decades)
    return Variable.unit(name, min(_LOW, -span * math.log(10.0)))


def _span(given: Values) -> float:
    """Return the decades that products and quotients of the values can span."""
    sizes = (abs(_decades(value)) for name, value in given.items() if not value.is_zero)
    return min(sum(sizes), _MOST_DECADES)


def _decades(value: Surd) -> float:
    """Return the logarithm of the value's size to base 10; floats may be too short for the
    value.
    """
    size = abs(ratio(value))
    return (math.log2(size.numerator) - math.log2(size.denominator)) * math.log10(2.0)


def _rounded(program: Program, given: Values, values: Mapping[str, float]) -> Point:
    chosen = {name: Surd.rational(_short(value)) for name, value in values.items()}
    return Point(program, {**given, **chosen})


def _short(value: float) -> Fraction:
    """Return a short rational near the value, as close to 1 as it is if it is close to 1."""
    if 0.5 < value < 1:
        return 1 - Fraction(f"{1 - value:.{_DIGITS}g}")
    return Fraction(f"{value:.{_DIGITS}g}")


def step_variable(theorem: Theorem, given: Values) -> Variable:
    """Return the step sizes that make sense, on a logarithmic scale around one over smoothness."""
    smoothness = _called(theorem, given, _SMOOTHNESS)
    scale = max((float(given[name]) for name in smoothness), default=1.0)
    wide = max(_span(given) - _ORDINARY, 0.0)
    return Variable.positive(_GAMMA, 1e3 / scale * 10.0**wide, decades=21.0 + 2 * wide)


def least(points: Sequence[Point | None], worth: Callable[[Point], float]) -> Point | None:
    """Return the point worth least, of those that are there."""
    there = [point for point in points if point is not None]
    return min(there, key=worth, default=None)


def largest_step(
    program: Program, given: Values, axes: Sequence[Variable] = ()
) -> tuple[Edge, Point] | None:
    """Return the largest step over the free parameters and ``axes``, and a point there.

    The step of the point is the largest float that is proved to be admissible. What ``axes`` add is
    searched for; for what is found, or without axes, the largest step is exact. Where every step is
    admissible, the edge is at None and the point has no step. None where no step is admissible.
    """
    if axes:
        found = _settings(program, given, axes)
        if found is None:
            return None
        given = {**given, **found}
    those = steps(program, given)
    if those.edge is None:
        return None
    if those.edge.gamma is None:
        return those.edge, Point(program, {n: v for n, v in given.items() if n != _GAMMA})
    return None if those.largest is None else (those.edge, Point(program, those.largest))


def _settings(program: Program, given: Values, axes: Sequence[Variable]) -> dict[str, Surd] | None:
    """Return what ``axes`` add, where the search for the largest step ends; None if it finds no
    step.
    """

    def worth(_: Program, env: dict[str, Any]) -> tuple[Any, Any]:
        return -np.log(env[_GAMMA]), 0.0

    others = {name: value for name, value in given.items() if name != _GAMMA}
    small = _vanishing(program, others)
    every = [step_variable(program.theorem, others), *axes]
    point = _searched(program, {**others, **small}, worth, every)
    return None if point is None else {axis.name: point.values[axis.name] for axis in axes}
