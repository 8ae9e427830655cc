"""The steps that are admissible at given numbers: their largest, and proof parameters for each.

The conditions, as polynomials in the step and the free proof parameters, are projected onto the
step exactly (:mod:`boundcalc.solve.projection`). So the largest step is a root of a polynomial that
is known, and no search can miss it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property, lru_cache

import sympy as sp
from sympy.polys.rings import PolyElement

from boundcalc.exact.evaluate import exact, fulfils, number
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import GAMMA
from boundcalc.solve.polynomials import Polynomials, polynomials, ratio
from boundcalc.solve.program import Program
from boundcalc.solve.projection import Projection, Root, TooManyError, value_of
from boundcalc.solve.values import Values

_GAMMA = GAMMA.name
# The edge is enclosed to so many bits.
_BITS = 120
# Roots this close, relatively, count as one: those of rounded coefficients may be apart.
_SAME = Fraction(1, 2**100)
# How close to the edge it is seen what vanishes there, and by how much that must have shrunk on the
# way: what vanishes does so at least like a root of the distance.
_FAR, _CLOSE, _SHRUNK = Fraction(1, 2**20), Fraction(1, 2**80), Fraction(1, 2**12)
# Bits of the contraction where the proof may choose it and it has to be all but zero.
_TINY = (20, 40, 80, 160, 320, 640, 1280, 2560)
# Where parameters are found one after the other: values tried at first, rounds, and how far below
# the edge the others are taken.
_HALVINGS, _ROUNDS, _NEAR = 60, 8, Fraction(1, 2**60)
# Floats tried below the edge; denominators of proof parameters at the edge itself.
_FLOATS, _LONGEST = 64, 10**12


class Edge:
    """Where the admissible steps that begin at 0 end.

    ``gamma`` is a rational not above the edge, by less than ``2**-120`` of it, and None where every
    step is admissible.
    """

    def __init__(self, gamma: Fraction | None, reached: Callable[[Fraction], bool]) -> None:
        self.gamma, self._reached = gamma, reached

    @cached_property
    def attained(self) -> bool:
        """Return whether the edge itself is admissible."""
        return self.gamma is not None and self._reached(self.gamma)


def steps(program: Program, given: Values) -> Steps:
    """Return the admissible steps, all inputs but gamma and free parameters being given.

    A step among the values is not looked at, and the last answers are kept.
    """
    return _steps(program, tuple((n, v) for n, v in given.items() if n != _GAMMA))


@lru_cache(maxsize=256)
def _steps(program: Program, items: tuple[tuple[str, Surd], ...]) -> Steps:
    return Steps(program, dict(items))


class Steps:
    """The steps that fulfil the conditions of a form, with some values of its free parameters.

    They are the first interval of such steps, up to single points in between. Where the proof may
    choose the contraction, it is let tend to zero: the longest steps leave none.
    """

    def __init__(self, program: Program, given: Values) -> None:
        self.program, self.given = program, dict(given)
        self.free = [name for name in program.free if name not in given]
        rate = program.theorem.step.unroll.rate
        self.vanishing = rate.name if rate.is_Symbol and rate.name in self.free else None

    @property
    def _names(self) -> list[str]:
        """The names of the variables by their places."""
        return [_GAMMA, *(name for name in self.free if name != self.vanishing)]

    @cached_property
    def _possible(self) -> bool:
        """Return whether the conditions that speak of neither step nor free parameters hold."""
        found = {sp.Symbol(name, real=True): value for name, value in self.given.items()}
        for symbol, formula in self.program.formulas.items():
            if formula.free_symbols <= set(found):
                try:
                    found[symbol] = exact(formula, found)
                except ZeroDivisionError:
                    return False
        known = (c for c in self.program.conditions if c.symbols <= set(found))
        return all(fulfils(condition, found) for condition in known)

    @cached_property
    def _system(self) -> Polynomials | None:
        if not self._possible:
            return None
        domains = {name: self.program.theorem.parameter(name).domain for name in self.free}
        variables = {_GAMMA: GAMMA.domain, **domains}
        return polynomials(self.program, self.given, variables, self.vanishing)

    @cached_property
    def _projection(self) -> Projection | None:
        system = self._system
        return None if system is None else Projection(system.ring, system.conditions)

    @cached_property
    def _eased(self) -> Steps | None:
        """The same with the best value of one free parameter, where all at once are too many.

        Where the best values of the others do not depend on it, a few rounds find it: the others
        are fixed and the largest step is found over that one, and the other way round.
        """
        try:
            _ = self._projection
        except TooManyError as too_many:
            name = self._names[too_many.hardest]
        else:
            return None
        tried = (Surd.rational(Fraction(1, 2**i)) for i in range(1, _HALVINGS))
        starts = (steps(self.program, {**self.given, name: value}) for value in tried)
        best = next((those for those in starts if those.edge is not None), None)
        for _ in range(_ROUNDS):
            if best is None or best.edge is None or best.edge.gamma is None:
                break
            others = best.at(Surd.rational(best.edge.gamma * (1 - _NEAR)))
            if others is None:
                break
            fixed = {n: v for n, v in others.items() if n not in (name, self.vanishing)}
            along = steps(self.program, fixed)
            if along.edge is None or along.edge.gamma is None:
                break
            there = along.at(Surd.rational(along.edge.gamma * (1 - _NEAR)))
            if there is None:
                break
            following = steps(self.program, {**self.given, name: there[name]})
            if following.edge is None or following.edge.gamma is None:
                break
            gained = following.edge.gamma / best.edge.gamma - 1
            best = following if gained > 0 else best
            if gained < _SAME:
                break
        return best

    # -- the edge --------------------------------------------------------------------------

    @cached_property
    def edge(self) -> Edge | None:
        """Return where the admissible steps end; None where there are none."""
        if self._eased is not None:
            return self._eased.edge
        if self._projection is None:
            return None
        last, sample = None, None
        for cell in self._projection.cells:
            sample = self._projection.admits(cell.sample, sample)
            if last is not None and (sample is None or self._punctured(cell.low)):
                break
            last = last if sample is None else cell
        if last is None:
            return None
        if last.high is None:
            return Edge(None, self._attained)
        return Edge(last.high.refined(_BITS).low, self._attained)

    def _punctured(self, root: Root | None) -> bool:
        """Return whether something that must not vanish does at that step, whatever else is
        chosen.
        """
        assert self._projection is not None and root is not None
        fixed = self._projection.ring.ngens == 1
        return fixed and any(root.is_of(p) for p in self._nonzero)

    @cached_property
    def _nonzero(self) -> list[PolyElement]:
        """Return what must not vanish where the conditions hold."""
        assert self._system is not None
        strict = (one for one in self._system.conditions if one.strict)
        return [p for one in strict for p in (*one.factors, *one.squares)]

    def _attained(self, edge: Fraction) -> bool:
        """Return whether nothing vanishes on the way to the edge that must not vanish."""
        far, close = (self._below(edge, part) for part in (_FAR, _CLOSE))
        if far is None or close is None:
            return False
        if any(abs(value_of(p, close)) < _SHRUNK * abs(value_of(p, far)) for p in self._nonzero):
            return False
        assert self._system is not None
        return not any(
            (close[i] < _SHRUNK * far[i] and self._system.open_at_zero(i))
            or (far[i] < _SHRUNK * close[i] and self._system.open_at_infinity(i))
            for i in close
            if i
        )

    def _below(self, edge: Fraction, part: Fraction) -> Mapping[int, Fraction] | None:
        """Return all variables at a step that is below the edge by a part of it."""
        assert self._projection is not None
        return self._projection.admits(edge * (1 - part))

    # -- proof parameters ------------------------------------------------------------------

    @cached_property
    def largest(self) -> dict[str, Surd] | None:
        """All inputs at the largest float that is proved to be an admissible step.

        None where no step is, or every one.
        """
        edge = self.edge
        if edge is None or edge.gamma is None:
            return None
        if self._eased is not None:
            return self._eased.largest
        # The edge itself may be a float.
        gamma = _float_below(edge.gamma * (1 + _SAME))
        for _ in range(_FLOATS):
            found = self.at(number(gamma)) if gamma > 0 else None
            if found is not None:
                return found
            gamma = math.nextafter(gamma, 0.0)
        return None

    def at(self, gamma: Surd) -> dict[str, Surd] | None:
        """Return all inputs, with the step ``gamma``, at which every condition holds exactly.

        None where no free parameters are found for it.
        """
        if self._eased is not None:
            return self._eased.at(gamma)
        for found in self._parameters(ratio(gamma)):
            for known in self._completed({**self.given, _GAMMA: gamma, **found}):
                if self.program.broken(known) is None:
                    return known
        return None

    def _parameters(self, gamma: Fraction) -> Iterator[dict[str, Surd]]:
        """Yield values of the free parameters for a step, to be tried."""
        if self._system is None or self._projection is None:
            return
        if self._system.ring.ngens == 1:
            yield {}
            return
        sample = self._projection.admits(gamma)
        if sample is not None:
            yield self._named(sample)
        edge = self.edge
        if edge is not None and edge.gamma and abs(gamma - edge.gamma) <= _SAME * gamma:
            close = self._below(edge.gamma, _CLOSE)
            if close is not None:
                yield self._named({i: v.limit_denominator(_LONGEST) for i, v in close.items()})

    def _named(self, sample: Mapping[int, Fraction]) -> dict[str, Surd]:
        assert self._system is not None
        return {
            self._names[place]: Surd.rational(self._system.parameter(place, value))
            for place, value in sample.items()
            if place
        }

    def _completed(self, known: dict[str, Surd]) -> Iterator[dict[str, Surd]]:
        """Yield the inputs with every contraction that is tried, the largest first."""
        if self.vanishing is None:
            yield known
            return
        scale = min(Fraction(1), *(abs(ratio(v)) for v in known.values() if not v.is_zero))
        for bits in _TINY:
            yield {**known, self.vanishing: Surd.rational(scale / 2**bits)}


def _float_below(value: Fraction) -> float:
    """Return the largest float that is not above the value; a float stands for what it prints
    as.
    """
    try:
        found = float(value)
    except OverflowError:
        return math.nextafter(math.inf, 0.0)
    return found if Fraction(repr(found)) <= value else math.nextafter(found, 0.0)
