"""Schedules: the parameters of a method with the least bound at a horizon.

Step size, weight of the average, size of a batch and the like are chosen together with the free
proof parameters. Where more calls buy a lower bound at the same horizon (a larger batch), what is
made least is the bound times ``calls**rate``, for a bound that falls as ``calls**-rate``: so as
many calls are then split between iterations and batches as the rate has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from boundcalc.bounds.bound import proved_value
from boundcalc.bounds.rates.cases import RateCase, settings
from boundcalc.bounds.rates.rate import BUDGET
from boundcalc.errors import InadmissibleError, UsageError
from boundcalc.exact.evaluate import exact
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import GAMMA, ITERATIONS, Parameter
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.standing import announce
from boundcalc.solve.points import Point, best_of_all, least, programs, step_variable
from boundcalc.solve.program import Program
from boundcalc.solve.search import Variable
from boundcalc.solve.values import Values

# What has no upper end is searched up to this part of infinity, in decades; found near the end,
# nothing limits it.
_DECADES, _NEAR = 12.0, 1.0
# The part of the bound that an end of a domain may cost.
_HAIR = 1e-6
_K = ITERATIONS.symbol


@dataclass(frozen=True)
class Schedule:
    """The parameters of the method for ``horizon`` iterations, exact, by name.

    ``point`` is the choice behind the bound, those of the proof included; every condition holds
    there exactly.
    """

    horizon: int
    parameters: Mapping[str, Surd]
    point: Point

    @property
    def value(self) -> float:
        """The bound after ``horizon`` iterations, proved."""
        return proved_value(self.point, self.horizon)


def chosen_parameters(theorem: Theorem, given: Values) -> tuple[Parameter, ...]:
    """Return the parameters of the method that a schedule has to choose."""
    return tuple(
        p for p in theorem.parameters if p.role == "algorithm" and p.name not in given and p.given
    )


def settings_at(theorem: Theorem, given: Values) -> tuple[RateCase, ...]:
    """Return the rates with the errors that these values leave, the values staying as they are.

    There are two where the bound falls geometrically: linear, and one that lets errors fall, too.

    Raises :class:`UsageError` where no rate is found.
    """
    kept = {
        p.name: given[p.name].to_sympy()
        for p in theorem.parameters
        if p.name in given and (p.role != "constant") != given[p.name].is_zero
    }
    return _settings(theorem, tuple(sorted(kept.items())))


@lru_cache(maxsize=64)
def _settings(theorem: Theorem, kept: tuple[tuple[str, sp.Expr], ...]) -> tuple[RateCase, ...]:
    found = settings(theorem, dict(kept))
    return tuple(s for s in found if s.errors == found[0].errors)


def best_schedule(theorem: Theorem, K: int, given: Values) -> Schedule:
    """Return the parameters of the method with the least bound after ``K`` iterations.

    Args:
        theorem: the theorem.
        K: the horizon, a whole number.
        given: exact values of all constants (see :func:`boundcalc.solve.values.read_values`), and
        of
            those parameters of method and proof that are not to be chosen.

    Raises:
        UsageError: no values are admissible, or nothing limits a parameter that is to be chosen.
    """
    announce(theorem)
    chosen = chosen_parameters(theorem, given)
    price = _CallWeight.of(theorem, given, chosen)
    point = _least(theorem, K, given, chosen, price)
    whole = [p for p in chosen if p.whole]
    if point is not None and whole:
        others = [p for p in chosen if not p.whole]
        near = [
            _least(theorem, K, {**given, **numbers}, others, price)
            for numbers in _neighbours(point, whole)
        ]
        point = least(near, lambda candidate: price.worth(candidate, K))
    if point is None:
        from boundcalc.bounds.diagnose import why_not

        raise InadmissibleError(why_not(theorem, given))
    values = {**point.values, **fixed_by_form(point)}
    names = [p.name for p in theorem.parameters if p.role == "algorithm"]
    return Schedule(K, {name: values[name] for name in names}, point)


@dataclass(frozen=True)
class _CallWeight:
    """What a bound is multiplied by: the calls of K iterations to the power ``rate``."""

    calls: sp.Expr
    rate: float

    @staticmethod
    def of(theorem: Theorem, given: Values, chosen: Sequence[Parameter]) -> _CallWeight:
        """None where the calls depend on nothing that is chosen."""
        costly = {p.symbol for p in chosen} & theorem.calls.free_symbols
        if not costly:
            return _CallWeight(sp.S.One, 0.0)
        # What does not depend on K or on a choice may be infinite: an exact start.
        parts = [a for a in sp.Add.make_args(theorem.calls) if a.free_symbols & {_K, *costly}]
        names = ", ".join(sorted(s.name for s in costly))
        falls = [s.rate for s in settings_at(theorem, given) if not s.rate.linear]
        if not falls:
            raise UsageError(
                f"the bound of {theorem.name} falls geometrically, which does not tell the best"
                f" {names}: give it"
            )
        return _CallWeight(sp.Add(*parts), float(-falls[0].decay[BUDGET]))

    def factor(self) -> Callable[[Mapping[str, Any], int], Any]:
        """Return the factor at values by name, which broadcast."""
        symbols = sorted(self.calls.free_symbols, key=str)
        compiled = sp.lambdify(symbols, self.calls)

        def at(values: Mapping[str, Any], K: int) -> Any:
            known = {**values, _K.name: K}
            return compiled(*(known[s.name] for s in symbols)) ** self.rate

        return at

    def worth(self, point: Point, K: int) -> float:
        """Return the proved bound at the point, times the factor."""
        numbers = {name: float(v) for name, v in point.values.items()}
        return proved_value(point, K) * float(self.factor()(numbers, K))


def _least(
    theorem: Theorem, K: int, given: Values, chosen: Sequence[Parameter], price: _CallWeight
) -> Point | None:
    """Return the best point, whole numbers or not; also at the ends that a search does not
    reach.
    """
    factor = price.factor()

    def worth(program: Program, env: dict[str, Any]) -> tuple[Any, Any]:
        return program.unchecked_bound(env, K) * factor(env, K), 0.0

    found: list[tuple[Point | None, int]] = []
    for ends in closed_ends(chosen):
        fixed = {**given, **ends}
        axes = [axis_of(theorem, p, fixed) for p in chosen if p.name not in ends]
        points = best_of_all(programs(theorem, fixed), fixed, worth, axes)
        found += [(point, len(ends)) for point in points]
    # Beside an end that is best a search ends a hair from it, now and then on the better side.
    there = [(point, price.worth(point, K) * (1 - _HAIR * at)) for point, at in found if point]
    return min(there, key=lambda pair: pair[1], default=(None, 0.0))[0]


def closed_ends(chosen: Sequence[Parameter]) -> Iterator[dict[str, Surd]]:
    """Yield some of the parameters, or none, at ends of their domains that belong to these.

    That is the upper end, or the least of whole numbers.
    """
    ends: list[list[tuple[str, Surd] | None]] = []
    for p in chosen:
        lower, upper = p.domain.lower, p.domain.upper
        closed = [
            *([upper] if upper is not None and not p.domain.upper_open else []),
            *([lower] if p.whole and lower is not None and not p.domain.lower_open else []),
        ]
        ends.append([None, *((p.name, exact(end, {})) for end in closed)])
    for picked in product(*ends):
        yield dict(end for end in picked if end is not None)


def axis_of(theorem: Theorem, parameter: Parameter, given: Values) -> Variable:
    """Return where a parameter is searched: all of its domain, but for the ends."""
    if parameter.name == GAMMA.name:
        return step_variable(theorem, given)
    domain = parameter.domain
    lower = 0.0 if domain.lower is None else float(domain.lower)
    if domain.upper is not None:
        width = float(domain.upper) - lower
        unit = Variable.unit(parameter.name)
        return Variable(
            unit.name,
            unit.low,
            unit.high,
            lambda u: lower + width * unit.value(u),
            lambda x: unit.coordinate((x - lower) / width),
        )
    if lower == 0:
        return Variable.positive(parameter.name, 10.0**_DECADES, decades=2 * _DECADES)
    return Variable(
        parameter.name,
        0.0,
        _DECADES * np.log(10.0),
        lambda u: lower * np.exp(u),
        lambda x: float(np.log(x / lower)),
    )


def _neighbours(point: Point, whole: Sequence[Parameter]) -> Iterator[dict[str, Surd]]:
    """Yield the whole numbers on both sides of those found, in every combination.

    Raises :class:`UsageError` where the search ended only for lack of numbers.
    """
    sides = []
    for parameter in whole:
        found = point.values[parameter.name].as_fraction()
        assert found is not None
        check_limited(point, parameter)
        down = Fraction(int(found))
        sides.append(sorted({down, down + (found > down)}))
    for numbers in product(*sides):
        yield {p.name: Surd.rational(n) for p, n in zip(whole, numbers, strict=True)}


def check_limited(point: Point, parameter: Parameter) -> None:
    """Raise :class:`UsageError` where a search for the parameter ended for lack of numbers."""
    if float(point.values[parameter.name]) > 10 ** (_DECADES - _NEAR):
        raise UsageError(
            f"nothing limits {parameter.name} ({parameter.meaning}): the larger, the lower the"
            f" bound of {point.program.theorem.name}; give it"
        )


def fixed_by_form(point: Point) -> dict[str, Surd]:
    """Return what the form fixes of the parameters, by a number or a formula."""
    form = point.program.form
    numbers = {s.name: v for s, v in point.program.numbers(point.values).items()}
    return numbers | {s.name: exact(v, {}) for s, v in form.when.items()}
