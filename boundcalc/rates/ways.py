"""The ways to read a whole bound: its terms, its conditions, and the calls that it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain

import sympy as sp

from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.powers import Power
from boundcalc.rates.monomials import Monomial, Need
from boundcalc.rates.rate import BUDGET, COUNT
from boundcalc.rates.reading import Option, Reader

__all__ = ["Way", "reader", "ways"]


@dataclass(frozen=True)
class Way:
    """One way to read a bound: terms by name, and what must hold.

    ``slowness`` is one over the contraction, where a linear rate is asked for.
    """

    terms: tuple[tuple[str, tuple[Monomial, ...]], ...]
    needs: tuple[Need, ...]
    supposes: frozenset[sp.Expr]
    logarithmic: bool
    slowness: Monomial | None

    @property
    def every(self) -> list[Monomial]:
        """The terms without their names."""
        return list(dict.fromkeys(m for _, part in self.terms for m in part))


def reader(
    chosen: Iterable[str],
    given: Sequence[Condition],
    growing: Sequence[str],
    vanishing: Iterable[str] = (),
) -> Reader:
    """The reader that has learnt from ``given`` which variables are at most or at least one."""
    variables = frozenset({*chosen, COUNT, BUDGET, *growing})
    plain = Reader(variables)
    small, large = set(), {COUNT, BUDGET, *growing}
    for condition in given:
        if condition.symbols and {s.name for s in condition.symbols} <= variables:
            for need in chain.from_iterable(o.needs for o in plain.holds(condition.expression)):
                if need.constant == "one" and len(need.monomial.powers) == 1:
                    ((name, exponent),) = need.monomial.powers
                    (small if exponent > 0 else large).add(name)
    return Reader(variables, COUNT, frozenset(small), frozenset(large), frozenset(vanishing))


def ways(
    reader: Reader,
    terms: Mapping[str, sp.Expr],
    given: Sequence[Condition],
    calls: sp.Expr,
    contraction: sp.Expr | None,
) -> list[Way]:
    """Every combination of the ways to read the parts.

    With a ``contraction``, terms that fall geometrically are left to it.
    """
    budget = Monomial.of({BUDGET: 1})
    shared = [Option(frozenset(), frozenset({Need(Monomial.of({COUNT: -1}), "any")}))]
    shared = reduce(reader.joined, [reader.holds(c.expression) for c in given], shared)
    shared = [
        spent.beside(Option(frozenset(), _within(spent, budget)), ()).beside(option, ())
        for option in shared
        for spent in reader.above(calls)
    ]
    slowness: list[tuple[Option, Monomial | None]] = [(Option(frozenset()), None)]
    if contraction is not None:
        terms = {name: term for name, term in terms.items() if not term.has(Power)}
        slowness = [(low, next(iter(low.terms)) ** -1) for low in reader.below(contraction)]
    partial: list[tuple[tuple[tuple[str, tuple[Monomial, ...]], ...], Option]]
    partial = [((), option) for option in shared]
    for name, term in terms.items():
        partial = [
            ((*named, (name, _ordered(option.terms))), option.beside(so_far, ()))
            for named, so_far in partial
            for option in reader.above(term)
        ]
    found = [
        _way(named, option.beside(low, ()), slow)
        for named, option in dict.fromkeys(partial)
        for low, slow in slowness
    ]
    return list(dict.fromkeys(found))


def _within(spent: Option, budget: Monomial) -> frozenset[Need]:
    return frozenset(Need(m / budget, "any") for m in spent.terms)


def _way(
    named: tuple[tuple[str, tuple[Monomial, ...]], ...], option: Option, slowness: Monomial | None
) -> Way:
    needs = tuple(sorted(option.needs, key=lambda need: (need.monomial.powers, need.constant)))
    return Way(named, needs, option.supposes, option.logarithmic, slowness)


def _ordered(monomials: Iterable[Monomial]) -> tuple[Monomial, ...]:
    """In an order that does not depend on hashes."""
    return tuple(sorted(monomials, key=lambda m: m.powers))
