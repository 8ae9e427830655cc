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
from boundcalc.kernel.solver import QUICK_LIMIT
from boundcalc.model.parameters import GAMMA, Parameter
from boundcalc.model.theorem import Form, Theorem

_GAMMA = GAMMA.symbol
# Operations in a polynomial that a person still reads.
_READABLE = 60


@dataclass(frozen=True)
class Limit:
    """An upper limit of the step size: ``gamma <= value``, or ``<`` where it is ``strict``.

    ``value`` is in the parameters and the abbreviations ``names``. It applies only where the
    symbols in ``when`` are positive; where one of them is zero the condition holds for every step.
    It says ``u + q u^2 <= r`` of ``u = scale gamma``, which is what ``condition`` says.
    """

    value: sp.Expr
    strict: bool
    names: Mapping[sp.Symbol, sp.Expr]
    when: tuple[sp.Symbol, ...]
    meaning: str
    condition: Condition
    scale: sp.Expr
    q: sp.Expr
    r: sp.Expr

    @property
    def expression(self) -> sp.Expr:
        """The limit in the parameters alone."""
        return self.value.subs(self.names)

    @property
    def quadratic(self) -> sp.Expr:
        """``r - u - q u^2``, which the step size must not make negative."""
        u = self.scale * _GAMMA
        return self.r - u - self.q * u**2

    def decides(self, condition: Condition) -> bool:
        """Return whether the condition, against zero, is this limit up to a factor without other
        roots.
        """
        above, below = sp.fraction(sp.cancel(condition.left / self.quadratic))
        return all(
            part == _GAMMA or not part.has(_GAMMA)
            for side in (above, below)
            for part, _ in sp.factor_list(side)[1]
        )


@dataclass(frozen=True)
class Solved:
    """The conditions of a form, solved for the step size as far as possible.

    ``limits`` bound gamma; ``side`` are conditions without gamma; ``open`` those that are no
    quadratic in gamma, as polynomials to be non-negative (or positive). ``within`` are the upper
    limits of the free parameters that were eliminated, at a given step. ``signs`` is what is known
    where all of these hold.
    """

    form: Form
    limits: tuple[Limit, ...]
    side: tuple[Condition, ...]
    open: tuple[Condition, ...] = field(default=())
    within: tuple[Condition, ...] = field(default=())
    signs: Signs = field(default_factory=lambda: Signs(()), repr=False, compare=False)

    @property
    def readable(self) -> bool:
        """Return whether what is left unsolved can be read as a polynomial."""
        return all(sp.count_ops(c.expression) <= _READABLE for c in self.open)


def solve(theorem: Theorem, form: Form, known: Mapping[sp.Symbol, sp.Expr]) -> Solved:
    """Solve the conditions of ``form`` for the step size, with ``known`` numbers put in."""
    domains = [c for c in theorem.domains if not c.symbols <= {*form.formulas, *known}]
    signs = Signs((c.substitute(known) for c in domains), QUICK_LIMIT)
    conditions, side = [], []
    for given in form.given:
        resolved = sp.together(form.resolve(given.left - given.right).subs(known))
        condition = Condition(resolved, sp.S.Zero, given.strict, given.meaning)
        free = resolved.free_symbols & {p.symbol for p in theorem.free}
        if resolved.has(_GAMMA) or len(free) > 1:
            conditions.append(condition)
        elif not _holds(condition, signs):
            if given.symbols & set(form.formulas):
                left, right = (form.resolve(e).subs(known) for e in (given.left, given.right))
                side.append(Condition(left, right, given.strict, given.meaning))
            else:
                side.append(given.substitute(known))
            signs.admit(condition)
    statement = theorem.statement(form)
    within: list[Condition] = []
    for parameter in statement.free:
        if parameter.symbol not in known:
            conditions, upper = _eliminated(parameter, conditions, signs)
            within += upper
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
    for condition in side:
        signs.admit(condition)
    limits_within = [Condition(tidy(c.left, signs), c.right, c.strict, c.meaning) for c in within]
    return Solved(form, tuple(limits), tuple(side), tuple(rest), tuple(limits_within), signs)


def _letters() -> list[sp.Symbol]:
    return [sp.Symbol(name, positive=True) for name in ("q", "r", "q_2", "r_2", "q_3", "r_3")]


def _holds(condition: Condition, signs: Signs) -> bool:
    try:
        signs.require(condition)
    except ProofError:
        return False
    return True


def _eliminated(
    parameter: Parameter, conditions: Sequence[Condition], signs: Signs
) -> tuple[list[Condition], list[Condition]]:
    """Fourier and Motzkin: a value of the parameter exists iff lower limits are below upper ones.

    Only for a parameter that occurs linearly with a coefficient of known sign; else nothing is
    done. The second part of the answer is the upper limits, as conditions.
    """
    symbol = parameter.symbol
    touched = [c for c in conditions if c.left.has(symbol)]
    domain = parameter.domain.conditions(symbol)
    found = [_solved_for(symbol, c, signs) for c in (*touched, *domain)]
    if not touched or None in found:
        return list(conditions), []
    solved = [f for f in found if f is not None]
    kept = [c for c in conditions if c not in touched]
    lower, upper = ([f for f in solved if f[1] == side] for side in (1, -1))
    for (low, _, low_strict), (high, _, high_strict) in product(lower, upper):
        strict = low_strict or high_strict
        gap = Condition(sp.together(high - low), sp.S.Zero, strict, touched[0].meaning)
        if not _holds(gap, signs):
            kept.append(gap)
    limits = [
        Condition(sp.factor(high), symbol, strict)
        for (high, _, strict), condition in zip(solved, (*touched, *domain), strict=True)
        if condition in touched and (high, -1, strict) in upper
    ]
    return kept, limits


def _solved_for(
    symbol: sp.Symbol, condition: Condition, signs: Signs
) -> tuple[sp.Expr, int, bool] | None:
    """Return the limit that a linear condition sets, whether from below (1) or above (-1),
    strictness.
    """
    numerator, denominator = sp.fraction(sp.together(condition.expression))
    if sp.Poly(numerator, symbol).degree() != 1 or denominator.has(symbol):
        return None
    slope, constant = sp.Poly(numerator, symbol).all_coeffs()
    side = _strict_sign(slope / denominator, signs)
    return (sp.cancel(-constant / slope), side, condition.strict) if side else None


def _stripped(expression: sp.Expr, signs: Signs) -> sp.Expr:
    """Return the expression without factors that are proved positive; it keeps its sign."""
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
    q = tidy(sp.factor(a2 / a1), signs)
    top, below = sp.fraction(sp.factor(-a0 / a1))
    r = tidy(_collected(top, when, signs) / below, signs)
    inside = Signs([*signs.given, *(exceeds(s) for s in when)], QUICK_LIMIT)
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
    return Limit(
        root / scale, condition.strict, used, when, condition.meaning, condition, scale, q, r
    )


def _scaled(expression: sp.Expr, theorem: Theorem) -> tuple[sp.Expr, sp.Poly]:
    """Return a symbol that gamma occurs with only as a product, and the polynomial in that
    product.
    """
    unit = sp.Symbol("u", positive=True)
    for parameter in theorem.parameters:
        scale = parameter.symbol
        if scale == _GAMMA or not expression.has(scale):
            continue
        replaced = sp.cancel(expression.subs(_GAMMA, unit / scale))
        if not replaced.has(scale):
            return scale, sp.Poly(replaced, unit)
    return sp.S.One, sp.Poly(expression.subs(_GAMMA, unit), unit)


def tidy(expression: sp.Expr, signs: Signs) -> sp.Expr:
    """Factors in the order of sign: ``1 - beta`` rather than ``beta - 1``."""
    sign, parts = sp.S.One, []
    for factor in sp.Mul.make_args(expression):
        base, power = factor.as_base_exp()
        if base.is_Add and power.is_Integer and _holds(Condition(-base, sp.S.Zero, False), signs):
            sign *= (-1) ** power
            base = -base
        parts.append(base**power)
    sums = [
        i
        for i, part in enumerate(parts)
        if part.is_Add and not _holds(Condition(part, sp.S.Zero, False), signs)
    ]
    if sp.Mul(sign, *(p for p in parts if p.is_number)).is_negative and sums:
        parts[sums[0]], sign = -parts[sums[0]], -sign
    return sign * sp.Mul(*parts)


def _collected(expression: sp.Expr, symbols: Sequence[sp.Symbol], signs: Signs) -> sp.Expr:
    """Return the expression sorted by the powers of ``symbols``, each coefficient factored."""

    def coefficient(part: sp.Expr) -> sp.Expr:
        return tidy(sp.factor(part), signs)

    if not symbols:
        return coefficient(expression)
    return sp.collect(sp.expand(expression), symbols, func=coefficient)
