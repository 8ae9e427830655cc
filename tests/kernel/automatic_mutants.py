"""Mutants of theorems and estimators, made without looking at what they mean.

Each changes one thing: a number in a formula, an exponent, a constant for another, a condition, a
multiplier of a certificate. Nothing here knows which of them are false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import sympy as sp

from boundcalc.kernel import Certificate, Condition, Square
from boundcalc.kernel.coordinates import Coordinatewise, OrderStatistics, Selection
from boundcalc.model.estimator import Estimator
from boundcalc.model.theorem import Form, Theorem

HALF, TENTH = sp.Rational(1, 2), sp.Rational(9, 10)
#: Constants that a tired author takes for each other.
SWAPPED = [("B", "C"), ("M", "sigma2"), ("L", "mu"), ("L", "L_max"), ("L", "L_avg"), ("omega", "n")]
SWAPPED += [("gamma", "beta"), ("d", "n"), ("delta2", "sigma0_2"), ("B_h", "delta2"), ("k", "d")]


@dataclass(frozen=True)
class Mutant:
    """What was changed, and what became of it."""

    kind: str
    what: str
    changed: Any


def formulas(expression: sp.Expr) -> Iterator[tuple[str, sp.Expr]]:
    """The expression with one thing changed."""
    if expression == 0:
        yield "constant", sp.S.One
        return
    for factor in (HALF, TENTH, sp.Integer(2)):
        yield "constant", factor * expression
    powers = sorted(expression.atoms(sp.Pow), key=sp.default_sort_key)
    for power in powers[:2]:
        if power.exp.is_Integer:
            yield "exponent", expression.xreplace({power: power.base ** (power.exp + 1)})
    for one, other in SWAPPED:
        a, b = (sp.Symbol(name, real=True) for name in (one, other))
        if expression.has(a) != expression.has(b):
            yield "swapped constant", expression.xreplace({a: b, b: a})


def _entries(values: Mapping[Any, sp.Expr]) -> Iterator[tuple[str, str, dict[Any, sp.Expr]]]:
    for key, value in values.items():
        for kind, changed in formulas(value):
            yield kind, f"{key} = {changed}", {**values, key: changed}


def _conditions(given: Sequence[Condition]) -> Iterator[tuple[str, tuple[Condition, ...]]]:
    for i, condition in enumerate(given):
        yield f"without {condition}", (*given[:i], *given[i + 1 :])
        looser = Condition(condition.left + 1, condition.right, condition.strict)
        yield f"{looser}", (*given[:i], looser, *given[i + 1 :])


def theorems(theorem: Theorem) -> Iterator[Mutant]:
    """Mutants of a theorem, in a fixed order."""
    step = theorem.step
    for i, form in enumerate(theorem.forms):

        def of(changed: Form, i: int = i) -> Theorem:
            return replace(theorem, forms=[*theorem.forms[:i], changed, *theorem.forms[i + 1 :]])

        for kind, what, changed in _entries(form.formulas):
            yield Mutant(kind, f"{form.label}: {what}", of(replace(form, formulas=changed)))
        for what, given in _conditions(form.given):
            yield Mutant("condition", f"{form.label}: {what}", of(replace(form, given=given)))
    for kind, what, changed in _entries(step.error):
        yield Mutant(kind, f"error {what}", replace(theorem, step=replace(step, error=changed)))
    for what, given in _conditions(step.given):
        yield Mutant("condition", what, replace(theorem, step=replace(step, given=given)))
    for what, given in _conditions(theorem.given):
        yield Mutant("condition", what, replace(theorem, given=given))
    for entry in fields(step.unroll):
        for kind, changed in formulas(getattr(step.unroll, entry.name)):
            rule = replace(step.unroll, **{entry.name: changed})
            yield Mutant(kind, f"{rule}", replace(theorem, step=replace(step, unroll=rule)))
    for what, change in CERTIFICATES:
        made = _changed(step.certificate, change)
        yield Mutant("multiplier", what, replace(theorem, step=replace(step, certificate=made)))


def _changed(
    certificate: Callable[[Any], Certificate], change: Callable[[Certificate], Certificate]
) -> Callable[[Any], Certificate]:
    return lambda at: change(certificate(at))


def _scaled(part: str, place: int, factor: sp.Expr) -> Callable[[Certificate], Certificate]:
    def change(certificate: Certificate) -> Certificate:
        entries = list(getattr(certificate, part))
        if not entries:
            return certificate
        entry = entries[place % len(entries)]
        if isinstance(entry, Square):
            changed: Any = Square(factor * entry.weight, entry.argument)
        elif is_dataclass(entry):
            changed = replace(entry, cross=factor * entry.cross)  # type: ignore[type-var]
        else:
            changed = (factor * entry[0], entry[1])
        entries[place % len(entries)] = changed
        return replace(certificate, **{part: entries})

    return change


CERTIFICATES = [
    (f"{part} {place} times {factor}", _scaled(part, place, factor))
    for part in ("using", "squares", "forms", "bounded")
    for place in (0, 1, -1)
    for factor in (HALF, sp.Integer(2), sp.S.Zero)
]


def estimators(estimator: Estimator) -> Iterator[Mutant]:
    """Mutants of an estimator, in a fixed order."""
    for kind, changed in formulas(estimator.relative):
        yield Mutant(kind, f"relative = {changed}", replace(estimator, relative=changed))
    for kind, what, origins in _entries(estimator.origins):
        yield Mutant(kind, f"origin {what}", replace(estimator, origins=origins))
    for kind, what, implied in _entries(estimator.implied):
        yield Mutant(kind, f"implied {what}", replace(estimator, implied=implied))
    for what, given in _conditions(estimator.given):
        yield Mutant("condition", what, replace(estimator, given=given))
    lemma = estimator.lemma
    if isinstance(lemma, Coordinatewise):
        for kind, bound in formulas(lemma.bound):
            yield Mutant(
                kind, f"lemma {bound}", replace(estimator, lemma=replace(lemma, bound=bound))
            )
    if isinstance(lemma, Selection | OrderStatistics):
        for kind, kept in formulas(lemma.kept):
            yield Mutant(kind, f"kept {kept}", replace(estimator, lemma=replace(lemma, kept=kept)))
    if estimator.of is None:
        for what, change in CERTIFICATES:
            made = _changed(estimator.certificate, change)
            yield Mutant("multiplier", what, replace(estimator, certificate=made))
