"""V_0 in the constants of the start."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Expression
from boundcalc.kernel.integrity import require_expression


def express(value: Expression, constants: Mapping[sp.Symbol, Expression]) -> sp.Expr:
    """``value`` as a combination of the quantities that ``constants`` name.

    Raises :class:`ProofError` where something is left over.
    """
    weights = start_weights(value, constants)
    return sp.Add(*(weight * symbol for symbol, weight in weights.items()))


def start_weights(
    value: Expression, constants: Mapping[sp.Symbol, Expression]
) -> dict[sp.Symbol, sp.Expr]:
    """With what weight each of the quantities that ``constants`` name enters ``value``."""
    weights: dict[sp.Symbol, sp.Expr] = {}
    rest = value.expanded()
    for symbol, meaning in constants.items():
        atoms = require_expression(meaning).expanded().coefficients
        if not atoms:
            raise ProofError(f"{symbol} stands for nothing")
        atom, unit = next(iter(atoms.items()))
        weights[symbol] = rest.coefficients.get(atom, sp.S.Zero) / unit
        rest = (rest - weights[symbol] * meaning).expanded()
    if rest.coefficients:
        raise ProofError(f"V_0 is not bounded by the constants of the start: {rest} is left over")
    return weights
