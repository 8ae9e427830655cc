"""What the theorems of several families share: the objective, its assumptions, the start."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from boundcalc.kernel import (
    BiasedOracle,
    BoundedBelow,
    Expression,
    Function,
    PolyakLojasiewicz,
    Smooth,
    Start,
    State,
    at_least,
)
from boundcalc.model.parameters import (
    BIAS_ABSOLUTE,
    BIAS_RELATIVE,
    DELTA,
    GAMMA,
    MU,
    NOISE_ABSOLUTE,
    NOISE_RELATIVE,
    RHO,
    SMOOTHNESS,
    P,
)

f = Function("f")
L, mu, gamma = SMOOTHNESS.symbol, MU.symbol, GAMMA.symbol
B, C = BIAS_RELATIVE.symbol, BIAS_ABSOLUTE.symbol
M, sigma2 = NOISE_RELATIVE.symbol, NOISE_ABSOLUTE.symbol
rho, p = RHO.symbol, P.symbol

smooth = Smooth(f, L)
below = BoundedBelow(f)
pl = PolyakLojasiewicz(f, mu)
oracle = BiasedOracle(f, B, C, M, sigma2)
ORACLE = (BIAS_RELATIVE, BIAS_ABSOLUTE, NOISE_RELATIVE, NOISE_ABSOLUTE)

MU_BELOW_L = at_least(L, mu, "an L-smooth function has mu <= L")


def gap(s: State) -> Expression:
    """``f(x_k) - inf f``."""
    return f.value(s.x) - f.infimum


def start(first: Start) -> Mapping[sp.Symbol, Expression]:
    """Return what Delta stands for."""
    return {DELTA.symbol: f.value(first.x) - f.infimum}
