"""Whatever is changed in a theorem or an estimator: it is refused, or what it says is still true.

A mutant that proves is held against the original, whose truth other tests hold against running
methods: at random constants, wherever the mutant's own conditions admit a choice, its bound must
not be below the least that the original gives. None of this asks the kernel.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import pytest
import sympy as sp

from boundcalc.bounds.bound import bound
from boundcalc.errors import UsageError
from boundcalc.kernel.powers import Discounted, Power, Shortfall
from boundcalc.model.compose import compose
from boundcalc.model.theorem import Form, Theorem
from boundcalc.proofs.prove import prove
from boundcalc.registry import catalogue, estimators
from tests.kernel import automatic_mutants as mutants
from tests.kernel.automatic_mutants import Mutant

# Those whose proofs are quick; the others are slow.
QUICK = {"sgd-nonconvex": 24, "signsgd": 16, "dcgd-convex": 12, "ef-signsgd": 12}
EVERY = 22
POINTS, HORIZONS = 12, (1, 7, 400)


def chosen(name: str, made: Iterator[Mutant], count: int) -> list[Mutant]:
    """So many of the mutants, some of every kind, the same ones each time."""
    every, draw = list(made), random.Random(name)
    kinds = sorted({mutant.kind for mutant in every})
    by_kind = {kind: [m for m in every if m.kind == kind] for kind in kinds}
    for group in by_kind.values():
        draw.shuffle(group)
    picked: list[Mutant] = []
    while len(picked) < min(count, len(every)):
        picked += [group.pop() for group in by_kind.values() if group]
    return picked[:count]


def plain(expression: sp.Expr) -> sp.Expr:
    """Powers that are kept whole, as arithmetic."""
    expression = expression.replace(Power, lambda rate, count: (1 - rate) ** count)
    expression = expression.replace(Shortfall, lambda rate, count: 1 - (1 - rate) ** count)
    return expression.replace(
        Discounted,
        lambda a, count: sp.Piecewise((count, sp.Eq(a, 0)), ((1 - (1 + a) ** -count) / a, True)),
    )


def says_the_same(one: Theorem, other: Theorem) -> bool:
    def told(theorem: Theorem) -> Any:
        return [
            (form.when, theorem.statement(form).terms, theorem.statement(form).conditions,
             dict(form.formulas))
            for form in theorem.forms
        ]  # fmt: skip

    return bool(told(one) == told(other))


def values_of(theorem: Theorem, form: Form, draw: random.Random) -> dict[sp.Symbol, sp.Expr]:
    found: dict[sp.Symbol, sp.Expr] = {}
    for p in theorem.parameters:
        low = sp.S.Zero if p.domain.lower is None else p.domain.lower
        if p.derived is not None or p.symbol in form.formulas:
            continue
        if p.whole:
            found[p.symbol] = low + draw.randint(0, 9)
        elif p.domain.upper is None:
            found[p.symbol] = low + sp.Rational(draw.randint(1, 64), draw.choice((4, 16, 64)))
        else:
            found[p.symbol] = low + (p.domain.upper - low) * sp.Rational(draw.randint(1, 15), 16)
    found |= form.when
    for p in theorem.parameters:
        if p.derived is not None:
            found[p.symbol] = p.derived.subs(found)
    return found


def real(value: sp.Expr) -> float:
    """The number; nan where a root of a negative number was taken, and nothing is promised."""
    found = complex(value)
    return math.nan if found.imag else found.real


def false_at(mutant: Theorem, original: Theorem, seed: str) -> str | None:
    """Where the mutant promises less than the original can; None where it was not seen to."""
    draw = random.Random(seed)
    K = sp.Symbol("K", real=True)
    for form in mutant.forms:
        statement = mutant.statement(form)
        total = plain(statement.bound)
        conditions = [(form.resolve(c.left - c.right), c.strict) for c in statement.conditions]
        seen = 0
        for _ in range(40 * POINTS):
            at = values_of(mutant, form, draw)
            slack = [(real(e.subs(at)), strict) for e, strict in conditions]
            if any(math.isnan(s) or s < 0 or (strict and s == 0) for s, strict in slack):
                continue
            # What relates the constants (mu <= L) is no promise: others can be taken instead.
            if any(float((c.left - c.right).subs(at)) < 0 for c in original.given):
                continue
            seen += 1
            free = {p.name for p in original.free}
            given = {s.name: v for s, v in at.items() if s.name not in free}
            known = {p.name for p in original.parameters if p.derived is None}
            given = {name: v for name, v in given.items() if name in known}
            for horizon in HORIZONS:
                promised = real(total.subs({**at, K: horizon}))
                try:
                    least = float(bound(original, horizon, given).value)
                except UsageError:
                    least = math.inf
                if promised < least * (1 - 1e-5) - 1e-12:
                    return f"{form.label} at {at}, K = {horizon}: {promised} < {least}"
            if seen == POINTS:
                break
    return None


def check(original: Theorem, changed: Theorem, what: str) -> str:
    """What became of the mutant: refused, or true; fails where it is neither."""
    if not prove(changed).proved:
        return "refused"
    if says_the_same(original, changed):
        return "the same statement"
    wrong = false_at(changed, original, what)
    assert wrong is None, f"{what} proves, but {wrong}"
    return "a weaker statement"


def of_theorem(name: str, count: int) -> list[str]:
    original = catalogue()[name]
    picked = chosen(name, mutants.theorems(original), count)
    return [check(original, mutant.changed, f"{name}, {mutant.what}") for mutant in picked]


@pytest.mark.parametrize("name", QUICK)
def test_mutants_of_quick_theorems(name: str) -> None:
    found = of_theorem(name, QUICK[name])
    assert len(found) == QUICK[name]
    assert found.count("refused") >= len(found) / 3


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("name", sorted(catalogue()))
def test_mutants_of_every_theorem(name: str) -> None:
    found = of_theorem(name, EVERY)
    assert len(found) == EVERY
    assert found.count("refused") >= len(found) / 3


def _bases(name: str) -> Theorem:
    for base in ("sgd-nonconvex", "dcgd-convex"):
        try:
            compose(catalogue()[base], estimators()[name])
        except UsageError:
            continue
        return catalogue()[base]
    raise AssertionError(f"no theorem takes {name}")


def of_estimator(name: str, count: int) -> list[str]:
    original, base = estimators()[name], _bases(name)
    right, found = compose(base, original), []
    for mutant in chosen(name, mutants.estimators(original), count):
        what = f"{name}, {mutant.what}"
        try:
            changed = compose(base, mutant.changed)
        except UsageError:
            found.append("refused")
            continue
        found.append(check(right, changed, what))
    return found


@pytest.mark.parametrize("name", ["topk", "randk", "stochastic"])
def test_mutants_of_quick_estimators(name: str) -> None:
    assert "refused" in of_estimator(name, 6)


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("name", sorted(estimators()))
def test_mutants_of_every_estimator(name: str) -> None:
    of_estimator(name, 12)
