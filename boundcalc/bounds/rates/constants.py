"""Signs of constant coefficients: shown by their parts, or by what is known of the constants."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.signs import Signs
from boundcalc.kernel.solver import QUICK_LIMIT


@dataclass(frozen=True)
class Constants:
    """What is known of constants: none is negative, only those named ``vanishing`` may be zero.

    ``facts`` are conditions that they meet.
    """

    vanishing: frozenset[str] = frozenset()
    facts: tuple[Condition, ...] = ()

    def sign(self, coefficient: sp.Expr) -> str:
        """``+`` or ``-`` where it is known, constants being positive; else ``?``."""
        plain = self._sign_of_parts(coefficient)
        if plain != "?":
            return plain
        doubtful = self.doubtful(coefficient)
        return {sp.S.One: "+", sp.S.NegativeOne: "-"}.get(doubtful, "?")

    @staticmethod
    def _sign_of_parts(coefficient: sp.Expr) -> str:
        value = coefficient.subs({s: _positive(s.name) for s in coefficient.free_symbols})
        value = value if value.is_Mul else sp.expand(value)
        return "+" if value.is_positive else "-" if value.is_negative else "?"

    def doubtful(self, coefficient: sp.Expr) -> sp.Expr:
        """Return the factors whose sign is not known, and the sign of the others."""
        if coefficient not in self._known:
            left = sp.S.One
            for factor in sp.Mul.make_args(sp.factor(coefficient)):
                left *= self._decided(factor)
            # The sign of a product may follow where those of its factors do not.
            if not left.is_number and self._follows(at_least(coefficient)):
                left = sp.S.One
            elif not left.is_number and self._follows(at_least(-coefficient)):
                left = sp.S.NegativeOne
            self._known[coefficient] = left
        return self._known[coefficient]

    def _decided(self, factor: sp.Expr) -> sp.Expr:
        base, exponent = factor.as_base_exp()
        if base.is_number or base.is_Symbol or (exponent.is_Integer and exponent % 2 == 0):
            return sp.sign(factor) if base.is_number else sp.S.One
        if self._follows(at_least(base)):
            return sp.S.One
        return sp.S.NegativeOne**exponent if self._follows(at_least(-base)) else factor

    def _follows(self, condition: Condition) -> bool:
        try:
            self._signs.require(condition)
        except ProofError:
            return False
        return True

    @cached_property
    def _known(self) -> dict[sp.Expr, sp.Expr]:
        """Return what is doubtful of the coefficients looked at so far."""
        return {}

    @cached_property
    def _signs(self) -> Signs:
        symbols = {s for fact in self.facts for s in fact.symbols}
        inside = [exceeds(s) for s in symbols if s.name not in self.vanishing]
        return Signs([*self.facts, *inside], QUICK_LIMIT)

    def may_vanish(self, coefficient: sp.Expr) -> bool:
        """Return whether a coefficient that is not negative may be zero."""
        at_zero = {s: 0 for s in coefficient.free_symbols if s.name in self.vanishing}
        sums = [f.base if f.is_Pow else f for f in sp.Mul.make_args(sp.factor(coefficient))]
        return coefficient.subs(at_zero) == 0 or any(
            f.is_Add
            and self._sign_of_parts(f) == "?"
            and not (self._follows(exceeds(f)) or self._follows(exceeds(-f)))
            for f in sums
        )


@cache
def _positive(name: str) -> sp.Symbol:
    return sp.Symbol(name, positive=True)
