"""Stale gradients, compressed by the server once they are added up.

Method and setting: Khirirat, Feyzmahdavian, Johansson, "Distributed learning with compressed
gradients", arXiv:1806.06573. The constants are derived here. A free ``p`` balances what the present
gradient and the stale one give: at ``p = 1`` the readable form, towards 0 up to twice the decrease.
"""

from __future__ import annotations

import sympy as sp

from boundcalc.kernel import (
    BoundedBelow,
    Certificate,
    Gap,
    PolyakLojasiewicz,
    QuadraticForm,
    Smooth,
    Square,
    Transition,
    at_least,
    exceeds,
)
from boundcalc.kernel.stale import StaleGradient
from boundcalc.kernel.windows import WindowedGeometric, WindowedTelescoping
from boundcalc.model.measures import GAP, SQUARED_GRADIENT
from boundcalc.model.parameters import DELTA, GAMMA, MU, RHO, SMOOTHNESS, P
from boundcalc.model.theorem import Form, Step, Theorem
from numerics.algorithms import SGD
from theorems.common import f, gap
from theorems.compressed.parameters import (
    DELAY,
    EXAMPLE,
    FAMILY,
    NEAR,
    NOTE,
    SHORT,
    SOURCE,
    WHOLE,
    L,
    b,
    charged,
    from_gap,
    gamma,
    mu,
    omega,
    tau,
)
from theorems.estimators.parameters import OMEGA

rho, p = RHO.symbol, P.symbol

smooth, below, pl = Smooth(f, L), BoundedBelow(f), PolyakLojasiewicz(f, mu)
stale = StaleGradient(f, omega, tau)

# T: multiplier of the drift of the gradient; S: cost of the step's length, charge included; c: what
# is left for the present gradient.
T, S, c = sp.symbols("T S c", real=True)
SPENT = T * L**2 * tau
LENGTH = (L / 2 + b) * (1 + omega) * gamma**2


def descending(step: Transition) -> Certificate:
    """Descent along a stale gradient, whose distance from the present one is paid for."""
    x = step.now.x
    old = f.gradient(stale.stale(x))
    return Certificate(
        using=[
            (1, smooth.descent(x, step.next.x)),
            (T, smooth.lipschitz(x, stale.stale(x))),
            (T * L**2, stale.staleness(x)),
            ((L / 2 + b) * gamma**2, stale.compression(x)),
        ],
        squares=[Square(S - LENGTH, old)],
        forms=[QuadraticForm(old, f.gradient(x), T - S, gamma / 2 - T, T - c)],
    )


def falling(step: Transition) -> Certificate:
    """Return the same, with the Polyak-Lojasiewicz inequality."""
    proof, x = descending(step), step.now.x
    return Certificate(
        using=[*proof.using, (c, pl.pl(x))],
        squares=proof.squares,
        forms=proof.forms,
        bounded=[(2 * mu * c - rho, Gap(f, x))],
    )


GIVEN = (
    exceeds(T),
    at_least(b),
    at_least(S, LENGTH),
    at_least(T, S),
    at_least(T, c),
    at_least((T - S) * (T - c), (gamma / 2 - T) ** 2),
)
LEFT = exceeds(c, 0, "the present gradient decreases the objective")
LONGEST = exceeds(T, S, SHORT)
BALANCED = T - (gamma / 2 - T) ** 2 / (T - S)

delayed_cgd_nonconvex = Theorem(
    "delayed-cgd-nonconvex",
    title="Stale gradients, compressed, on a smooth non-convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGD,
    assumes=[smooth, below, stale],
    parameters=[SMOOTHNESS, OMEGA, DELAY, GAMMA, DELTA, P],
    step=Step(
        f,
        lyapunov=gap,
        measure=SQUARED_GRADIENT,
        unroll=WindowedTelescoping(c, b, SPENT, tau),
        error={},
        certificate=descending,
        nonnegative=lambda state: Certificate(bounded=[(1, Gap(f, state.x))]),
        given=[*GIVEN, exceeds(c), at_least(b, SPENT * tau)],
        start=from_gap,
    ),
    forms=[
        Form(
            "sharp",
            "every p",
            {T: gamma / (2 * p), b: SPENT * tau, S: LENGTH, c: BALANCED},
            [LONGEST, LEFT],
        ),
        Form(
            "readable",
            "p = 1",
            {p: sp.S.One, T: gamma / 2, b: SPENT * tau, S: LENGTH, c: gamma / 2},
            [at_least(T, S, SHORT)],
        ),
    ],
    example=EXAMPLE,
)

delayed_cgd_pl = Theorem(
    "delayed-cgd-pl",
    title="Stale gradients, compressed, under the Polyak-Lojasiewicz inequality",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGD,
    assumes=[smooth, pl, stale],
    parameters=[SMOOTHNESS, MU, OMEGA, DELAY, GAMMA, DELTA, RHO, P],
    given=[at_least(L, mu, "an L-smooth function has mu <= L"), WHOLE],
    step=Step(
        f,
        lyapunov=gap,
        measure=GAP,
        unroll=WindowedGeometric(rho, b, SPENT, tau),
        error={},
        certificate=falling,
        nonnegative=lambda state: Certificate(),
        given=[
            *GIVEN,
            exceeds(1, rho * tau, NEAR),
            at_least(b * (1 - rho * tau), SPENT * tau),
            at_least(c),
            at_least(2 * mu * c, rho),
        ],
        start=from_gap,
    ),
    forms=[
        Form(
            "sharp",
            "every p and rho",
            {T: gamma / (2 * p), b: SPENT * tau / (1 - rho * tau), S: LENGTH, c: BALANCED},
            [
                exceeds(1, rho * tau, NEAR),
                LONGEST,
                at_least(2 * mu * c, rho, "the objective contracts"),
            ],
        ),
        Form(
            "readable",
            "p = 1",
            {
                p: sp.S.One,
                T: gamma / 2,
                rho: gamma * mu,
                b: SPENT * tau / (1 - gamma * mu * tau),
                S: LENGTH,
                c: gamma / 2,
            },
            [charged(L * (1 + omega), (1 + omega) * L**2)],
        ),
    ],
    example=EXAMPLE,
)
