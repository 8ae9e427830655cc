"""The ways to read a whole bound: its terms, its conditions, and the calls that it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import chain, combinations
from typing import Any

import sympy as sp

from boundcalc.bounds.rates.constants import Constants
from boundcalc.bounds.rates.monomials import Monomial, Need
from boundcalc.bounds.rates.rate import BUDGET, COUNT
from boundcalc.bounds.rates.reading import Reader
from boundcalc.bounds.rates.readings import Option
from boundcalc.bounds.rates.regimes import without_means
from boundcalc.errors import InadmissibleError
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.powers import Power


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

    @cached_property
    def every(self) -> list[Monomial]:
        """The terms without their names, but for those that the others bound anyway."""
        return without_means(m for _, part in self.terms for m in part)


def reader(
    chosen: Iterable[str],
    given: Sequence[Condition],
    growing: Sequence[str],
    vanishing: Iterable[str] = (),
) -> Reader:
    """Return the reader that has learnt from ``given`` which variables are at most or at least
    one.
    """
    variables = frozenset({*chosen, COUNT, BUDGET, *growing})
    plain = Reader(variables)
    small: set[str] = set()
    large = {COUNT, BUDGET, *growing}
    facts = []
    for condition in given:
        names = {s.name for s in condition.symbols}
        if not names & variables:
            facts.append(condition)
        elif names <= variables:
            for need in chain.from_iterable(o.needs for o in plain.holds(condition.expression)):
                if need.constant == "one" and len(need.monomial.powers) == 1:
                    ((name, exponent),) = need.monomial.powers
                    (small if exponent > 0 else large).add(name)
    constants = Constants(frozenset(vanishing), tuple(facts))
    return Reader(variables, COUNT, frozenset(small), frozenset(large), constants)


def ways(
    reader: Reader,
    terms: Mapping[str, sp.Expr],
    given: Sequence[Condition],
    calls: sp.Expr,
    contraction: sp.Expr | None,
) -> list[Way]:
    """Return every combination of the ways to read the parts.

    With a ``contraction``, terms that fall geometrically are left to it.
    """
    if contraction is not None:
        terms = {name: term for name, term in terms.items() if not term.has(Power)}
    # What a power in K does, it does wherever it occurs.
    powers = sorted(set().union(*(reader.powers(term) for term in terms.values())), key=str)
    found: list[Way] = []
    why: InadmissibleError | None = None
    for chosen in chain.from_iterable(combinations(powers, i) for i in range(len(powers) + 1)):
        try:
            found += _read(
                replace(reader, fallen=frozenset(chosen)), terms, given, calls, contraction
            )
        except InadmissibleError as error:
            why = why or error
    if not found and why is not None:
        raise why
    return _least_needing(found)


def _read(
    reader: Reader,
    terms: Mapping[str, sp.Expr],
    given: Sequence[Condition],
    calls: sp.Expr,
    contraction: sp.Expr | None,
) -> list[Way]:
    budget = Monomial.of({BUDGET: 1})
    shared = [Option(frozenset(), frozenset({Need(Monomial.of({COUNT: -1}), "any")}))]
    shared = reduce(reader.joined, [reader.holds(c.expression) for c in given], shared)
    shared = [
        spent.beside(Option(frozenset(), _within(spent, budget)), ()).beside(option, ())
        for option in shared
        for spent in reader.above(calls)
        if option.agrees(spent)
    ]
    slowness: list[tuple[Option, Monomial | None]] = [(Option(frozenset()), None)]
    if contraction is not None:
        slowness = [(low, next(iter(low.terms)) ** -1) for low in reader.below(contraction)]
    partial: list[tuple[tuple[tuple[str, tuple[Monomial, ...]], ...], Option]]
    partial = [((), option) for option in shared]
    for name, term in terms.items():
        partial = [
            ((*named, (name, _ordered(option.terms))), option.beside(so_far, ()))
            for named, so_far in partial
            for option in reader.above(term)
            if option.agrees(so_far)
        ]
    return [
        _way(named, option.beside(low, ()), slow)
        for named, option in dict.fromkeys(partial)
        for low, slow in slowness
        if option.agrees(low)
    ]


def _least_needing(found: Iterable[Way]) -> list[Way]:
    """Without ways that need or suppose more than another one does, for the same terms."""
    groups: dict[Any, list[Way]] = {}
    for way in dict.fromkeys(found):
        groups.setdefault((way.terms, way.logarithmic, way.slowness), []).append(way)

    def asks_more(one: Way, other: Way) -> bool:
        asked, less = (({*w.needs}, w.supposes) for w in (one, other))
        return one is not other and less[0] <= asked[0] and less[1] <= asked[1]

    return [
        way
        for group in groups.values()
        for way in group
        if not any(asks_more(way, other) for other in group)
    ]


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
