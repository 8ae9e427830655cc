"""Stale gradients, compressed: by each worker, or once they are added up.

Method and setting: Khirirat, Feyzmahdavian, Johansson, "Distributed learning with compressed
gradients", arXiv:1806.06573. The constants are derived here; the windowed lemma makes every step
pay for what it costs while gradients from before it still arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp

from boundcalc.kernel import (
    BoundedBelow,
    Certificate,
    Condition,
    Gap,
    PolyakLojasiewicz,
    Smooth,
    Square,
    Transition,
    at_least,
    exceeds,
)
from boundcalc.kernel.convexity import StronglyConvex
from boundcalc.kernel.local import CompressedGradients
from boundcalc.kernel.stale import StaleGradient, StaleWorkers
from boundcalc.kernel.windows import WindowedGeometric, WindowedTelescoping
from boundcalc.model import DISTANCE, GAP, MEAN_GAP, SQUARED_GRADIENT, Form, Step, Theorem
from boundcalc.parameters import D0, DELTA, GAMMA, MU, SMOOTHNESS, Parameter
from numerics.algorithms import SGD
from theorems.compressed.parameters import (
    DELAY,
    EXAMPLE,
    FAMILY,
    L_MAX,
    NOTE,
    SIGMA_STAR,
    SOURCE,
    SPARSITY,
    STRONG,
    WHOLE,
    L,
    L_max,
    distance,
    from_distance,
    from_gap,
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
from theorems.sgd import f

b = sp.Symbol("b", real=True)  # what a step is charged in advance, per squared length
W = sp.Symbol("W", real=True)  # n times what the workers' gradients carry a step

NEAR = exceeds(1, gamma * mu * tau, "the delay is short beside the contraction")
SHORT = "the step is short enough for the delay and for what compression adds"


def charged(length: sp.Expr, delay: sp.Expr, whole: sp.Expr = sp.S.One) -> Condition:
    """``whole - length gamma - delay tau^2 gamma^2/(1 - gamma mu tau) >= 0`` without the fraction.

    It keeps ``gamma mu tau`` below one where ``mu`` is at most the smoothness in ``delay``.
    """
    room = (1 - gamma * mu * tau) * (whole - length * gamma)
    return at_least(room, delay * tau**2 * gamma**2, SHORT)


# -- every worker compresses -----------------------------------------------------------------------

strong = StronglyConvex(f, mu)
workers = StaleWorkers(f, n, L_max, sigma_star2, tau, s)
compressed = CompressedGradients(workers, omega)
spent = gamma * L_max * tau
carried = s + (1 + t) * omega


def pulled(step: Transition) -> Certificate:
    """Stale gradients pull to the minimiser; delay and length of the step are paid for."""
    x = step.now.x
    length = (1 + b) * gamma**2
    weight = length * omega / n
    away, star = workers.away(x), workers.at_minimiser(x)
    return Certificate(
        using=[
            (2 * gamma, workers.interpolation(x)),
            (2 * gamma, workers.descent(x)),
            (gamma * L_max, workers.staleness(x)),
            *compressed.transmitted(x, length),
            (weight * (1 + 1 / t), workers.optimum(x)),
            (length, workers.sparsity(x)),
        ],
        squares=[
            Square(weight / t, t * away - star),
            Square(gamma / L_max - length * carried / n, away),
        ],
    )


def contracting(step: Transition) -> Certificate:
    """The same, with quadratic growth."""
    proof = pulled(step)
    return replace(proof, using=[*proof.using, (2 * gamma, strong.growth(step.now.x))])


TIED = (
    at_least(b),
    at_least(W, carried),
    at_least(n, (1 + b) * W * L_max * gamma, SHORT),
)
STEP = at_least(n, (1 + b) * W * L_max * gamma, SHORT)
ERROR = {"compression": (1 + b) * gamma**2 * (1 + 1 / t) * omega * sigma_star2 / n}
SPARSE = at_least(n, s, "no more workers share a coordinate than there are")
CONSTANTS: Sequence[Parameter] = (OMEGA, WORKERS, SPARSITY, SIGMA_STAR, DELAY)


def forms(charge: sp.Expr, given: Condition) -> list[Form]:
    """For every t, and for t = 1."""
    readable = {t: sp.S.One, W: carried.subs(t, 1), b: charge}
    return [
        Form("sharp", "every t", {W: carried, b: charge}, [given]),
        Form("readable", "t = 1", readable, [given]),
    ]


delayed_dcgd_strongly_convex = Theorem(
    "delayed-dcgd-strongly-convex",
    title="Stale compressed gradients on a strongly convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGD,
    assumes=[strong, workers, compressed],
    parameters=[L_MAX, STRONG, *CONSTANTS, GAMMA, D0, YOUNG],
    given=[
        SPARSE,
        WHOLE,
        at_least(s * L_max, n * mu, "f is smooth with constant s L_max/n, so mu is at most that"),
    ],
    step=Step(
        f,
        lyapunov=distance,
        measure=DISTANCE,
        unroll=WindowedGeometric(gamma * mu, b, spent, tau),
        error=ERROR,
        certificate=contracting,
        nonnegative=lambda state: Certificate(),
        given=[*TIED, NEAR, at_least(b * (1 - gamma * mu * tau), spent * tau)],
        start=from_distance,
    ),
    forms=forms(spent * tau / (1 - gamma * mu * tau), charged(W * L_max, W * L_max**2, n)),
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
        unroll=WindowedTelescoping(2 * gamma, b, spent, tau),
        error=ERROR,
        certificate=pulled,
        nonnegative=lambda state: Certificate(squares=[Square(sp.S.One, state.x - f.minimiser)]),
        given=[*TIED, at_least(b, spent * tau)],
        start=from_distance,
    ),
    forms=forms(spent * tau, STEP),
    example=EXAMPLE,
)

# -- the server compresses -------------------------------------------------------------------------

smooth, below, pl = Smooth(f, L), BoundedBelow(f), PolyakLojasiewicz(f, mu)
stale = StaleGradient(f, omega, tau)
drift = gamma * L**2 * tau / 2


def descending(step: Transition) -> Certificate:
    """Descent along a stale gradient, whose distance from the present one is paid for."""
    x = step.now.x
    old = f.gradient(stale.stale(x))
    length = (L / 2 + b) * gamma**2
    return Certificate(
        using=[
            (1, smooth.descent(x, step.next.x)),
            (gamma / 2, smooth.lipschitz(x, stale.stale(x))),
            (gamma * L**2 / 2, stale.staleness(x)),
            (length, stale.compression(x)),
        ],
        squares=[Square(gamma / 2 - length * (1 + omega), old)],
    )


def falling(step: Transition) -> Certificate:
    """The same, with the Polyak-Lojasiewicz inequality."""
    proof = descending(step)
    return replace(proof, using=[*proof.using, (gamma / 2, pl.pl(step.now.x))])


LENGTH = at_least(1, (L + 2 * b) * (1 + omega) * gamma, SHORT)

delayed_cgd_nonconvex = Theorem(
    "delayed-cgd-nonconvex",
    title="Stale gradients, compressed, on a smooth non-convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGD,
    assumes=[smooth, below, stale],
    parameters=[SMOOTHNESS, OMEGA, DELAY, GAMMA, DELTA],
    step=Step(
        f,
        lyapunov=lambda state: f.value(state.x) - f.infimum,
        measure=SQUARED_GRADIENT,
        unroll=WindowedTelescoping(gamma / 2, b, drift, tau),
        error={},
        certificate=descending,
        nonnegative=lambda state: Certificate(bounded=[(1, Gap(f, state.x))]),
        given=[LENGTH, at_least(b, drift * tau)],
        start=from_gap,
    ),
    forms=[Form("general", "every delay", {b: drift * tau}, [LENGTH])],
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
    parameters=[SMOOTHNESS, MU, OMEGA, DELAY, GAMMA, DELTA],
    given=[at_least(L, mu, "an L-smooth function has mu <= L"), WHOLE],
    step=Step(
        f,
        lyapunov=lambda state: f.value(state.x) - f.infimum,
        measure=GAP,
        unroll=WindowedGeometric(gamma * mu, b, drift, tau),
        error={},
        certificate=falling,
        nonnegative=lambda state: Certificate(),
        given=[LENGTH, NEAR, at_least(b), at_least(b * (1 - gamma * mu * tau), drift * tau)],
        start=from_gap,
    ),
    forms=[
        Form(
            "general",
            "every delay",
            {b: drift * tau / (1 - gamma * mu * tau)},
            [charged(L * (1 + omega), (1 + omega) * L**2)],
        )
    ],
    example=EXAMPLE,
)
