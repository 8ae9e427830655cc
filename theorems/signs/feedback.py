"""Error feedback, and steps along stochastic directions."""

from __future__ import annotations

import sympy as sp

from boundcalc.kernel import (
    Certificate,
    Expression,
    Gap,
    Square,
    State,
    Transition,
    at_least,
    exceeds,
    norm2,
)
from boundcalc.kernel.directions import Directions
from boundcalc.kernel.sampling import Compressed, Sampled, SecondMoment, StochasticDirections
from boundcalc.model.measures import GRADIENT_NORM, SQUARED_GRADIENT
from boundcalc.model.parameters import (
    BETA,
    DELTA,
    E0,
    GAMMA,
    NOISE_ABSOLUTE,
    POSITIVE,
    SMOOTHNESS,
    Domain,
    Parameter,
)
from numerics.sign_methods import EF_SIGNSGD, SSDM
from theorems.common import f, smooth
from theorems.signs.common import (
    DIMENSION,
    DISCRETISATION,
    FINITE_SUM,
    FIRST,
    WEIGHT,
    YOUNG,
    A,
    K,
    L,
    beta,
    d,
    gamma,
    near,
    positive,
    sigma2,
    sign_theorem,
    start,
    t,
    tracked,
    w,
)

G2 = Parameter(
    "G2", "G_2", "root of the second moment of a sample's gradient", POSITIVE, weaker="larger"
)
ALPHA = Parameter(
    "alpha",
    r"\alpha",
    "contraction of the compressor",
    Domain(sp.S.Zero, sp.S.One, lower_open=True),
    weaker="smaller",
)
G, alpha = G2.symbol, ALPHA.symbol

# -- error feedback ------------------------------------------------------------------------

moment = SecondMoment(f, G)
compressor = Compressed(alpha)


def behind(s: State) -> Expression:
    """Return the gap at the point where all that was kept back has been sent, and what that is."""
    return f.value(s.x - s.e) - f.infimum + A * norm2(s.e)


def returned(step: Transition) -> Certificate:
    """Descent along the point without the memory, which shrinks by what is sent."""
    now, x = step.now, step.now.x
    z, g = now.x - now.e, moment.estimate(x)
    kept = A * (1 - alpha)
    return Certificate(
        using=[
            (1, smooth.descent(z, step.next.x - step.next.e)),
            (L * gamma**2 / 2 + kept * (1 + 1 / t) * gamma**2, moment.moment(x)),
            (gamma / 2, smooth.lipschitz(z, x)),
            (A, compressor.contraction(gamma * g + now.e)),
        ],
        squares=[
            Square(gamma / 2, f.gradient(z)),
            Square(kept / t, t * now.e - gamma * g),
            Square(A - gamma * L**2 / 2 - kept * (1 + t), now.e),
        ],
    )


REMAINS = (1 - alpha) * (1 + t)

ef_signsgd = sign_theorem(
    "ef-signsgd",
    "Compressed descent with error feedback on a smooth non-convex objective",
    algorithm=EF_SIGNSGD,
    assumes=[moment, compressor],
    lemmas=[],
    parameters=[SMOOTHNESS, G2, ALPHA, GAMMA, DELTA, YOUNG],
    lyapunov=behind,
    nonnegative=lambda s: Certificate(squares=[Square(A, s.e)], bounded=[(1, Gap(f, s.x - s.e))]),
    measure=SQUARED_GRADIENT,
    decrease=gamma / 2,
    error={
        "discretisation": L * gamma**2 * G**2 / 2,
        "memory": A * (1 - alpha) * (1 + 1 / t) * gamma**2 * G**2,
    },
    certificate=returned,
    given=[at_least(A), at_least(A * (1 - REMAINS), gamma * L**2 / 2)],
    formulas={A: gamma * L**2 / (2 * (1 - REMAINS))},
    conditions=[exceeds(1, REMAINS, "the memory shrinks")],
    calls=K,
    example=FINITE_SUM,
)

# -- stochastic directions -------------------------------------------------------------------

sampled = Sampled(f, sigma2)
coins = StochasticDirections(d)
directions = Directions(w)


def steered(step: Transition) -> Certificate:
    """Descent along the direction of the average; its coins are right in the mean."""
    now, x, v = step.now, step.now.x, step.next.v
    off, drift = now.v - f.gradient(now.x_prev), f.gradient(now.x_prev) - f.gradient(x)
    T = A + gamma / w
    kept = T * (1 - beta) ** 2
    return Certificate(
        using=[
            (1, smooth.descent(x, step.next.x)),
            (gamma, directions.directions(f.gradient(x), v)),
            (L * gamma**2 / 2, coins.length(v)),
            (T * beta**2, sampled.variance(x)),
            (kept * (1 + 1 / t), smooth.lipschitz(now.x_prev, x)),
            (kept * (1 + 1 / t) * L**2, near_by.holds(now)),
        ],
        squares=[Square(A - kept * (1 + t), off), Square(kept / t, t * off - drift)],
    )


near_by = near(lambda step: coins.length(step.next.v))
SHRINKS = (1 - beta) ** 2 * (1 + t)

ssdm = sign_theorem(
    "ssdm",
    "Stochastic sign descent with momentum on a smooth non-convex objective",
    algorithm=SSDM,
    assumes=[sampled, coins],
    lemmas=[directions],
    parameters=[SMOOTHNESS, NOISE_ABSOLUTE, DIMENSION, GAMMA, BETA, DELTA, E0, WEIGHT, YOUNG],
    lyapunov=tracked,
    nonnegative=positive,
    remembers={"x_prev": "x"},
    measure=GRADIENT_NORM,
    error={
        "discretisation": DISCRETISATION,
        "drift": (A + gamma / w) * (1 - beta) ** 2 * (1 + 1 / t) * L**2 * gamma**2 * d,
        "directions": gamma * w,
        "noise": (A + gamma / w) * beta**2 * sigma2,
    },
    certificate=steered,
    invariants=[near_by],
    given=[at_least(A), at_least(A, (A + gamma / w) * SHRINKS)],
    start=start,
    formulas={A: gamma * SHRINKS / (w * (1 - SHRINKS))},
    conditions=[exceeds(1, SHRINKS, "the average forgets its error faster than it drifts")],
    calls=FIRST + K,
)
