"""The rates of a theorem: with all of its errors, without those that leave a floor, without any.

The bound is that of the theorem's readable form, in every variant, its auxiliary quantities
replaced by their formulas; the form is an instance of the sharp one, so its rate is one of the
theorem. What the user sets (step size, momentum), a start that the calls pay for, and a contraction
that the proof leaves free are chosen. Other free proof parameters are constants, and what they must
meet for the bound to be one is said; where choosing them, too, gives a faster rate, they are
chosen. Forms for particular values (no momentum) are not read: another theorem has that rate.

An error term is left out where its constants are zero, if they may be, so a setting names the
terms that are there. d, m and n grow where the theorem speaks of them and a schedule exists; else
one or more of them are constants, as few as can be, and the setting names them.

A bound that falls geometrically has two rates: linear, with the floor of constant parameters; and
with a contraction of ``log K/K``, which lets the errors fall as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from types import MappingProxyType
from typing import Any

import sympy as sp

from boundcalc.bounds.rates.find import find_rate
from boundcalc.bounds.rates.rate import COUNT, GROWING, Rate
from boundcalc.bounds.rates.terms import without_discounts
from boundcalc.errors import InadmissibleError, UsageError
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.powers import Power
from boundcalc.model.parameters import Parameter
from boundcalc.model.theorem import INITIALISATION, Form, Theorem
from boundcalc.proofs.standing import Answer


@dataclass(frozen=True)
class RateCase(Answer):
    """A rate of ``theorem`` where only the ``errors`` named are there, the ``held`` not growing."""

    theorem: Theorem
    errors: tuple[str, ...]
    rate: Rate
    held: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """As in ``bias, noise``."""
        title = ", ".join(self.errors) or "no errors"
        return f"{title}; {', '.join(self.held)} held" if self.held else title

    def __repr__(self) -> str:
        return self.marked(f"RateCase({self.theorem.name}, {self.title}: {self.rate.text()})")

    def to_json(self) -> dict[str, Any]:
        """Return the theorem, the setting, and the rate."""
        return {
            "theorem": self.theorem.name,
            "proved": self.proved,
            "errors": list(self.errors),
            "held": list(self.held),
            "assumptions": [a.text() for a in self.theorem.assumes],
            **self.rate.to_json(),
        }


def settings(
    theorem: Theorem, given: Mapping[str, sp.Expr] = MappingProxyType({})
) -> tuple[RateCase, ...]:
    """Return the rates of the theorem, the fullest setting first.

    What has a value in ``given`` is not chosen. Errors that are zero at these values are not there.

    Raises :class:`UsageError` where the bound allows none that can be found.
    """
    unknown = {s.name for s in theorem.calls.free_symbols} - {p.name for p in theorem.parameters}
    if unknown - {COUNT}:
        raise UsageError(
            f"the calls of {theorem.name} speak of {', '.join(sorted(unknown - {COUNT}))},"
            " which is no parameter of it"
        )
    forms = [theorem.form(theorem.readable, given, v) for v in theorem.variants]
    readings = [_Reading.of(theorem, form, given) for form in forms]
    errors = tuple(dict.fromkeys(name for r in readings for name in r.terms))
    errors = tuple(name for name in errors if name != INITIALISATION)
    lasting = tuple(name for name in errors if any(r.lasts(name) for r in readings))
    found: list[RateCase] = []
    while True:
        reached = [s for s in [_best(theorem, readings, errors, linear=True)] if s is not None]
        if not any(s.rate.linear and not s.rate.floor for s in reached):
            reached += [
                s for s in [_best(theorem, readings, errors, linear=False)] if s is not None
            ]
        found += reached
        if errors == lasting:
            break
        last = reached[-1].rate if reached else None
        # The variant that is the fastest need not have every error.
        falls = {n for n in errors if last and not {*last.terms.get(n, ())} & {*last.floor}}
        left = [n for n in errors if n in lasting or n in falls]
        errors = tuple(left) if len(left) < len(errors) else lasting
    if not found:
        raise InadmissibleError(_why(readings[0], theorem))
    return tuple(found)


@dataclass(frozen=True)
class _Reading:
    """What a form states, in the parameters alone."""

    terms: Mapping[str, sp.Expr]
    given: tuple[Condition, ...]
    contraction: sp.Expr | None
    chosen: tuple[str, ...]
    free: tuple[str, ...]
    growing: tuple[str, ...]
    vanishing: tuple[str, ...]

    @staticmethod
    def of(theorem: Theorem, form: Form, given: Mapping[str, sp.Expr]) -> _Reading:
        """Return the form's statement, read from the theorem at the values ``given``."""
        roots = {p.symbol: p.derived for p in theorem.parameters if p.derived is not None}
        zero = {p.symbol: value for p in theorem.parameters
                if p.role == "constant" and (value := given.get(p.name)) == 0}  # fmt: skip
        statement = theorem.statement(form)

        def plain(expression: sp.Expr) -> sp.Expr:
            return form.resolve(expression).subs(roots).subs(zero)

        terms = {name: without_discounts(plain(term)) for name, term in statement.terms.items()}
        powers = sorted({p for term in terms.values() for p in term.atoms(Power)}, key=str)
        free = theorem.step.unroll.rate
        called = theorem.calls.free_symbols
        set_by = {
            p.name
            for p in theorem.parameters
            if p.role == "algorithm" or (p.role == "start" and p.symbol in called)
        }
        fixed = {*form.formulas, *form.when}
        parameters = [p for p in theorem.parameters if p.given and p.symbol not in fixed]
        open_ = [p for p in parameters if p.name not in given]
        return _Reading(
            {name: term for name, term in terms.items() if term != 0},
            tuple(Condition(plain(c.left), plain(c.right), c.strict, c.meaning)
                  for c in statement.conditions),
            powers[0].args[0] if powers else None,
            tuple(p.name for p in open_ if p.name in set_by or p.symbol == free),
            tuple(p.name for p in open_ if p.role == "free" and p.symbol != free),
            tuple(v for v in GROWING[1:] if v in {p.name for p in parameters}),
            tuple(p.name for p in parameters if _may_vanish(p)),
        )  # fmt: skip

    def lasts(self, name: str) -> bool:
        """Return whether the error is there whatever constants are zero."""
        term = self.terms.get(name, sp.S.Zero)
        zero = {s: 0 for s in term.free_symbols if s.name in self.vanishing}
        return bool(term.subs(zero) != 0)

    def every_choice(self) -> Iterator[_Reading]:
        """With the other free parameters constant, and with them chosen."""
        yield self
        if self.free:
            yield replace(self, chosen=(*self.chosen, *self.free))

    def rate(self, theorem: Theorem, errors: Iterable[str], linear: bool, held: set[str]) -> Rate:
        """Return the rate with these errors alone; raises :class:`UsageError` where there is
        none.
        """
        measure = theorem.step.measure
        return find_rate(
            {n: t for n, t in self.terms.items() if n == INITIALISATION or n in errors},
            self.chosen,
            self.given,
            calls=theorem.calls,
            contraction=self.contraction if linear else None,
            vanishing=self.vanishing,
            growing=[v for v in self.growing if v not in held],
            measure=measure.text,
            order=measure.order,
        )


def _may_vanish(parameter: Parameter) -> bool:
    domain = parameter.domain
    return domain.lower is None or (domain.lower == 0 and not domain.lower_open)


def _best(
    theorem: Theorem, readings: Iterable[_Reading], errors: tuple[str, ...], linear: bool
) -> RateCase | None:
    """Return the best rate over the variants, with as few of d, m and n held as can be."""
    found: list[tuple[int, tuple[Any, ...], RateCase]] = []
    for reading in (choice for one in readings for choice in one.every_choice()):
        if linear and reading.contraction is None:
            continue
        for held in _subsets(reading.growing):
            try:
                rate = reading.rate(theorem, errors, linear, set(held))
            except InadmissibleError:
                continue
            found.append((len(held), rate.merit, RateCase(theorem, errors, rate, held)))
            break
    return min(found, key=lambda one: one[:2])[2] if found else None


def _subsets(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for count in range(len(names) + 1):
        yield from combinations(names, count)


def _why(reading: _Reading, theorem: Theorem) -> str:
    try:
        reading.rate(theorem, (), False, set(GROWING))
    except InadmissibleError as error:
        return f"no rate of {theorem.name} follows from its bound: {error}"
    return f"no rate of {theorem.name} follows from its bound"
