"""Formulas as a person writes them: positive terms first, numbers before symbols."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter, translate
from sympy.printing.str import StrPrinter


def _ordered(expression: sp.Expr) -> list[sp.Expr]:
    terms = list(expression.as_ordered_terms())
    return sorted(terms, key=lambda t: (t.could_extract_minus_sign(), not t.is_number))


class _Text(StrPrinter):
    def _as_ordered_terms(self, expr: sp.Expr, order: Any = None) -> list[sp.Expr]:
        return _ordered(expr)


class _Latex(LatexPrinter):
    """Products in the order of a textbook, and round brackets that grow only where they must."""

    def _as_ordered_terms(self, expr: sp.Expr, order: Any = None) -> list[sp.Expr]:
        return _ordered(expr)

    def _print_Mul(self, expr: sp.Mul) -> str:
        if expr.could_extract_minus_sign():
            return f"- {self._term(-expr)}"
        return self._term(expr)

    def _term(self, expression: sp.Expr) -> str:
        if expression.is_Add:
            return self._bracketed(expression)
        # What prints itself (a power in K kept whole) stands beside the fraction.
        whole = [f for f in sp.Mul.make_args(expression) if hasattr(f, "_latex")]
        if whole and expression not in whole:
            rest = expression / sp.Mul(*whole)
            shown = [self.doprint(f) for f in whole]
            return " ".join([self._term(rest), *shown] if rest != 1 else shown)
        numerator, denominator = sp.fraction(expression, exact=True)
        if denominator == 1:
            return self._product(numerator)
        # A sum with fractions of its own stands beside the fraction, not in it.
        beside = [f for f in sp.Mul.make_args(numerator) if f.is_Add and _fractions(f)]
        above = sp.Mul(*(f for f in sp.Mul.make_args(numerator) if f not in beside))
        fraction = rf"\frac{{{self._side(above)}}}{{{self._side(denominator)}}}"
        return " ".join([fraction, *(self._bracketed(f) for f in beside)])

    def _side(self, expression: sp.Expr) -> str:
        """Above or below a line, where a sum needs no brackets."""
        return self.doprint(expression) if expression.is_Add else self._product(expression)

    def _product(self, expression: sp.Expr) -> str:
        factors = sorted(sp.Mul.make_args(expression), key=_place)
        return " ".join(self._bracketed(f) if f.is_Add else self.doprint(f) for f in factors)

    def _bracketed(self, expression: sp.Expr) -> str:
        inside = self.doprint(expression)
        return rf"\left({inside}\right)" if r"\frac" in inside else f"({inside})"

    def _print_Pow(self, expr: sp.Pow) -> str:
        base, exponent = expr.as_base_exp()
        if base.is_Add and exponent.is_Integer and exponent > 0:
            return f"{self._bracketed(base)}^{{{exponent}}}"
        return super()._print_Pow(expr)


def _fractions(total: sp.Add) -> bool:
    return any(sp.fraction(node)[1] != 1 for node in sp.preorder_traversal(total))


def _place(factor: sp.Expr) -> tuple[Any, ...]:
    """Return where a factor stands in a product: numbers, Greek, small, capital letters, sums,
    K.
    """
    base, _ = factor.as_base_exp()
    if factor.is_number:
        return (0,)
    if not base.is_Symbol:
        return (6 if base.is_Add else 7, sp.count_ops(base), str(base))
    name = base.name
    # Among capitals the later letter first: weights (W, U, N) before constants (B, C, M).
    later = tuple(-ord(letter) for letter in name)
    if name in _symbols:
        return (4 if name == "sigma2" else 6.5, name)
    if translate(name).startswith("\\"):
        return (1, name)
    if name[0].islower():
        return (2, name)
    if name == "K":
        return (5,)
    return (2.5,) if name == "L" else (3, later)


#: LaTeX of the parameters whose names are not their own; each says it where it is declared.
_symbols: dict[str, str] = {}
_declared: set[str] = set()


def declare(name: str, written: str) -> None:
    """Write the symbol of that name so, in LaTeX; the first declaration holds.

    A single letter stands for itself: proofs use letters, too.
    """
    if len(name) > 1 and name not in _declared:
        _declared.add(name)
        if written != sp.latex(sp.Symbol(name)):
            _symbols[name] = written


# -- which way round a difference is written -----------------------------------------------

# What tells the sign of a sum, where something is known of its symbols: 1, -1, or 0.
_SIGN: ContextVar[Callable[[sp.Expr], int] | None] = ContextVar("sign of a sum", default=None)


@contextmanager
def signs_from(sign: Callable[[sp.Expr], int]) -> Iterator[None]:
    """Write the differences that ``sign`` says are negative the other way round.

    So a positive product ``-d (1 - m)`` reads ``d (m - 1)`` where m is known to be at least one.
    """
    token = _SIGN.set(sign)
    try:
        yield
    finally:
        _SIGN.reset(token)


def known_sign(total: sp.Expr) -> int:
    """Return the sign of a sum, 0 where it is not known."""
    sign = _SIGN.get()
    return 0 if sign is None else sign(total)


def oriented(expression: sp.Expr) -> sp.Expr:
    """Return the same with negative sums turned, so that the sign in front is that of the whole."""
    sign = _SIGN.get()
    if sign is None or expression.is_Atom:
        return expression
    return _oriented(expression, sign)


def _oriented(expression: sp.Expr, sign: Callable[[sp.Expr], int]) -> sp.Expr:
    if not expression.args or isinstance(expression, sp.Function):
        return expression
    args = [_oriented(a, sign) for a in expression.args]
    changed = any(new is not old for new, old in zip(args, expression.args, strict=True))
    even = expression.is_Pow and args[0].is_Add and args[1].is_Integer and args[1] % 2 == 0
    if even and sign(args[0]) < 0:
        return expression.func(-args[0], args[1])
    if expression.is_Mul or expression.is_Pow:
        turned = _turned_factors(args if expression.is_Mul else [expression], sign)
        if turned is not None:
            return turned
    return expression.func(*args) if changed else expression


def _turned_factors(args: Sequence[sp.Expr], sign: Callable[[sp.Expr], int]) -> sp.Expr | None:
    """Return the product with its negative sums turned; None where it has none."""
    turned, flips = [], 0
    for factor in args:
        base, power = factor.as_base_exp()
        odd = base.is_Add and power.is_Integer and power % 2 == 1
        if odd and sign(base) < 0:
            turned.append((-base) ** power)
            flips += 1
        else:
            turned.append(factor)
    if not flips:
        return None
    return sp.Mul((-1) ** flips, *turned)


def text(expression: sp.Expr) -> str:
    """Return the formula in the syntax in which values are typed."""
    shown: str = _Text().doprint(expression)
    return shown


def latex(expression: sp.Expr) -> str:
    """Return the formula in LaTeX, without delimiters."""
    expression = oriented(expression)
    # Parameters are real symbols; letters that stand for a formula are not taken for them.
    names = {
        s: _symbols[s.name]
        for s in expression.free_symbols
        if s.name in _symbols and s == sp.Symbol(s.name, real=True)
    }
    shown: str = _Latex({"symbol_names": names}).doprint(expression)
    return shown
