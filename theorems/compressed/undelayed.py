"""Gradients of workers sent through unbiased compressors: strongly convex, convex, non-convex.

Method and setting: Khirirat, Feyzmahdavian, Johansson, "Distributed learning with compressed
gradients", arXiv:1806.06573. The constants are derived here: in the convex cases a weight ``t`` of
Young's inequality, free for the proof, parts what compression adds in the workers' gradients near
the minimiser and at it.
"""

from __future__ import annotations

import sympy as sp

from boundcalc.kernel import (
    BoundedBelow,
    Certificate,
    Gap,
    Geometric,
    Growth,
    Smooth,
    Square,
    Telescoping,
    Transition,
    at_least,
    exceeds,
)
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.convexity import SmoothConvex, StronglyConvex
from boundcalc.kernel.local import CompressedGradients, ConvexWorkers, SmoothWorkers
from boundcalc.model.measures import DISTANCE, LEAST_SQUARED_GRADIENT, MEAN_GAP
from boundcalc.model.parameters import D0, DELTA, GAMMA, RHO, SMOOTHNESS
from boundcalc.model.theorem import Form, Step, Theorem
from numerics.algorithms import SGD
from theorems.common import f
from theorems.compressed.parameters import (
    D_INF,
    EXAMPLE,
    FAMILY,
    L_MAX,
    NOTE,
    SIGMA_STAR,
    SOURCE,
    STRONG,
    L,
    L_max,
    distance,
    from_distance,
    from_gap,
    gamma,
    mu,
    n,
    omega,
    sigma_star2,
    t,
)
from theorems.estimators.parameters import OMEGA, WORKERS, YOUNG

rho = RHO.symbol
Lambda = sp.Symbol("Lambda", real=True)  # smoothness that the compressed method sees

convex = SmoothConvex(f, L)
strong = StronglyConvex(f, mu)
workers = ConvexWorkers(f, n, L_max, sigma_star2)
compressed = CompressedGradients(workers, omega)

SEEN = {Lambda: L + (1 + t) * omega * L_max / n}
READABLE = {t: sp.S.One, **SEEN}
SHORT = at_least(1, gamma * Lambda, "the step is short enough for what compression adds")
ORDERED = at_least(L_MAX.symbol, L, "f is as smooth as its parts")


def compression(step: Transition) -> tuple[list[tuple[sp.Expr, Instance]], Square]:
    """Return what ``gamma^2 ||mean error||^2`` costs: ``away``, and the gradients at the
    minimiser.
    """
    x = step.now.x
    away, star = workers.away(x), workers.at_minimiser(x)
    weight = gamma**2 * omega / n
    return (
        [
            *compressed.transmitted(x, gamma**2),
            (weight * (1 + 1 / t), workers.optimum(x)),
        ],
        Square(weight / t, t * away - star),
    )


def contracting(step: Transition) -> Certificate:
    """Strong convexity twice: along the gradient, and for what the step's length leaves."""
    x = step.now.x
    sent, young = compression(step)
    return Certificate(
        using=[
            *sent,
            (gamma**2 * (1 + t) * omega / n, workers.closeness(x)),
            (gamma**2, convex.gradient(x)),
            (2 * gamma, strong.strong(x)),
            (2 * gamma * (1 - gamma * Lambda), strong.growth(x)),
        ],
        squares=[
            young,
            Square(gamma * mu * (2 - gamma * Lambda) - rho, x - f.minimiser),
        ],
        bounded=[(2 * gamma**2 * (Lambda - SEEN[Lambda]), Gap(f, x))],
    )


dcgd_strongly_convex = Theorem(
    "dcgd-strongly-convex",
    title="Compressed gradients on a strongly convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGD,
    assumes=[convex, strong, workers, compressed],
    parameters=[*(SMOOTHNESS, L_MAX, STRONG, OMEGA, WORKERS, SIGMA_STAR, GAMMA, D0, RHO, YOUNG)],
    given=[at_least(L, mu, "an L-smooth function has mu <= L"), ORDERED],
    step=Step(
        f,
        lyapunov=distance,
        measure=DISTANCE,
        unroll=Geometric(rho),
        error={"compression": gamma**2 * (1 + 1 / t) * omega * sigma_star2 / n},
        certificate=contracting,
        nonnegative=lambda s: Certificate(),
        given=[
            exceeds(rho),
            at_least(1, gamma * Lambda),
            at_least(Lambda, SEEN[Lambda]),
            at_least(gamma * mu * (2 - gamma * Lambda), rho),
        ],
        start=from_distance,
    ),
    forms=[
        Form("sharp", "every t", {**SEEN, rho: gamma * mu * (2 - gamma * Lambda)}, [SHORT]),
        Form("readable", "t = 1", {**READABLE, rho: gamma * mu * (2 - gamma * Lambda)}, [SHORT]),
    ],
    example=EXAMPLE,
)


def averaging(step: Transition) -> Certificate:
    """Return the gradient's length is paid by convexity of f, what compression adds by the
    workers'.
    """
    x = step.now.x
    sent, young = compression(step)
    return Certificate(
        using=[
            *sent,
            (2 * gamma**2 * L, convex.interpolation(x)),
            (2 * gamma * (1 - gamma * L), workers.interpolation(x)),
        ],
        squares=[young, Square(gamma / L_max * (1 - gamma * SEEN[Lambda]), workers.away(x))],
    )


dcgd_convex = Theorem(
    "dcgd-convex",
    title="Compressed gradients on a convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGD,
    assumes=[convex, workers, compressed],
    parameters=[SMOOTHNESS, L_MAX, OMEGA, WORKERS, SIGMA_STAR, GAMMA, D0, YOUNG],
    given=[ORDERED],
    step=Step(
        f,
        lyapunov=distance,
        measure=MEAN_GAP,
        unroll=Telescoping(2 * gamma),
        error={"compression": gamma**2 * (1 + 1 / t) * omega * sigma_star2 / n},
        certificate=averaging,
        nonnegative=lambda s: Certificate(squares=[Square(sp.S.One, s.x - f.minimiser)]),
        given=[at_least(1, gamma * Lambda), at_least(Lambda, SEEN[Lambda])],
        start=from_distance,
    ),
    forms=[
        Form("sharp", "every t", SEEN, [SHORT]),
        Form("readable", "t = 1", READABLE, [SHORT]),
    ],
    example=EXAMPLE,
)

# -- non-convex ------------------------------------------------------------------------------------

smooth, below = Smooth(f, L), BoundedBelow(f)
any_workers = SmoothWorkers(f, n, L_max, D_INF.symbol)
any_compressed = CompressedGradients(any_workers, omega)
grows = gamma**2 * L * L_max * omega / n
LENGTH = exceeds(2, gamma * L, "the step is short enough for the descent lemma")


def descending(step: Transition) -> Certificate:
    """Descent; what compression adds is in proportion to the gap."""
    x = step.now.x
    return Certificate(
        using=[
            (1, smooth.descent(x, step.next.x)),
            *any_compressed.transmitted(x, L * gamma**2 / 2),
            (L * gamma**2 * omega / (2 * n), any_workers.size(x)),
        ]
    )


dcgd_nonconvex = Theorem(
    "dcgd-nonconvex",
    title="Compressed gradients on a smooth non-convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGD,
    assumes=[smooth, below, any_workers, any_compressed],
    parameters=[SMOOTHNESS, L_MAX, OMEGA, WORKERS, D_INF, GAMMA, DELTA],
    given=[ORDERED],
    step=Step(
        f,
        lyapunov=lambda s: f.value(s.x) - f.infimum,
        measure=LEAST_SQUARED_GRADIENT,
        unroll=Growth(grows, gamma * (1 - gamma * L / 2)),
        error={"compression": grows * D_INF.symbol},
        certificate=descending,
        nonnegative=lambda s: Certificate(bounded=[(1, Gap(f, s.x))]),
        given=[LENGTH],
        start=from_gap,
    ),
    forms=[Form("general", "every step that descends", {}, [LENGTH])],
    example=EXAMPLE,
)
