"""The constants of compressed and stale gradients, and what the theorems assume in them."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from boundcalc.kernel import Condition, Expression, Start, State, at_least, norm2
from boundcalc.model.parameters import (
    D0,
    DELTA,
    GAMMA,
    LEFT_OPEN_UNIT,
    NONNEGATIVE,
    POSITIVE,
    RIGHT_OPEN_UNIT,
    SMOOTHNESS,
    Parameter,
)
from boundcalc.model.theorem import Example, Source
from theorems.common import f
from theorems.estimators.parameters import OMEGA, ONE_OR_MORE, WORKERS, YOUNG

FAMILY = "compressed and stale gradients"
SOURCE = Source(
    "khirirat2018",
    "S. Khirirat, H. R. Feyzmahdavian, M. Johansson",
    "Distributed learning with compressed gradients",
    "arXiv:1806.06573",
    2018,
)
NOTE = "Method and setting as in the paper; the constants are derived here."

L_MAX = Parameter(
    "L_max", r"L_{\max}", "smoothness of every worker's function", POSITIVE, weaker="larger"
)
STRONG = Parameter("mu", r"\mu", "strong convexity of f", POSITIVE, weaker="smaller")
SIGMA_STAR = Parameter(
    "sigma_star2", r"\sigma_\star^2", "mean ||grad f_i(x_star)||^2 over the workers", NONNEGATIVE,
    weaker="larger",
)  # fmt: skip
D_INF = Parameter(
    "D_inf", r"D_{\inf}", "inf f - mean of inf f_i over the workers", NONNEGATIVE, weaker="larger"
)

DELAY = Parameter(
    "tau", r"\tau", "largest delay, in iterations", NONNEGATIVE, weaker="larger", whole=True
)
SPARSITY = Parameter(
    "s", "s", "most workers whose gradients share a coordinate (n: dense)", ONE_OR_MORE,
    weaker="larger", whole=True, default=WORKERS.symbol,
)  # fmt: skip

SHARE = Parameter(
    "theta", r"\theta", "share of the pull from strong convexity at the iterate", RIGHT_OPEN_UNIT,
    role="free",
)  # fmt: skip
PART = Parameter(
    "zeta", r"\zeta", "part of that share lost to the drift of the gradient", LEFT_OPEN_UNIT,
    role="free",
)  # fmt: skip

L, gamma, mu = SMOOTHNESS.symbol, GAMMA.symbol, STRONG.symbol
L_max, sigma_star2, omega, n = L_MAX.symbol, SIGMA_STAR.symbol, OMEGA.symbol, WORKERS.symbol
t, tau, s = YOUNG.symbol, DELAY.symbol, SPARSITY.symbol
WHOLE = at_least(tau**2, tau, "tau is a whole number")


def distance(s: State) -> Expression:
    """``||x_k - x_star||^2``."""
    return norm2(s.x - f.minimiser)


def from_distance(first: Start) -> Mapping[sp.Symbol, Expression]:
    """Return what D0 stands for."""
    return {D0.symbol: norm2(first.x - f.minimiser)}


def from_gap(first: Start) -> Mapping[sp.Symbol, Expression]:
    """Return what Delta stands for."""
    return {DELTA.symbol: f.value(first.x) - f.infimum}


# Workers that differ, and a compressor that adds as much as there is; delays as long as rounds of
# a few workers.
EXAMPLE = Example(
    problem="shifted-quadratics",
    options={"dimension": 10, "mu": 0.25, "workers": 8, "shift": 0.3, "spread": 0.2},
    values={"omega": sp.S.One, "tau": sp.Integer(3)},
    bias="none",
    noise="none",
    iterations=300,
    trials=1000,
)

b = sp.Symbol("b", real=True)  # the charge, per squared length

SHORT = "the step is short enough for the delay and for what compression adds"
NEAR = "the delay is short beside the contraction"


def charged(length: sp.Expr, delay: sp.Expr, whole: sp.Expr = sp.S.One) -> Condition:
    """``whole - length gamma - delay tau^2 gamma^2/(1 - gamma mu tau) >= 0`` without the fraction.

    It keeps ``gamma mu tau`` below one where ``mu`` is at most the smoothness in ``delay``.
    """
    room = (1 - gamma * mu * tau) * (whole - length * gamma)
    return at_least(room, delay * tau**2 * gamma**2, SHORT)
