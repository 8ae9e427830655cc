"""Powers ``(1 - rate)**count`` kept whole, so that numbers go through ``log1p`` and ``expm1``.

A rate of 1e-12 over a million iterations would lose all of its digits in ``(1 - rate)**count``.
"""

from __future__ import annotations

import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter


def _written(printer: StrPrinter | LatexPrinter, rate: sp.Expr) -> str:
    shown: str = printer.doprint(rate)
    return shown if rate.is_Atom or rate.is_Mul else f"({shown})"


class Power(sp.Function):
    """``Power(rate, count)`` is ``(1 - rate)**count``."""

    nargs = 2

    def _latex(self, printer: LatexPrinter, exp: object = None) -> str:
        text = rf"(1-{_written(printer, self.args[0])})^{{{printer.doprint(self.args[1])}}}"
        return text if exp is None else rf"\bigl({text}\bigr)^{{{exp}}}"

    def _sympystr(self, printer: StrPrinter) -> str:
        return f"(1 - {_written(printer, self.args[0])})**{printer.doprint(self.args[1])}"


class Shortfall(sp.Function):
    """``Shortfall(rate, count)`` is ``1 - (1 - rate)**count``."""

    nargs = 2

    def _latex(self, printer: LatexPrinter, exp: object = None) -> str:
        text = rf"\bigl(1-{printer.doprint(Power(*self.args))}\bigr)"
        return text if exp is None else rf"{text}^{{{exp}}}"

    def _sympystr(self, printer: StrPrinter) -> str:
        return f"(1 - {printer.doprint(Power(*self.args))})"


class Discounted(sp.Function):
    """``Discounted(growth, count)`` is the sum of ``(1 + growth)**-j`` over j = 1..count.

    At growth 0 it is the count.
    """

    nargs = 2

    def _latex(self, printer: LatexPrinter, exp: object = None) -> str:
        growth, count = (printer.doprint(argument) for argument in self.args)
        text = rf"\sum_{{j=1}}^{{{count}}}\left(1+{growth}\right)^{{-j}}"
        return rf"\Bigl({text}\Bigr)" + ("" if exp is None else f"^{{{exp}}}")

    def _sympystr(self, printer: StrPrinter) -> str:
        growth, count = (printer.doprint(argument) for argument in self.args)
        return f"sum((1 + {growth})**-j for j = 1..{count})"


def complement(power: sp.Expr) -> sp.Expr:
    """``1 - power``, whole where the power is."""
    return Shortfall(*power.args) if isinstance(power, Power) else 1 - power
