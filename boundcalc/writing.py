"""Formulas as a person writes them: positive terms first, numbers before symbols."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

__all__ = ["latex", "text"]


def _ordered(expression: sp.Expr) -> list[sp.Expr]:
    terms = list(expression.as_ordered_terms())
    return sorted(terms, key=lambda t: (t.could_extract_minus_sign(), not t.is_number))


class _Text(StrPrinter):
    def _as_ordered_terms(self, expr: sp.Expr, order: Any = None) -> list[sp.Expr]:
        return _ordered(expr)


class _Latex(LatexPrinter):
    def _as_ordered_terms(self, expr: sp.Expr, order: Any = None) -> list[sp.Expr]:
        return _ordered(expr)


#: LaTeX of the parameters whose names are not their own.
_SYMBOLS = {"sigma2": r"\sigma^2", "Delta": r"\Delta", "E0": "E_0", "D0": "D_0"}


def text(expression: sp.Expr) -> str:
    """The formula in the syntax in which values are typed."""
    shown: str = _Text().doprint(expression)
    return shown


def latex(expression: sp.Expr) -> str:
    """The formula in LaTeX, without delimiters."""
    names = {s: _SYMBOLS[s.name] for s in expression.free_symbols if s.name in _SYMBOLS}
    shown: str = _Latex({"symbol_names": names}).doprint(expression)
    return shown
