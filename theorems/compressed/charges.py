"""What a step is charged in advance for the delays after it, and the conditions this makes."""

from __future__ import annotations

import sympy as sp

from boundcalc.kernel import Condition, at_least
from theorems.compressed.parameters import gamma, mu, tau

b = sp.Symbol("b", real=True)  # the charge, per squared length

SHORT = "the step is short enough for the delay and for what compression adds"
NEAR = "the delay is short beside the contraction"


def charged(length: sp.Expr, delay: sp.Expr, whole: sp.Expr = sp.S.One) -> Condition:
    """``whole - length gamma - delay tau^2 gamma^2/(1 - gamma mu tau) >= 0`` without the fraction.

    It keeps ``gamma mu tau`` below one where ``mu`` is at most the smoothness in ``delay``.
    """
    room = (1 - gamma * mu * tau) * (whole - length * gamma)
    return at_least(room, delay * tau**2 * gamma**2, SHORT)
