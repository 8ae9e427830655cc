"""Formulas read as sums of monomials, each an upper or a lower bound up to a constant factor.

Why every simplification is a bound, for quantities that are not negative:

- A sum is at most the sum of its positive parts, so negative parts are dropped from above.
- ``(a + b)^q <= 2^q (a^q + b^q)`` for ``q > 0``: a root goes into the sum.
- ``P - Q >= P/2`` where ``Q <= P/2``: a difference is bounded from below by one of its positive
  parts under a :class:`Need` for every negative one. Where several positive parts could be that
  one, each is an alternative: each gives a valid bound, and the best is taken in the end.
- ``ceiling(a) <= a + 1``; ``Max`` is at most the sum, ``|a - b|`` at most ``a + b``; each
  argument of ``Min`` is an alternative.
- ``1 - (1-r)^K <= min(1, r K)`` (Bernoulli), and from below it is at least
  ``(1 - 1/e) min(1, r K)``.
- ``(1-r)^K <= e^(-r K)``, which for ``r K >= c log K`` is at most ``K^(-c)``, below every other
  term for a large c: the term vanishes, and the result holds up to logarithms.

Every symbol that neither grows nor is chosen is a constant, and not negative. A constant
coefficient whose sign does not follow from what is known of the constants is supposed positive, and
what is supposed is part of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import sympy as sp

from boundcalc.bounds.rates.constants import Constants
from boundcalc.bounds.rates.monomials import ONE, Monomial, Need
from boundcalc.bounds.rates.readings import Option
from boundcalc.bounds.rates.terms import Term, collected, fraction, terms, whole_powers
from boundcalc.errors import InadmissibleError
from boundcalc.kernel.powers import Power, Shortfall

# More alternatives than this are refused: every one is a linear programme of its own.
_MOST = 600


_UNIT = Option(frozenset({ONE}))
_NOTHING = Option(frozenset())


@dataclass(frozen=True)
class Reader:
    """Reads formulas in ``variables`` (what grows and what is chosen); ``count`` is K.

    ``small`` are variables that are at most one, ``large`` those that are at least one;
    ``constants`` is what is known of the rest. A :class:`Power` in ``fallen`` is one that vanishes,
    a :class:`Shortfall` there one at most ``r K``; others are at most one.
    """

    variables: frozenset[str]
    count: str = "K"
    small: frozenset[str] = frozenset()
    large: frozenset[str] = frozenset()
    constants: Constants = field(default_factory=Constants)
    fallen: frozenset[sp.Expr] = frozenset()

    # -- from above ------------------------------------------------------------------------

    def above(self, expression: sp.Expr) -> list[Option]:
        """Return the ways to bound it from above.

        Raises :class:`UsageError` for what is no generalised monomial.
        """
        terms = self._terms(expression)
        return self._sum_above([t for t in terms if self.constants.sign(t.coefficient) != "-"])

    def _sum_above(self, terms: Iterable[Term]) -> list[Option]:
        total = [_NOTHING]
        for term in terms:
            total = self._joined(total, self._term_above(term), Option.plus)
        return total

    def _term_above(self, term: Term) -> list[Option]:
        options = [Option(frozenset({term.monomial}))]
        for atom in term.atoms:
            options = self._joined(options, self._atom_above(atom), Option.times)
        return options

    def _atom_above(self, atom: sp.Expr) -> list[Option]:
        if isinstance(atom, Power):
            fallen = atom in self.fallen
            return [self._vanished(o) for o in self.below(atom.args[0])] if fallen else [_UNIT]
        if isinstance(atom, Shortfall):
            early = atom in self.fallen
            return [o.times(self._counted) for o in self.above(atom.args[0])] if early else [_UNIT]
        if isinstance(atom, sp.ceiling):
            return [option.plus(_UNIT) for option in self.above(atom.args[0])]
        if isinstance(atom, sp.Max):
            return self.above(sp.Add(*atom.args))
        if isinstance(atom, sp.Abs):
            return self._sum_above(self._terms(atom.args[0]))
        if isinstance(atom, sp.Min):
            return self._distinct([o for part in atom.args for o in self.above(part)])
        base, exponent = atom.as_base_exp()
        if base != atom and exponent.is_Rational:
            side = self.above(base) if exponent > 0 else self.below(base)
            return [option.power(fraction(exponent)) for option in side]
        raise InadmissibleError(
            f"{atom} is no sum of generalised monomials, and no rate follows from it"
        )

    # -- from below ------------------------------------------------------------------------

    def below(self, expression: sp.Expr) -> list[Option]:
        """Return the ways to bound it from below by a monomial.

        Raises :class:`UsageError` where nothing shows that it is positive.
        """
        if expression not in self._lower:
            self._lower[expression] = self._parts_below(expression)
        return self._lower[expression]

    def _parts_below(self, expression: sp.Expr) -> list[Option]:
        terms = collected(self._terms(expression))
        # What may be negative counts as negative, unless it is the part that is kept.
        signs = {term: self.constants.sign(term.coefficient) for term in terms}
        found: list[Option] = []
        for term in self._largest(signs):
            against = self._sum_above(t for t in terms if signs[t] != "+" and t != term)
            doubt = {self.constants.doubtful(term.coefficient)} if signs[term] == "?" else ()
            for low, negative in product(self._term_below(term), against):
                (least,) = low.terms
                kept = {(sp.expand(expression), least)} if len(terms) > 1 else ()
                asked = frozenset(Need(m / least) for m in negative.terms)
                if any(self._never_small(need.monomial) for need in asked):
                    continue
                needs = Option(frozenset(), asked, frozenset(doubt), kept=frozenset(kept))
                found.append(low.beside(needs, low.terms).beside(negative, low.terms))
        if not found:
            raise InadmissibleError(f"nothing shows that {expression} is positive, and it must be")
        return list(dict.fromkeys(found))

    def _term_below(self, term: Term) -> list[Option]:
        options = [Option(frozenset({term.monomial}))]
        for atom in term.atoms:
            options = self._joined(options, self._atom_below(atom), Option.times)
        return options

    def _atom_below(self, atom: sp.Expr) -> list[Option]:
        if isinstance(atom, Shortfall):
            saturated = [o.beside(o, [ONE]) for o in map(self._many, self.below(atom.args[0]))]
            early = [
                low.times(self._counted).beside(self._few(high), low.times(self._counted).terms)
                for low, high in product(self.below(atom.args[0]), self.above(atom.args[0]))
            ]
            return [*saturated, *early]
        if isinstance(atom, sp.ceiling):
            return self.below(atom.args[0])
        if isinstance(atom, sp.Max):
            return [o for part in atom.args for o in self._below_or_none(part)]
        base, exponent = atom.as_base_exp()
        if base != atom and exponent.is_Rational:
            if exponent > 0:
                return [option.power(fraction(exponent)) for option in self.below(base)]
            # One over a sum: its largest term is chosen, and the others are at most that.
            return [
                Option(
                    frozenset({most}),
                    option.needs | {Need(m / most, "any") for m in option.terms - {most}},
                    option.supposes,
                    option.logarithmic,
                    option.kept,
                ).power(fraction(exponent))
                for option in self.above(base)
                for most in option.terms
            ]
        raise InadmissibleError(f"nothing bounds {atom} from below by a monomial")

    def _below_or_none(self, expression: sp.Expr) -> list[Option]:
        try:
            return self.below(expression)
        except InadmissibleError:
            return []

    # -- conditions ------------------------------------------------------------------------

    def holds(self, expression: sp.Expr) -> list[Option]:
        """Return the ways to make sure that it is not negative: needs, without terms."""
        terms = collected(self._terms(expression))
        if all(not term.monomial.powers and not term.atoms for term in terms):
            return [_NOTHING]
        if sorted(str(term.coefficient) for term in terms) == ["-1", "1"]:
            # One monomial below another, as in beta <= 1: no constant is left to choose.
            less, more = sorted(terms, key=lambda term: term.coefficient)
            if not less.atoms and not more.atoms:
                return [
                    Option(frozenset(), frozenset({Need(less.monomial / more.monomial, "one")}))
                ]
        return self._distinct([option.beside(option, ()) for option in self.below(expression)])

    def powers(self, expression: sp.Expr) -> set[sp.Expr]:
        """Return the powers in K that it has, and what such powers lack to one."""
        whole = sp.expand(whole_powers(expression, self.count))
        found: set[sp.Expr] = whole.atoms(Power, Shortfall)
        return found

    # -- parts -----------------------------------------------------------------------------

    @property
    def _counted(self) -> Option:
        return Option(frozenset({Monomial.of({self.count: 1})}))

    def _many(self, rate: Option) -> Option:
        """At least a constant many times the rate: ``r K >= constant``."""
        (low,) = rate.times(self._counted).terms
        return rate.beside(Option(frozenset(), frozenset({Need(low**-1, "any")})), rate.terms)

    def _few(self, rate: Option) -> Option:
        """At most a constant many times the rate: ``r K <= constant``."""
        needs = frozenset(Need(m, "any") for m in rate.times(self._counted).terms)
        return rate.beside(Option(frozenset(), needs), ())

    def _vanished(self, rate: Option) -> Option:
        (low,) = rate.times(self._counted).terms
        return rate.beside(Option(frozenset(), frozenset({Need(low**-1)}), logarithmic=True), ())

    def _terms(self, expression: sp.Expr) -> list[Term]:
        return terms(expression, self.variables, self.count)

    @cached_property
    def _lower(self) -> dict[sp.Expr, list[Option]]:
        """The lower bounds found so far."""
        return {}

    def _never_small(self, monomial: Monomial) -> bool:
        """Return whether it is at least one, whatever the variables."""
        return (monomial**-1).bounded_by_one(self.small, self.large)

    # -- alternatives ----------------------------------------------------------------------

    def joined(self, left: list[Option], right: list[Option]) -> list[Option]:
        """Return both formulas bounded at once, in every combination of ways."""
        return self._joined(left, right, Option.plus)

    def _joined(
        self,
        left: list[Option],
        right: list[Option],
        how: Callable[[Option, Option], Option],
    ) -> list[Option]:
        return self._distinct([how(a, b) for a, b in product(left, right) if a.agrees(b)])

    def _distinct(self, options: list[Option]) -> list[Option]:
        found = list(dict.fromkeys(self._pruned(option) for option in options))
        if len(found) > _MOST:
            raise InadmissibleError(f"the bound can be read in more than {_MOST} ways; simplify it")
        return found

    def _pruned(self, option: Option) -> Option:
        """Without terms that another one is never below."""
        kept = [
            term
            for term in option.terms
            if not any(
                other != term and (term / other).bounded_by_one(self.small, self.large)
                for other in option.terms
            )
        ]
        return option.beside(option, kept)

    def _largest(self, signs: Mapping[Term, str]) -> list[Term]:
        """Return what may be positive, without what a positive term is never below, up to a
        constant.
        """
        positive = [
            t
            for t, sign in signs.items()
            if sign == "?" or (sign == "+" and not self.constants.may_vanish(t.coefficient))
        ]

        def below(one: Term, other: Term) -> bool:
            ratio = one.monomial / other.monomial
            return (
                ratio != ONE
                and signs[other] == "+"
                and one.atoms == other.atoms
                and ratio.bounded_by_one(self.small, self.large)
            )

        return [t for t in positive if not any(below(t, other) for other in positive)]
