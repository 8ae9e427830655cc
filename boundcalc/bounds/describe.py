"""Step sizes while symbols remain: the conditions in words and formulas, for text and LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import sympy as sp

from boundcalc.exact.surd import Surd
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.printing import latex, text
from boundcalc.model.theorem import Corollary, Form, Theorem
from boundcalc.solve.closed_forms import Limit, Solved, solve, tidy


@dataclass(frozen=True)
class Described:
    """The step-size conditions of a theorem in text and LaTeX, and the symbols they speak of."""

    solved: Solved
    conditions: tuple[str, ...]
    sharp_conditions: tuple[str, ...]
    closed_form: str | None
    latex: str
    symbols: frozenset[sp.Symbol]


def closed_form(
    theorem: Theorem, given: Mapping[str, Surd], variant: str | None = None
) -> Described:
    """Return the readable form solved for gamma, for all values; a degenerate value picks its
    branch.

    In the first variant, or another.
    """
    zero = frozenset(name for name, value in given.items() if value.is_zero)
    return describe(theorem, theorem.form(theorem.readable, given, variant), (), zero)


@lru_cache(maxsize=256)
def describe(
    theorem: Theorem,
    form: Form,
    known: tuple[tuple[sp.Symbol, sp.Expr], ...],
    zero: frozenset[str] = frozenset(),
) -> Described:
    """Return the form solved for gamma with ``known`` put in, without limits of ``zero`` noise."""
    solved = solve(theorem, form, dict(known))
    # A limit for noise that is not there would divide by zero.
    there = [limit for limit in solved.limits if not {s.name for s in limit.when} & zero]
    solved = replace(solved, limits=tuple(there))
    expressions = [limit.expression for limit in solved.limits]
    every = [*expressions, *(c.expression for c in (*solved.side, *solved.open))]
    symbols = frozenset().union(*(e.free_symbols for e in every)) if every else frozenset()
    branch = {s.name: v for s, v in form.when.items()}
    sharp = theorem.form(theorem.sharp, branch, form.variant)
    single = expressions[0] if len(expressions) == 1 else sp.Min(*expressions, evaluate=False)
    return Described(
        solved,
        tuple(_lines(solved) if solved.readable else structure(form)),
        tuple(structure(sharp)),
        None if solved.open or not expressions else text(single),
        r",\quad ".join(_latex_lines(solved)),
        symbols,
    )


def _lines(solved: Solved) -> list[str]:
    lines = [_limit_line(limit) for limit in solved.limits]
    names: dict[sp.Symbol, sp.Expr] = {}
    for limit in solved.limits:
        names |= dict(limit.names)
    lines += [f"where {symbol} = {text(value)}" for symbol, value in names.items()]
    lines += [condition_line(c) for c in (*solved.side, *solved.open)]
    return lines


def _limit_line(limit: Limit) -> str:
    when = f" (if {' and '.join(f'{s} > 0' for s in limit.when)})" if limit.when else ""
    return f"gamma {'<' if limit.strict else '<='} {text(limit.value)}{when}"


def condition_sides(condition: Condition) -> tuple[sp.Expr, str, str, sp.Expr]:
    """Return the two sides and the relation, in text and LaTeX, with the symbols on the left."""
    left, right = condition.left, condition.right
    if left.is_number or (right.is_Symbol and not left.is_Symbol):
        return right, *(("<", "<") if condition.strict else ("<=", r"\le ")), left
    return left, *((">", ">") if condition.strict else (">=", r"\ge ")), right


def condition_line(condition: Condition) -> str:
    """Return the condition in text."""
    left, relation, _, right = condition_sides(condition)
    return f"{text(left)} {relation} {text(right)}"


def _latex_lines(solved: Solved) -> list[str]:
    lines: list[str] = []
    names: dict[sp.Symbol, sp.Expr] = {}
    for limit in solved.limits:
        names |= dict(limit.names)
        when = (
            rf"\ (\text{{if }}{', '.join(f'{latex(s)}>0' for s in limit.when)})"
            if limit.when
            else ""
        )
        lines.append(rf"\gamma{'<' if limit.strict else chr(92) + 'le '}{latex(limit.value)}{when}")
    lines += [f"{latex(symbol)}={latex(value)}" for symbol, value in names.items()]
    for condition in (*solved.side, *solved.open):
        left, _, relation, right = condition_sides(condition)
        lines.append(f"{latex(left)}{relation}{latex(right)}")
    return lines


def structure(form: Form, terms: Iterable[sp.Expr] = ()) -> list[str]:
    """Return the conditions of a form as they stand, with the formulas they and ``terms`` use."""
    lines = [condition_line(c) for c in form.given]
    wanted = set().union(*(c.symbols for c in form.given), *(t.free_symbols for t in terms))
    for symbol in reversed(form.formulas):
        if symbol in wanted:
            wanted |= form.formulas[symbol].free_symbols
    lines += [
        f"where {symbol} = {text(formula.subs(form.when))}"
        for symbol, formula in form.formulas.items()
        if symbol in wanted
    ]
    return lines


def corollary_lines(theorem: Theorem, corollary: Corollary) -> list[str]:
    """Return the step sizes and the bound of a special case, derived from its form."""
    form = theorem.form(corollary.of)
    solved = solve(theorem, form, corollary.values)
    lines = [*_lines(solved), *(condition_line(c) for c in solved.within)]
    lines.append(f"{theorem.step.measure.text} <=")
    for name, term in theorem.statement(form).terms.items():
        factors = [_special(theorem, solved, corollary, p) for p in term.as_ordered_factors()]
        special = tidy(sp.Mul(*factors), solved.signs)
        if special != 0:
            lines.append(f"  {text(special)}    [{name}]")
    return lines


def _special(theorem: Theorem, solved: Solved, corollary: Corollary, factor: sp.Expr) -> sp.Expr:
    """Return a factor of a term in the special case, sorted by the constants of the start."""
    value = solved.form.resolve(factor).subs(corollary.values)

    def coefficient(part: sp.Expr) -> sp.Expr:
        return tidy(sp.factor(part), solved.signs)

    starts = [p.symbol for p in theorem.parameters if p.role == "start"]
    if value.is_Add and value.has(*starts):
        return sp.collect(sp.expand(value), starts, func=coefficient)
    return coefficient(value)
