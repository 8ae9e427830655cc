"""Which auxiliary quantities a statement names, and which it writes out.

A theorem's formulas are built on auxiliary quantities (weights, costs). Where everything fits on a
line without them they are gone; else those that are short or used once are put in, and the others
are defined beside the formulas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from boundcalc.export.latex.layout import width
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.printing import latex
from boundcalc.model.theorem import Form

#: A term no wider than this is written without auxiliary quantities.
_SHORT = 26.0

#: A term of more operations than this is not tried.
_LONG = 40

#: A formula used once and no wider than this is put in.
_BRIEF = 14.0


@dataclass(frozen=True)
class Abbreviated:
    """Terms and conditions of a form as they are written, and what they are written with.

    ``definitions`` are in an order in which each uses earlier ones only; ``inlined`` are the
    auxiliary quantities that were replaced by their formulas.
    """

    terms: Mapping[str, sp.Expr]
    conditions: tuple[Condition, ...]
    definitions: Mapping[sp.Symbol, sp.Expr]
    inlined: tuple[sp.Symbol, ...]


def abbreviate(
    form: Form,
    terms: Mapping[str, sp.Expr],
    conditions: Sequence[Condition] = (),
    values: Mapping[sp.Symbol, sp.Expr] | None = None,
    beside: Sequence[sp.Symbol] = (),
) -> Abbreviated:
    """Write the terms and conditions of the form, with ``values`` put in, as briefly as possible.

    ``beside`` are the symbols in which a term is linear, such as the constants of the start: they
    are kept apart from the weights before them. A term that is zero is left out.
    """
    put = {**form.when, **(values or {})}
    short = _short(form, terms, put, beside)
    if short is None:
        return _named(form, terms, conditions, put)
    written = [_resolved_condition(form, c, put) for c in conditions]
    used = set().union(*(e.free_symbols for e in short.values()))
    kept = [symbol for symbol in form.formulas if symbol in used]
    definitions = {s: factored(form.resolve(form.formulas[s]).subs(put)) for s in kept}
    return Abbreviated(short, tuple(written), definitions, ())


def _short(
    form: Form,
    terms: Mapping[str, sp.Expr],
    put: Mapping[sp.Symbol, sp.Expr],
    beside: Sequence[sp.Symbol],
) -> dict[str, sp.Expr] | None:
    """Return the terms in the parameters alone, where all of them are short."""
    short: dict[str, sp.Expr] = {}
    for name, term in terms.items():
        resolved = _resolved(form, term, put, beside)
        if resolved is None or width(latex(resolved)) > _SHORT:
            return None
        if resolved != 0:
            short[name] = resolved
    return short


def _resolved(
    form: Form, term: sp.Expr, put: Mapping[sp.Symbol, sp.Expr], beside: Sequence[sp.Symbol]
) -> sp.Expr | None:
    """Return the term in the parameters alone, except in the powers that are kept whole.

    Nothing for a long one, which takes long to factor and would not become short.
    """
    whole = {f: sp.Dummy(positive=True) for f in term.atoms(sp.Function)}
    inner = form.resolve(term.subs(whole)).subs(put)
    if sp.count_ops(inner) > _LONG:
        return None
    back = {dummy: f.subs(put) for f, dummy in whole.items()}
    return _spread(inner, beside).subs(back)


def _spread(term: sp.Expr, beside: Sequence[sp.Symbol]) -> sp.Expr:
    """``weight * (first + factor * other)`` in the symbols ``beside``; else factored."""
    present = [s for s in beside if sp.simplify(sp.diff(term, s)) != 0]
    if len(present) < 2:
        return factored(term)
    weights = [factored(sp.diff(term, s)) for s in present]
    rest = sp.simplify(term - sp.Add(*(w * s for w, s in zip(weights, present, strict=True))))
    if rest != 0 or any(w.has(*present) for w in weights):
        return factored(term)
    inside = [s * factored(w / weights[0]) for w, s in zip(weights, present, strict=True)]
    # A number would be multiplied into the sum.
    return sp.Mul(weights[0], sp.Add(*inside), evaluate=not weights[0].is_number)


def factored(expression: sp.Expr) -> sp.Expr:
    """Factored, unless no more than a number comes out of a sum; ``1 - B``, not ``B - 1``."""
    product = sp.factor(expression)
    number, rest = product.as_coeff_Mul()
    if expression.is_Add and rest.is_Add:
        return expression if number != 1 else _turned(product)
    return _turned(product)


def tidied(expression: sp.Expr) -> sp.Expr:
    """Factored where that is shorter; else as it is, with its factors turned."""
    product = factored(expression)
    if sp.count_ops(product) <= sp.count_ops(expression):
        return product
    return expression if expression.is_Add else _turned(expression)


def _turned(product: sp.Expr) -> sp.Expr:
    """Return the product with each sum in it turned so that its number is positive."""
    sign, factors = 1, []
    for factor in sp.Mul.make_args(product):
        base, power = factor.as_base_exp()
        if base.is_Add and power.is_Integer and base.as_coeff_Add()[0] < 0:
            sign *= (-1) ** power
            base = -base
        factors.append((base, power))
    number = sp.Mul(*(base**power for base, power in factors if base.is_number)) * sign
    rest = [(base, power) for base, power in factors if not base.is_number]
    if number < 0:
        number, rest = _absorbed(number, rest)
    return number * sp.Mul(*(base**power for base, power in rest))


def _absorbed(
    number: sp.Expr, factors: list[tuple[sp.Expr, sp.Expr]]
) -> tuple[sp.Expr, list[tuple[sp.Expr, sp.Expr]]]:
    """Return a sign in front turned into a difference: ``W - T`` rather than ``-(T - W)``."""
    for place, (base, power) in enumerate(factors):
        if base.is_Add and power.is_odd and base.as_coeff_Add()[0] == 0:
            return -number, [*factors[:place], (-base, power), *factors[place + 1 :]]
    return number, factors


def _resolved_condition(
    form: Form, condition: Condition, put: Mapping[sp.Symbol, sp.Expr]
) -> Condition:
    left, right = (factored(form.resolve(s).subs(put)) for s in (condition.left, condition.right))
    return Condition(left, right, condition.strict, condition.meaning)


def _needed(form: Form, expressions: Sequence[sp.Expr]) -> list[sp.Symbol]:
    """Return the auxiliary quantities that the expressions use, through others too, in order."""
    wanted = set().union(*(e.free_symbols for e in expressions)) if expressions else set()
    for symbol in reversed(form.formulas):
        if symbol in wanted:
            wanted |= form.formulas[symbol].free_symbols
    return [symbol for symbol in form.formulas if symbol in wanted]


def _named(
    form: Form,
    terms: Mapping[str, sp.Expr],
    conditions: Sequence[Condition],
    put: Mapping[sp.Symbol, sp.Expr],
) -> Abbreviated:
    sides = [side for c in conditions for side in (c.left, c.right)]
    shown = [*terms.values(), *sides]
    formulas = {s: form.formulas[s].subs(put) for s in _needed(form, shown)}
    inlined: list[sp.Symbol] = []
    while True:
        spent = next((s for s in formulas if _spendable(s, formulas, shown)), None)
        if spent is None:
            break
        formula = formulas.pop(spent)
        inlined.append(spent)
        formulas = {
            s: tidied(f.subs(spent, formula)) if f.has(spent) else f for s, f in formulas.items()
        }
        shown = [e.subs(spent, formula) for e in shown]
    first, rest = shown[: len(terms)], shown[len(terms) :]
    written = {
        name: term.subs(put) for name, term in zip(terms, first, strict=True) if term.subs(put) != 0
    }
    pairs = zip(rest[::2], rest[1::2], strict=True)
    listed = [
        Condition(left.subs(put), right.subs(put), c.strict, c.meaning)
        for c, (left, right) in zip(conditions, pairs, strict=True)
    ]
    return Abbreviated(written, tuple(listed), formulas, tuple(inlined))


def _spendable(
    symbol: sp.Symbol, formulas: Mapping[sp.Symbol, sp.Expr], shown: Sequence[sp.Expr]
) -> bool:
    """Return whether the formula is better put in than named: short, or used once."""
    formula = formulas[symbol]
    powers = {a for e in shown for f in e.atoms(sp.Function) for a in f.free_symbols}
    if formula.is_Atom:
        return True
    if symbol in powers:
        return False
    if not formula.is_Add and sp.count_ops(formula) <= 1:
        return True
    uses = sum(e.count(symbol) for e in (*formulas.values(), *shown))
    sums = {a for e in shown for a in e.atoms(sp.Add)}
    fraction = bool(sp.fraction(formula)[1].free_symbols)
    inside = fraction and any(total.has(symbol) for total in sums)
    return uses == 1 and not inside and width(latex(formula)) <= _BRIEF
