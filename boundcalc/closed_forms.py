"""Step sizes in symbols: each condition solved for gamma, in the form a person would write.

A condition is brought to ``r >= u + q u^2`` in ``u = gamma * scale`` by dividing out factors whose
sign is proved; its admissible steps are then ``u <= 2 r/(1 + sqrt(1 + 4 q r))``, which is ``r`` at
``q = 0``. A free parameter that occurs linearly (the contraction rho) is eliminated first. What has
another degree is given back as a polynomial.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.conditions import Condition, exceeds
from boundcalc.kernel.signs import Signs
from boundcalc.model import Form, Theorem
from boundcalc.parameters import GAMMA

__all__ = ["Limit", "Solved", "solve"]

_GAMMA = GAMMA.symbol


@dataclass(frozen=True)
class Limit:
    """An upper limit of the step size: ``gamma <= value``, or ``<`` where it is ``strict``.

    ``value`` is in the parameters and the abbreviations ``names``. It applies only where the
    symbols in ``when`` are positive; where one of them is zero the condition holds for every step.
    """

    value: sp.Expr
    strict: bool
    names: Mapping[sp.Symbol, sp.Expr]
    when: tuple[sp.Symbol, ...]
    meaning: str

    @property
    def expression(self) -> sp.Expr:
        """The limit in the parameters alone."""
        return self.value.subs(self.names)


@dataclass(frozen=True)
class Solved:
    """The conditions of a form, solved for the step size as far as possible.

    ``limits`` bound gamma; ``side`` are conditions without gamma; ``open`` those that are no
    quadratic in gamma, as polynomials to be non-negative (or positive).
    """

    form: Form
    limits: tuple[Limit, ...]
    side: tuple[Condition, ...]
    open: tuple[Condition, ...] = field(default=())


def solve(theorem: Theorem, form: Form, known: Mapping[sp.Symbol, sp.Expr]) -> Solved:
    """Solve the conditions of ``form`` for the step size, with ``known`` numbers put in."""
    signs = Signs(
        c.substitute(known) for c in theorem.domains if not c.symbols <= {*form.formulas, *known}
    )
    conditions, side = [], []
    for given in form.given:
        resolved = sp.together(form.resolve(given.left - given.right).subs(known))
        condition = Condition(resolved, sp.S.Zero, given.strict, given.meaning)
        free = resolved.free_symbols & {p.symbol for p in theorem.free}
        if resolved.has(_GAMMA) or len(free) > 1:
            conditions.append(condition)
        elif not _holds(condition, signs):
            side.append(given.substitute(known))
            signs.admit(condition)
    statement = theorem.statement(form)
    for parameter in statement.free:
        if parameter.symbol not in known:
            conditions = _eliminated(
                parameter.symbol, parameter.domain.conditions, conditions, signs
            )
    letters = iter(_letters())
    names: dict[sp.Expr, sp.Symbol] = {}
    limits: list[Limit] = []
    rest: list[Condition] = []
    for condition in conditions:
        polynomial = _stripped(condition.left, signs)
        stripped = Condition(polynomial, sp.S.Zero, condition.strict, condition.meaning)
        if not polynomial.has(_GAMMA):
            if not _holds(stripped, signs):
                side.append(stripped)
            continue
        limit = _limit(stripped, signs, theorem, names, letters)
        if limit is None:
            rest.append(stripped)
            continue
        limits.append(limit)
        at_zero = _stripped(stripped.left.subs(_GAMMA, 0), signs)
        at_zero = _collected(at_zero, limit.when, signs)
        positive = Condition(at_zero, sp.S.Zero, stripped.strict, stripped.meaning)
        if not _holds(positive, signs):
            side.append(positive)
    return Solved(form, tuple(limits), tuple(side), tuple(rest))


def _letters() -> list[sp.Symbol]:
    return [sp.Symbol(name, positive=True) for name in ("q", "r", "q_2", "r_2", "q_3", "r_3")]


def _holds(condition: Condition, signs: Signs) -> bool:
    try:
        signs.require(condition)
    except ProofError:
        return False
    return True


def _eliminated(
    symbol: sp.Symbol,
    domain: object,
    conditions: Sequence[Condition],
    signs: Signs,
) -> list[Condition]:
    """Fourier and Motzkin: a value of ``symbol`` exists iff each lower limit is below each upper.

    Only for a symbol that occurs linearly with a coefficient of known sign; else nothing is done.
    """
    touched = [c for c in conditions if c.left.has(symbol)]
    if not touched:
        return list(conditions)
    lower: list[tuple[sp.Expr, bool]] = []
    upper: list[tuple[sp.Expr, bool]] = []
    for condition in (*touched, *domain(symbol)):  # type: ignore[operator]
        numerator, denominator = sp.fraction(sp.together(condition.expression))
        if sp.Poly(numerator, symbol).degree() != 1 or denominator.has(symbol):
            return list(conditions)
        slope, constant = sp.Poly(numerator, symbol).all_coeffs()
        limit = sp.cancel(-constant / slope)
        rising = slope / denominator
        if _holds(exceeds(rising), signs):
            lower.append((limit, condition.strict))
        elif _holds(exceeds(-rising), signs):
            upper.append((limit, condition.strict))
        else:
            return list(conditions)
    kept = [c for c in conditions if c not in touched]
    meaning = touched[0].meaning
    for (low, low_strict), (high, high_strict) in product(lower, upper):
        gap = Condition(sp.together(high - low), sp.S.Zero, low_strict or high_strict, meaning)
        if not _holds(gap, signs):
            kept.append(gap)
    return kept


def _stripped(expression: sp.Expr, signs: Signs) -> sp.Expr:
    """The expression without factors that are proved positive; it keeps its sign."""
    numerator, denominator = sp.fraction(sp.cancel(sp.together(expression)))
    scale, factors = sp.factor_list(sp.expand(numerator * denominator))
    kept = sp.S.One if scale > 0 else sp.S.NegativeOne
    for base, power in factors:
        if power % 2 == 0 and _nonzero(base, signs):
            continue
        sign = 0
        if base == _GAMMA or not base.has(_GAMMA):
            sign = _strict_sign(base, signs)
        if sign:
            kept *= sign if power % 2 else 1
        else:
            kept *= base ** (power % 2 or 2)
    return sp.expand(kept)


def _strict_sign(expression: sp.Expr, signs: Signs) -> int:
    if _holds(exceeds(expression), signs):
        return 1
    return -1 if _holds(exceeds(-expression), signs) else 0


def _nonzero(expression: sp.Expr, signs: Signs) -> bool:
    return not expression.has(_GAMMA) and _strict_sign(expression, signs) != 0


def _limit(
    condition: Condition,
    signs: Signs,
    theorem: Theorem,
    names: dict[sp.Expr, sp.Symbol],
    letters: Iterable[sp.Symbol],
) -> Limit | None:
    scale, polynomial = _scaled(condition.left, theorem)
    coefficients = polynomial.all_coeffs()
    if len(coefficients) > 3:
        return None
    a2, a1, a0 = [sp.S.Zero] * (3 - len(coefficients)) + coefficients
    if a1 == 0 or not _holds(Condition(-a1, sp.S.Zero, False), signs):
        return None
    when = tuple(
        factor
        for factor, _ in sp.factor_list(-a1)[1]
        if not _holds(exceeds(factor), signs) and not _holds(exceeds(-factor), signs)
    )
    if not all(factor.is_Symbol for factor in when):
        return None
    q = _tidy(sp.factor(a2 / a1), signs)
    top, below = sp.fraction(sp.factor(-a0 / a1))
    r = _tidy(_collected(top, when, signs) / below, signs)
    inside = Signs([*signs.given, *(exceeds(s) for s in when)])
    if not _holds(Condition(q, sp.S.Zero, False), inside):
        return None
    used: dict[sp.Symbol, sp.Expr] = {}

    def named(expression: sp.Expr) -> sp.Expr:
        if sp.count_ops(expression) < 3:
            return expression
        if expression not in names:
            names[expression] = next(letters)  # type: ignore[call-overload]
        used[names[expression]] = expression
        return names[expression]

    # q first, so that it has the same letter in every limit.
    q_named, r_named = named(q), named(r)
    root = r_named if q == 0 else 2 * r_named / (1 + sp.sqrt(1 + 4 * q_named * r_named))
    return Limit(root / scale, condition.strict, used, when, condition.meaning)


def _scaled(expression: sp.Expr, theorem: Theorem) -> tuple[sp.Expr, sp.Poly]:
    """A symbol that gamma occurs with only as a product, and the polynomial in that product."""
    unit = sp.Symbol("u", positive=True)
    for parameter in theorem.parameters:
        scale = parameter.symbol
        if scale == _GAMMA or not expression.has(scale):
            continue
        replaced = sp.cancel(expression.subs(_GAMMA, unit / scale))
        if not replaced.has(scale):
            return scale, sp.Poly(replaced, unit)
    return sp.S.One, sp.Poly(expression.subs(_GAMMA, unit), unit)


def _tidy(expression: sp.Expr, signs: Signs) -> sp.Expr:
    """Factors in the order of sign: ``1 - beta`` rather than ``beta - 1``."""
    sign, parts = sp.S.One, []
    for factor in sp.Mul.make_args(expression):
        base, power = factor.as_base_exp()
        if base.is_Add and power.is_Integer and _holds(Condition(-base, sp.S.Zero, False), signs):
            sign *= (-1) ** power
            base = -base
        parts.append(base**power)
    return sign * sp.Mul(*parts)


def _collected(expression: sp.Expr, symbols: Sequence[sp.Symbol], signs: Signs) -> sp.Expr:
    """The expression sorted by the powers of ``symbols``, each coefficient factored."""

    def coefficient(part: sp.Expr) -> sp.Expr:
        return _tidy(sp.factor(part), signs)

    if not symbols:
        return coefficient(expression)
    return sp.collect(sp.expand(expression), symbols, func=coefficient)
