"""Conditions as a statement writes them: intervals, step-size limits, what is left to suppose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from boundcalc.export.latex.layout import conjunction
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.printing import latex
from boundcalc.model.parameters import Domain, Parameter
from boundcalc.model.theorem import Form, Theorem
from boundcalc.solve.closed_forms import Solved, solve


def related(condition: Condition) -> str:
    """Return the condition, read from the side that is no number: ``rho <= 1``, ``T > 0``."""
    if condition.left == condition.right**2 and not condition.strict:
        return rf"{latex(condition.right)}\in\{{0\}}\cup[1,\infty)"
    left, right = latex(condition.left), latex(condition.right)
    if condition.left.is_number or (condition.right.is_Symbol and not condition.left.is_Symbol):
        return rf"{right}{'<' if condition.strict else chr(92) + 'le '}{left}"
    return rf"{left}{'>' if condition.strict else chr(92) + 'ge '}{right}"


def interval(symbol: sp.Symbol, conditions: Iterable[Condition]) -> Domain:
    """Return the interval that the conditions on the symbol alone leave it."""
    lower: tuple[sp.Expr, bool] | None = None
    upper: tuple[sp.Expr, bool] | None = None
    for c in conditions:
        if c.left == symbol and c.right.is_number:
            if lower is None or (c.right, c.strict) > lower:
                lower = (c.right, c.strict)
        elif c.right == symbol and c.left.is_number:  # noqa: SIM102
            if upper is None or (c.left, not c.strict) < (upper[0], not upper[1]):
                upper = (c.left, c.strict)
    return Domain(
        lower[0] if lower else None,
        upper[0] if upper else None,
        bool(lower and lower[1]),
        bool(upper and upper[1]),
    )


def _simple(condition: Condition) -> bool:
    """Return whether it says no more than an interval of one parameter does."""
    sides = (condition.left, condition.right)
    return any(s.is_Symbol for s in sides) and any(s.is_number for s in sides)


def membership(parameters: Sequence[Parameter], conditions: Sequence[Condition]) -> str:
    """``L, mu > 0, B in [0, 1)``: parameters with the same interval together, integers last."""
    groups: dict[tuple[bool, str], list[str]] = {}
    for parameter in parameters:
        inside = _relation(interval(parameter.symbol, conditions))
        groups.setdefault((parameter.whole, inside), []).append(parameter.latex)
    ordered = sorted(groups.items(), key=lambda group: group[0][0])
    shown = []
    for (whole, where), names in ordered:
        kind = ("integers " if len(names) > 1 else "an integer ") if whole else ""
        shown.append(f"{kind}${','.join(names)}{where}$")
    return conjunction(shown)


def _relation(inside: Domain) -> str:
    if inside.upper is None and inside.lower is not None:
        return rf"{'>' if inside.lower_open else chr(92) + 'ge '}{latex(inside.lower)}"
    return rf"\in {inside.latex()}"


def equations(values: Mapping[sp.Symbol, sp.Expr]) -> str:
    """``a = b = 1 and c = 0``: symbols with the same value together."""
    groups: dict[sp.Expr, list[str]] = {}
    for symbol, value in values.items():
        groups.setdefault(value, []).append(latex(symbol))
    return conjunction([f"${'='.join(names)}={latex(v)}$" for v, names in groups.items()])


@dataclass(frozen=True)
class StepSizes:
    """The step-size condition of a form: limits, abbreviations, further conditions.

    ``remaining`` are the conditions of the form on ``eliminated``: free parameters that the limits
    do not speak of. ``exact`` says that an admissible value of them exists exactly when the limits
    hold; without ``readable`` the conditions are too long to be read once solved.
    """

    limits: tuple[str, ...]
    names: Mapping[sp.Symbol, sp.Expr]
    side: tuple[str, ...]
    remaining: tuple[Condition, ...]
    eliminated: tuple[Parameter, ...]
    exact: bool
    readable: bool


def step_sizes(
    theorem: Theorem, form: Form, values: Mapping[sp.Symbol, sp.Expr] | None = None
) -> StepSizes:
    """Return the conditions of the form solved for the step size, with ``values`` put in."""
    put = dict(values or {})
    solved = _solved(theorem, form, tuple(put.items()))
    names: dict[sp.Symbol, sp.Expr] = {}
    for limit in solved.limits:
        names |= dict(limit.names)
    given = [
        Condition(form.resolve(c.left).subs(put), form.resolve(c.right).subs(put), c.strict)
        for c in form.given
    ]
    used = set().union(*(c.symbols for c in given)) if given else set()
    kept = _kept(solved)
    free = [p for p in theorem.statement(form).free if p.symbol not in put]
    eliminated = [p for p in free if p.symbol in used and p.symbol not in kept]
    gone = {p.symbol for p in eliminated}
    remaining = [
        c
        for c, resolved in zip(form.given, given, strict=True)
        if resolved.symbols & gone and not _simple(resolved)
    ]
    others = [c for c in (*solved.side, *solved.open) if not _simple(c)]
    side = [related(c) for c in others if not c.symbols & gone]
    limits = [
        rf"\gamma{'<' if limit.strict else chr(92) + 'le '}{latex(limit.value)}" + _when(limit.when)
        for limit in solved.limits
    ]
    return StepSizes(
        tuple(limits),
        names,
        tuple(side),
        tuple(remaining),
        tuple(eliminated),
        exact=not any(c.symbols & gone for c in others),
        readable=solved.readable,
    )


def _when(positive: Sequence[sp.Symbol]) -> str:
    if not positive:
        return ""
    return rf"\ \text{{ if }}{', '.join(f'{latex(s)}>0' for s in positive)}"


def _kept(solved: Solved) -> set[sp.Symbol]:
    """Return the symbols that the limits of the step size still speak of."""
    expressions = [limit.expression for limit in solved.limits]
    expressions += [c.expression for c in solved.open]
    return set().union(*(e.free_symbols for e in expressions)) if expressions else set()


@lru_cache(maxsize=256)
def _solved(theorem: Theorem, form: Form, known: tuple[tuple[sp.Symbol, sp.Expr], ...]) -> Solved:
    return solve(theorem, form, dict(known))
