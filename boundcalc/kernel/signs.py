"""Signs of rational functions under polynomial conditions, decided exactly.

Three ways, the cheapest first: the expression is a condition; it is a product of factors whose
signs are conditions (or are visibly of one sign); or the procedure for real polynomial arithmetic
of :mod:`boundcalc.kernel.solver` refutes the negation.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.solver import RESOURCE_LIMIT, SOLVER

# Signs as pairs (may be zero?, which side): a factor's sign is one of these.
POSITIVE, NONNEGATIVE, NEGATIVE, NONPOSITIVE = "+", "0+", "-", "0-"
_PRODUCT = {
    (POSITIVE, POSITIVE): POSITIVE,
    (POSITIVE, NONNEGATIVE): NONNEGATIVE,
    (POSITIVE, NEGATIVE): NEGATIVE,
    (POSITIVE, NONPOSITIVE): NONPOSITIVE,
    (NONNEGATIVE, NONNEGATIVE): NONNEGATIVE,
    (NONNEGATIVE, NEGATIVE): NONPOSITIVE,
    (NONNEGATIVE, NONPOSITIVE): NONPOSITIVE,
    (NEGATIVE, NEGATIVE): POSITIVE,
    (NEGATIVE, NONPOSITIVE): NONNEGATIVE,
    (NONPOSITIVE, NONPOSITIVE): NONNEGATIVE,
}
_OPPOSITE = {
    POSITIVE: NEGATIVE,
    NEGATIVE: POSITIVE,
    NONNEGATIVE: NONPOSITIVE,
    NONPOSITIVE: NONNEGATIVE,
}


@dataclass(frozen=True)
class SignFact:
    """A condition that was proved, and how: ``given``, ``product``, ``constant``, or the name of
    the solver.
    """

    condition: Condition
    how: str
    used: tuple[Condition, ...]
    seconds: float


@lru_cache(maxsize=4096)
def denominators(expression: sp.Expr) -> frozenset[sp.Expr]:
    """Return every denominator that occurs anywhere in the expression.

    Raises :class:`ProofError` for what is not a rational function, with rational coefficients, of
    real symbols: a float would hide a small difference, and a symbol declared positive a condition.
    """
    if expression.has(sp.zoo, sp.nan, sp.oo, -sp.oo):
        raise ProofError("division by a quantity that is zero")
    found: set[sp.Expr] = set()
    for node in sp.preorder_traversal(expression):
        if node.is_Pow:
            base, exponent = node.as_base_exp()
            if not exponent.is_Integer:
                raise ProofError(f"{node} is not a rational function of the parameters")
            if exponent.is_negative and base.free_symbols:
                found.add(base)
        elif node.is_Symbol:
            if node != sp.Symbol(node.name, real=True):
                raise ProofError(f"the symbol {node} must be declared real, and no more than that")
        elif not (node.is_Rational or node.is_Add or node.is_Mul):
            raise ProofError(f"{node} is not a rational function with rational coefficients")
    return frozenset(found)


def _require_condition(condition: Condition) -> None:
    if type(condition) is not Condition:
        raise ProofError(f"{condition} is not a condition of the kernel")


@lru_cache(maxsize=4096)
def _factored(polynomial: sp.Expr) -> tuple[sp.Expr, tuple[tuple[sp.Expr, int], ...]]:
    """Return the numerical factor and the irreducible ones with their powers."""
    scale, factors = sp.factor_list(polynomial)
    return scale, tuple(factors)


@lru_cache(maxsize=4096)
def _fraction(expression: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    return sp.fraction(sp.cancel(sp.together(expression)))


def forget() -> None:
    """Forget what was worked out of expressions."""
    for known in (denominators, _factored, _fraction):
        known.cache_clear()


def _times(left: str | None, right: str | None) -> str | None:
    if left is None or right is None:
        return None
    return _PRODUCT.get((left, right)) or _PRODUCT[(right, left)]


class Signs:
    """Sign decisions under a list of conditions, with so many units of the solver for each.

    Raises :class:`ProofError` where a condition has a denominator that the conditions before it
    do not keep away from zero.
    """

    def __init__(self, given: Iterable[Condition], resources: int | None = None) -> None:
        self._resources = RESOURCE_LIMIT if resources is None else resources
        self.given: list[Condition] = []
        self._factors: dict[sp.Expr, tuple[str, tuple[Condition, ...]]] = {}
        self._polynomials: list[tuple[Condition, sp.Expr]] = []
        for condition in given:
            self.admit(condition)

    # -- what is known -------------------------------------------------------------------------

    def admit(self, condition: Condition) -> None:
        """Add a condition to what is known; its denominators must be shown not to vanish."""
        _require_condition(condition)
        for denominator in denominators(condition.left) | denominators(condition.right):
            self.require_nonzero(denominator)
        if condition in self.given:
            return
        numerator, denominator = _fraction(condition.expression)
        sign, used = self._sign(denominator)
        self.given.append(condition)
        if sign in (POSITIVE, NEGATIVE):
            polynomial = numerator if sign == POSITIVE else -numerator
        else:
            polynomial, used = sp.expand(numerator * denominator), ()
        self._polynomials.append((condition, polynomial))
        self._learn(polynomial, POSITIVE if condition.strict else NONNEGATIVE, (condition, *used))

    def _learn(self, polynomial: sp.Expr, sign: str, used: tuple[Condition, ...]) -> None:
        """Divide out the factors of known strict sign; note the sign of what is left."""
        scale, factors = _factored(polynomial)
        if scale.is_negative:
            sign = _OPPOSITE[sign]
        unknown: list[sp.Expr] = []
        for factor, power in factors:
            known, why = self._sign_of_factor(factor)
            strict = known in (POSITIVE, NEGATIVE)
            if power % 2 == 0:
                # A strict sign of the product says that this square does not vanish either.
                if not strict and sign in (NONNEGATIVE, NONPOSITIVE):
                    return
            elif strict:
                sign = _times(sign, known) or sign
                used = used + why
            else:
                unknown.append(factor)
        if unknown:
            self._remember(sp.expand(sp.Mul(*unknown)), sign, used)

    def _remember(self, factor: sp.Expr, sign: str, used: tuple[Condition, ...]) -> None:
        old = self._factors.get(factor)
        if old is None or (old[0] in (NONNEGATIVE, NONPOSITIVE) and sign in (POSITIVE, NEGATIVE)):
            self._factors[factor] = (sign, used)

    # -- product of known signs ----------------------------------------------------------------

    def _sign_of_factor(self, factor: sp.Expr) -> tuple[str | None, tuple[Condition, ...]]:
        if factor in self._factors:
            return self._factors[factor]
        opposite = sp.expand(-factor)
        if opposite in self._factors:
            sign, used = self._factors[opposite]
            return _OPPOSITE[sign], used
        return self._sign_of_sum(factor)

    def _sign_of_sum(self, factor: sp.Expr) -> tuple[str | None, tuple[Condition, ...]]:
        """Return a sum all of whose monomials have one sign, read off the signs of the symbols."""
        total: str | None = None
        used: tuple[Condition, ...] = ()
        for term in sp.Add.make_args(factor):
            sign: str | None = POSITIVE
            scale, rest = term.as_coeff_Mul()
            if scale.is_negative:
                sign = NEGATIVE
            for base, power in rest.as_powers_dict().items():
                if base == 1:
                    continue
                if base == factor or not base.is_Symbol:
                    return None, ()
                known, why = self._factors.get(base, (None, ()))
                if power % 2 == 0:
                    known = POSITIVE if known in (POSITIVE, NEGATIVE) else NONNEGATIVE
                sign = _times(sign, known)
                used = used + why
            if sign is None:
                return None, ()
            if total is None:
                total = sign
            elif total[-1] != sign[-1]:
                return None, ()
            elif len(sign) == 1:
                total = sign
        return total, used

    def _sign(self, expression: sp.Expr) -> tuple[str | None, tuple[Condition, ...]]:
        """Return the sign of a polynomial as the product of its factors' signs, if that decides
        it.
        """
        if expression.is_number:
            return (POSITIVE if expression > 0 else NEGATIVE, ()) if expression != 0 else (None, ())
        scale, factors = _factored(expression)
        sign: str | None = NEGATIVE if scale.is_negative else POSITIVE
        used: tuple[Condition, ...] = ()
        unknown: list[sp.Expr] = []
        for factor, power in factors:
            known, why = self._sign_of_factor(factor)
            if power % 2 == 0:
                known = POSITIVE if known in (POSITIVE, NEGATIVE) else NONNEGATIVE
            elif known is None:
                unknown.append(factor)
                continue
            sign = _times(sign, known)
            used = used + why
        if unknown:
            known, why = self._sign_of_factor(sp.expand(sp.Mul(*unknown)))
            sign = _times(sign, known)
            used = used + why
        return sign, used

    # -- decisions -----------------------------------------------------------------------------

    def require(self, condition: Condition) -> SignFact:
        """Prove the condition from the given ones, or raise :class:`ProofError`."""
        started = time.perf_counter()
        _require_condition(condition)

        def fact(how: str, used: Sequence[Condition]) -> SignFact:
            distinct = tuple(dict.fromkeys(used))
            return SignFact(condition, how, distinct, time.perf_counter() - started)

        if condition in self.given:
            return fact("given", [condition])
        for denominator in denominators(condition.left) | denominators(condition.right):
            self.require_nonzero(denominator)
        numerator, denominator = _fraction(condition.expression)
        if numerator == 0:
            if condition.strict:
                raise ProofError(f"cannot prove {condition}: both sides are equal")
            return fact("constant", [])
        above, used_above = self._sign(numerator)
        below, used_below = self._sign(denominator)
        sign = _times(above, below)
        if sign == POSITIVE or (sign == NONNEGATIVE and not condition.strict):
            return fact(
                "product" if used_above or used_below else "constant", [*used_above, *used_below]
            )
        if below in (POSITIVE, NEGATIVE):
            goal = numerator if below == POSITIVE else -numerator
        else:
            goal = numerator * denominator
        return fact(SOLVER.name, self._refute(goal, condition))

    def require_nonzero(self, expression: sp.Expr) -> None:
        """Prove that a denominator cannot vanish, or raise :class:`ProofError`."""
        for sign in (1, -1):
            try:
                self.require(Condition(sign * expression, sp.S.Zero, True))
            except ProofError:
                continue
            return
        raise ProofError(f"division by {expression}, which may vanish under the conditions")

    def _refute(self, goal: sp.Expr, condition: Condition) -> list[Condition]:
        """Refute that ``goal`` has the wrong sign: by few conditions first, then by all."""
        related = _related(goal, self._polynomials)
        wrong = (-goal, not condition.strict)
        for count in dict.fromkeys([min(4, len(related)), min(9, len(related)), len(related)]):
            chosen = related[:count]
            known = [(polynomial, given.strict) for given, polynomial in chosen]
            found = SOLVER.decide([*known, wrong], self._resources)
            if found.status == "impossible":
                return [given for given, _ in chosen]
        if found.status == "possible":
            where = ", ".join(f"{name} = {value}" for name, value in found.point.items())
            raise ProofError(f"{condition} does not follow: it fails at {where}")
        raise ProofError(
            f"undecided: {SOLVER.name} gave no answer for {condition} within its resource limit"
        )

    def witness(self) -> dict[str, str]:
        """Return a point at which all given conditions hold; raises :class:`ProofError` if none
        does.
        """
        known = [(polynomial, given.strict) for given, polynomial in self._polynomials]
        found = SOLVER.decide(known, self._resources)
        if found.status == "impossible":
            raise ProofError("the conditions contradict each other, so they would prove anything")
        if found.status == "undecided":
            raise ProofError("undecided: no point found at which all conditions hold")
        return dict(sorted(found.point.items()))


def _related(
    goal: sp.Expr, polynomials: list[tuple[Condition, sp.Expr]]
) -> list[tuple[Condition, sp.Expr]]:
    """Return the conditions that can matter for the goal, those about its own symbols first, by
    size.
    """
    reached = set(goal.free_symbols)
    ordered: list[tuple[Condition, sp.Expr]] = []
    rest = list(polynomials)
    while rest:
        near = [item for item in rest if item[1].free_symbols & reached]
        if not near:
            break
        inside = [item for item in near if item[1].free_symbols <= reached]
        batch = inside or near
        batch.sort(key=lambda item: (len(item[1].free_symbols), sp.count_ops(item[1])))
        ordered += batch
        reached |= set().union(*(item[1].free_symbols for item in batch))
        rest = [item for item in rest if item not in batch]
    return ordered
