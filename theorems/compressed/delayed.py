"""Stale gradients of convex workers, compressed by each.

Method and setting: Khirirat, Feyzmahdavian, Johansson, "Distributed learning with compressed
gradients", arXiv:1806.06573. The constants are derived here; the windowed lemma makes every step
pay for what it costs while gradients from before it still arrive. In the sharp form a share
``theta`` of the pull to the minimiser comes from strong convexity at the iterate itself, which
doubles the contraction where steps are short or delays small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp

from boundcalc.kernel import (
    Certificate,
    Condition,
    Square,
    Transition,
    at_least,
    exceeds,
)
from boundcalc.kernel.convexity import StronglyConvex
from boundcalc.kernel.local import CompressedGradients
from boundcalc.kernel.stale import StaleWorkers
from boundcalc.kernel.windows import WindowedGeometric, WindowedTelescoping
from boundcalc.model.measures import DISTANCE, MEAN_GAP
from boundcalc.model.parameters import D0, GAMMA, RHO, Parameter
from boundcalc.model.theorem import Form, Step, Theorem
from numerics.algorithms import SGD
from theorems.common import f
from theorems.compressed.parameters import (
    DELAY,
    EXAMPLE,
    FAMILY,
    L_MAX,
    NEAR,
    NOTE,
    PART,
    SHARE,
    SHORT,
    SIGMA_STAR,
    SOURCE,
    SPARSITY,
    STRONG,
    WHOLE,
    L_max,
    b,
    charged,
    distance,
    from_distance,
    gamma,
    mu,
    n,
    omega,
    s,
    sigma_star2,
    t,
    tau,
)
from theorems.estimators.parameters import OMEGA, WORKERS, YOUNG

W = sp.Symbol("W", real=True)  # n times what the workers' gradients carry a step

strong = StronglyConvex(f, mu)
workers = StaleWorkers(f, n, L_max, sigma_star2, tau, s)
compressed = CompressedGradients(workers, omega)
carried = s + (1 + t) * omega
rho, theta, zeta = RHO.symbol, SHARE.symbol, PART.symbol


def pulled(step: Transition, share: sp.Expr = sp.S.Zero) -> Certificate:
    """Stale gradients pull to the minimiser; delay and length of the step are paid for.

    All but a ``share`` of the pull comes from interpolation between the stale points and the
    minimiser.
    """
    x = step.now.x
    length = (1 + b) * gamma**2
    weight = length * omega / n
    away, star = workers.away(x), workers.at_minimiser(x)
    return Certificate(
        using=[
            (2 * gamma * (1 - share), workers.interpolation(x)),
            (2 * gamma * (1 - share), workers.descent(x)),
            (gamma * (1 - share) * L_max, workers.staleness(x)),
            *compressed.transmitted(x, length),
            (weight * (1 + 1 / t), workers.optimum(x)),
            (length, workers.sparsity(x)),
        ],
        squares=[
            Square(weight / t, t * away - star),
            Square(gamma / L_max * (1 - share) - length * carried / n, away),
        ],
    )


def contracting(step: Transition) -> Certificate:
    """Return a share of the pull from strong convexity at the iterate, and quadratic growth."""
    proof, x = pulled(step, theta), step.now.x
    away, weight = x - f.minimiser, gamma * theta / (zeta * mu)
    change = f.gradient(x) - workers.mean_gradient(x)
    return replace(
        proof,
        using=[
            *proof.using,
            (2 * gamma * theta, strong.strong(x)),
            (weight, workers.drift(x)),
            (weight * L_max**2, workers.staleness(x)),
            (2 * gamma, strong.growth(x)),
        ],
        squares=[
            *proof.squares,
            Square(weight, zeta * mu * away - change),
            Square(gamma * mu * (1 + theta * (1 - zeta)) - rho, away),
        ],
    )


SPENT = gamma * L_max * tau
SHARED = SPENT * (1 - theta + theta * L_max / (zeta * mu))
ERROR = {"compression": (1 + b) * gamma**2 * (1 + 1 / t) * omega * sigma_star2 / n}
SPARSE = at_least(n, s, "no more workers share a coordinate than there are")
CONSTANTS: Sequence[Parameter] = (OMEGA, WORKERS, SPARSITY, SIGMA_STAR, DELAY)
READABLE = {t: sp.S.One, W: carried.subs(t, 1)}


def paid(share: sp.Expr = sp.S.Zero) -> Condition:
    """Return the pull pays for the length of the step, charge included."""
    return at_least(n * (1 - share), (1 + b) * W * L_max * gamma, SHORT)


delayed_dcgd_strongly_convex = Theorem(
    "delayed-dcgd-strongly-convex",
    title="Stale compressed gradients on a strongly convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGD,
    assumes=[strong, workers, compressed],
    parameters=[L_MAX, STRONG, *CONSTANTS, GAMMA, D0, RHO, YOUNG, SHARE, PART],
    given=[
        SPARSE,
        WHOLE,
        at_least(s * L_max, n * mu, "f is smooth with constant s L_max/n, so mu is at most that"),
    ],
    step=Step(
        f,
        lyapunov=distance,
        measure=DISTANCE,
        unroll=WindowedGeometric(rho, b, SHARED, tau),
        error=ERROR,
        certificate=contracting,
        nonnegative=lambda state: Certificate(),
        given=[
            exceeds(rho),
            at_least(b),
            at_least(W, carried),
            paid(theta),
            exceeds(1, rho * tau, NEAR),
            at_least(b * (1 - rho * tau), SHARED * tau),
            at_least(gamma * mu * (1 + theta * (1 - zeta)), rho),
        ],
        start=from_distance,
    ),
    forms=[
        Form(
            "sharp",
            "every t, theta and zeta",
            {
                W: carried,
                rho: gamma * mu * (1 + theta * (1 - zeta)),
                b: SHARED * tau / (1 - rho * tau),
            },
            [exceeds(1, rho * tau, NEAR), paid(theta)],
        ),
        Form(
            "readable",
            "t = 1, theta = 0",
            {
                **READABLE,
                theta: sp.S.Zero,
                zeta: sp.S.One,
                rho: gamma * mu,
                b: SPENT * tau / (1 - gamma * mu * tau),
            },
            [charged(W * L_max, W * L_max**2, n)],
        ),
    ],
    example=EXAMPLE,
)

delayed_dcgd_convex = Theorem(
    "delayed-dcgd-convex",
    title="Stale compressed gradients on a convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGD,
    assumes=[workers, compressed],
    parameters=[L_MAX, *CONSTANTS, GAMMA, D0, YOUNG],
    given=[SPARSE, WHOLE],
    step=Step(
        f,
        lyapunov=distance,
        measure=MEAN_GAP,
        unroll=WindowedTelescoping(2 * gamma, b, SPENT, tau),
        error=ERROR,
        certificate=pulled,
        nonnegative=lambda state: Certificate(squares=[Square(sp.S.One, state.x - f.minimiser)]),
        given=[at_least(b), at_least(W, carried), paid(), at_least(b, SPENT * tau)],
        start=from_distance,
    ),
    forms=[
        Form("sharp", "every t", {W: carried, b: SPENT * tau}, [paid()]),
        Form("readable", "t = 1", {**READABLE, b: SPENT * tau}, [paid()]),
    ],
    example=EXAMPLE,
)
