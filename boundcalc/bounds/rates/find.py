"""The rate of a bound: which powers of what grows make it fall fastest.

The bound and its conditions are read as monomials (:mod:`boundcalc.bounds.rates.reading`), in one
or more ways; each way is a lexicographic linear programme (:mod:`boundcalc.bounds.rates.programs`):
least in the number N of gradient calls, then in d, m and n. Where a term cannot be made to decay,
it is the
floor: the floor is made as small as possible first, then the rest decays as fast as it can. A term
that the floor outgrows as d, m and n grow need not decay: it vanishes beside the floor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

import sympy as sp

from boundcalc.bounds.rates.monomials import ONE, Monomial
from boundcalc.bounds.rates.programs import Exponents, Infeasible, Unbounded
from boundcalc.bounds.rates.rate import BUDGET, COUNT, GROWING, Rate
from boundcalc.bounds.rates.regimes import regime, undominated
from boundcalc.bounds.rates.ways import Way, reader, ways
from boundcalc.errors import InadmissibleError, UsageError
from boundcalc.kernel.conditions import Condition

_CALLS = sp.Symbol(COUNT, real=True)


def find_rate(
    bound: sp.Expr | Mapping[str, sp.Expr],
    chosen: Iterable[str],
    given: Sequence[Condition] = (),
    *,
    calls: sp.Expr = _CALLS,
    contraction: sp.Expr | None = None,
    vanishing: Iterable[str] = (),
    growing: Sequence[str] = GROWING[1:],
    measure: str = "",
    order: int = 1,
) -> Rate:
    """Return the fastest rate that the bound allows, and the schedule that has it.

    Args:
        bound: an upper bound in K, or its named terms.
        chosen: the names of the parameters that may depend on what grows.
        given: what the bound supposes.
        calls: the gradient calls that K iterations make.
        contraction: for a linear rate: the share by which an iteration shortens what falls
            geometrically. The largest is sought first, then the least floor.
        vanishing: names of constants that may be zero.
        growing: which of d, m and n grow; the others are constants.
        measure: what is bounded, in words.
        order: the power of a norm that is bounded.

    Raises:
        UsageError: a formula is no sum of generalised monomials, no schedule meets the conditions,
            or the bound does not determine a rate.
    """
    names = tuple(chosen)
    clash = sorted({*names} & {*GROWING, COUNT})
    if clash:
        raise UsageError(f"{', '.join(clash)} cannot be chosen: the rate is written in it")
    terms = dict(bound) if isinstance(bound, Mapping) else {"bound": sp.sympify(bound)}
    problem = Exponents((*names, COUNT), (BUDGET, *growing))
    read = ways(reader(names, given, growing, vanishing), terms, given, calls, contraction)
    found: list[_Found] = []
    why = "the bound has no terms"
    for way in read:
        try:
            found.append(_solved(problem, way))
        except Infeasible as error:
            why = str(error) or "no schedule meets the conditions of the bound"
        except Unbounded as error:
            raise InadmissibleError(
                "the bound can be made to fall as fast as one likes; a condition is missing,"
                " such as an upper limit of the step size"
            ) from error
    if not found:
        raise InadmissibleError(why)
    best = min(found, key=lambda one: one.rate.merit)
    condition = best.condition
    floor = undominated(best.floor, condition)
    return replace(best.rate, floor=floor, condition=condition, measure=measure, order=order)


@dataclass(frozen=True)
class _Found:
    """A way to read the bound, with its solution: everything in N, d, m and n."""

    way: Way
    decay: Monomial
    floor: tuple[Monomial, ...]
    schedule: Mapping[str, Monomial]

    @property
    def rate(self) -> Rate:
        """Return what it says, but for where it holds."""
        return Rate(
            self.decay,
            _in_iterations(self.schedule),
            {name: tuple(dict.fromkeys(map(self.at, part))) for name, part in self.way.terms},
            self.floor,
            supposes=tuple(sorted(self.way.supposes, key=str)),
            logarithmic=self.way.logarithmic,
            linear=self.way.slowness is not None,
        )

    @property
    def condition(self) -> tuple[Monomial, ...]:
        """Return where it holds."""
        terms = [] if self.way.slowness else [self.at(m) for m in self.way.every]
        needs = [self.at(need.monomial) for need in self.way.needs]
        return regime(needs, terms, [self.decay, *self.floor])

    def at(self, monomial: Monomial) -> Monomial:
        """Return the monomial at the schedule."""
        return monomial.put_in(self.schedule)


def _in_iterations(schedule: Mapping[str, Monomial]) -> dict[str, Monomial]:
    """Return the schedule in K instead of N, where K grows with N."""
    count = schedule[COUNT]
    if count[BUDGET] == 0:
        return dict(schedule)
    rest = count / Monomial.of({BUDGET: count[BUDGET]})
    calls = (Monomial.of({COUNT: 1}) / rest) ** (1 / count[BUDGET])
    shown = {name: m.put_in({BUDGET: calls}) for name, m in schedule.items() if name != COUNT}
    return {**shown, BUDGET: calls}


def _solved(problem: Exponents, way: Way) -> _Found:
    """Return the best schedule of one way to read the bound; :class:`Infeasible` where there is
    none.
    """
    needs = [need.monomial for need in way.needs]
    if way.slowness is not None:
        fall, needs = _fastest(problem, [way.slowness / Monomial.of({COUNT: 1})], needs)
        decay = fall * Monomial.of({BUDGET: 1})
        if way.every:
            needs += _held(problem, way.every, needs)
        schedule = problem.schedule(needs)
        floor = undominated(m.put_in(schedule) for m in way.every)
        return _checked(problem, _Found(way, decay, floor, schedule))
    if not way.every:
        raise Infeasible("nothing is left of the bound but what falls geometrically")
    speed = problem.level(BUDGET, way.every, needs)
    if speed < 0:
        decay, needs = _fastest(problem, way.every, needs)
        return _checked(problem, _Found(way, decay, (), problem.schedule(needs)))
    _, stuck, _ = problem.loosest(BUDGET, speed, way.every, needs)
    rest = [m for m in way.every if m not in stuck]
    if not rest:
        raise Infeasible("no term of the bound decays under any schedule")
    needs += _held(problem, stuck, needs)
    return _checked(problem, _above_floor(problem, way, stuck, rest, needs))


def _above_floor(
    problem: Exponents,
    way: Way,
    stuck: Sequence[Monomial],
    rest: Sequence[Monomial],
    needs: Sequence[Monomial],
) -> _Found:
    """Return the fastest decay of the rest, but for terms that vanish beside the floor."""

    def solution(beside: Sequence[Monomial], *, least: bool = False) -> _Found:
        held = [*needs, *(m / other for m in beside for other in largest)]
        decay, all_needs = _fastest(problem, [m for m in rest if m not in beside], held)
        all_needs += _held(problem, beside, all_needs) if least else []
        schedule = problem.schedule(all_needs)
        return _Found(way, decay, undominated(m.put_in(schedule) for m in stuck), schedule)

    largest: list[Monomial] = []
    try:
        best = solution([])
    except Unbounded as error:
        # As with a step of length zero: nothing moves, and the errors that a step makes are none.
        raise Infeasible("what decays is gained by standing still") from error
    largest = [max(best.floor, key=lambda m: m.vector(problem.growing))]
    _, slowest, _ = problem.loosest(BUDGET, best.decay[BUDGET], rest, needs)
    for count in range(1, min(len(slowest), len(rest) - 1) + 1):
        for beside in combinations(slowest, count):
            # Terms that do not vanish beside the floor may do so where they are the least.
            for least in (False, True):
                try:
                    found = solution(beside, least=least)
                except Infeasible:
                    break
                if all(_vanishes(m.put_in(found.schedule), found.floor) for m in beside):
                    best = min(best, found, key=lambda one: one.rate.merit)
                    break
    return best


def _vanishes(term: Monomial, floor: Iterable[Monomial]) -> bool:
    """Return whether one of the floor's monomials outgrows the term, whichever quantities grow."""
    ratios = [term / m for m in floor]
    return any(r != ONE and r[BUDGET] == 0 and all(e < 0 for _, e in r.powers) for r in ratios)


def _fastest(
    problem: Exponents, terms: Sequence[Monomial], needs: Sequence[Monomial]
) -> tuple[Monomial, list[Monomial]]:
    """Return the least decay, and the needs with those that keep it."""
    decay = _monomial(problem, problem.least(terms, needs))
    return decay, [*needs, *(m / decay for m in terms)]


def _held(
    problem: Exponents, terms: Sequence[Monomial], needs: Sequence[Monomial]
) -> list[Monomial]:
    return _fastest(problem, terms, needs)[1][len(needs) :]


def _monomial(problem: Exponents, exponents: Sequence[Fraction]) -> Monomial:
    return Monomial.of(dict(zip(problem.growing, exponents, strict=True)))


def _checked(problem: Exponents, found: _Found) -> _Found:
    """Return the solution, if constant factors can be chosen so that tight needs hold."""
    tight = [n for n in found.way.needs if n.monomial.put_in(found.schedule) == ONE]
    small = [n.monomial for n in tight if n.constant == "small"]
    bounded = [n.monomial for n in tight if n.constant == "one"]
    if not problem.constants(small, bounded):
        raise Infeasible("the conditions contradict each other, whatever the constants")
    return found
