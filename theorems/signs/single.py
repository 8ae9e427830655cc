"""Steps along the signs of an estimate: signSGD, with momentum, and with variance reduction.

A weight ``w`` in the coordinate lemma, free for the proof, takes the place of the roots that the
papers take of the error's mean square, and is best chosen to make them.
"""

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
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.sampling import Sampled
from boundcalc.model.parameters import BETA, DELTA, E0, GAMMA, NOISE_ABSOLUTE, SMOOTHNESS, Parameter
from numerics.sign_methods import SIGN_MOMENTUM, SIGN_SGD, SSVR
from theorems.common import f, gap, smooth
from theorems.signs.common import (
    DIMENSION,
    DISCRETISATION,
    FIRST,
    L_AVG,
    ONE_OR_MORE,
    WEIGHT,
    YOUNG,
    A,
    K,
    L,
    L_avg,
    beta,
    d,
    gamma,
    sigma2,
    sign_theorem,
    signs,
    start,
    t,
    w,
)

BATCH = Parameter("batch", "b", "size of a batch", ONE_OR_MORE, role="algorithm", whole=True)
b = BATCH.symbol

batched = Sampled(f, sigma2, batch=b)
sampled = Sampled(f, sigma2)
reduced = Sampled(f, sigma2, L_avg)


def tracked(s: State) -> Expression:
    """Return the gap, and the error of what is stepped along."""
    return gap(s) + A * norm2(s.v - f.gradient(s.x))


def positive(s: State) -> Certificate:
    """Return why the Lyapunov function is not negative."""
    return Certificate(squares=[Square(A, s.v - f.gradient(s.x))], bounded=[(1, Gap(f, s.x))])


# -- signSGD -----------------------------------------------------------------------------


def certificate(step: Transition) -> Certificate:
    """Descent, the length of a step, and the price of a sign that is right in the mean."""
    x = step.now.x
    g, drawn = f.gradient(x), batched.estimate(x)
    return Certificate(
        using=[
            (1, smooth.descent(x, step.next.x)),
            (gamma, signs.unbiased(g, drawn)),
            (L * gamma**2 / 2, signs.length(drawn)),
            (gamma / (2 * w), batched.variance(x)),
        ]
    )


signsgd = sign_theorem(
    "signsgd",
    "Sign descent on a smooth non-convex objective",
    algorithm=SIGN_SGD,
    assumes=[batched],
    parameters=[SMOOTHNESS, NOISE_ABSOLUTE, DIMENSION, GAMMA, BATCH, DELTA, WEIGHT],
    error={
        "discretisation": DISCRETISATION,
        "noise": gamma * (d * w + sigma2 / (b * w)) / 2,
    },
    certificate=certificate,
    calls=b * K,
)


# -- with momentum -------------------------------------------------------------------------


def stepped(step: Transition, drift: sp.Expr) -> list[tuple[sp.Expr, Instance]]:
    """Return what a step along the signs of an estimate costs; ``drift`` is paid for its length,
    too.
    """
    x, v = step.now.x, step.now.v
    return [
        (sp.S.One, smooth.descent(x, step.next.x)),
        (gamma, signs.signs(f.gradient(x), v)),
        (L * gamma**2 / 2 + drift * gamma**2, signs.length(v)),
    ]


def averaged(step: Transition) -> Certificate:
    """Return the average forgets a part of its error, and the gradient drifts by the length of a
    step.
    """
    x, following = step.now.x, step.next.x
    off = step.now.v - f.gradient(x)
    drift = f.gradient(x) - f.gradient(following)
    kept = A * (1 - beta) ** 2
    return Certificate(
        using=[
            *stepped(step, kept * (1 + 1 / t) * L**2),
            (kept * (1 + 1 / t), smooth.lipschitz(x, following)),
            (A * beta**2, sampled.variance(following)),
        ],
        squares=[
            Square(A - gamma / w - kept * (1 + t), off),
            Square(kept / t, t * off - drift),
        ],
    )


SHRINKS = (1 - beta) ** 2 * (1 + t)
MOMENTUM_GIVEN = (at_least(A), at_least(A * (1 - SHRINKS), gamma / w))

signsgd_momentum = sign_theorem(
    "signsgd-momentum",
    "Sign descent with momentum on a smooth non-convex objective",
    aliases=["signum", "signsgd-sim"],
    algorithm=SIGN_MOMENTUM,
    assumes=[sampled],
    parameters=[SMOOTHNESS, NOISE_ABSOLUTE, DIMENSION, GAMMA, BETA, DELTA, E0, WEIGHT, YOUNG],
    lyapunov=tracked,
    error={
        "discretisation": DISCRETISATION,
        "drift": A * (1 - beta) ** 2 * (1 + 1 / t) * L**2 * gamma**2 * d,
        "signs": gamma * d * w,
        "noise": A * beta**2 * sigma2,
    },
    certificate=averaged,
    nonnegative=positive,
    given=MOMENTUM_GIVEN,
    start=start,
    formulas={A: gamma / (w * (1 - SHRINKS))},
    conditions=[exceeds(1, SHRINKS, "the average forgets its error faster than it drifts")],
    calls=FIRST + K,
)


# -- with variance reduction ------------------------------------------------------------------


def corrected(step: Transition) -> Certificate:
    """Return the error of the estimate shrinks; what is added is the change of one sample's
    gradient.
    """
    x, following = step.now.x, step.next.x
    off = step.now.v - f.gradient(x)
    drift = f.gradient(x) - f.gradient(following)
    change = reduced.error(following) - reduced.error(x)
    kept = A * (1 - beta) ** 2
    return Certificate(
        using=[
            *stepped(step, kept * (1 + t) * L_avg**2),
            (kept * (1 + t), reduced.mean_square(x, following)),
            (A * beta**2 * (1 + 1 / t), reduced.variance(following)),
        ],
        squares=[
            Square(A - gamma / w - kept, off),
            Square(kept * (1 + t), drift),
            Square(A / t, t * (1 - beta) * change - beta * reduced.error(following)),
        ],
    )


ssvr = sign_theorem(
    "ssvr",
    "Sign descent with variance reduction on a smooth non-convex objective",
    algorithm=SSVR,
    assumes=[reduced],
    parameters=[
        *(SMOOTHNESS, L_AVG, NOISE_ABSOLUTE, DIMENSION, GAMMA, BETA, DELTA, E0, WEIGHT, YOUNG)
    ],
    constants=[at_least(L_avg, L, "f is as smooth as its samples in the mean")],
    lyapunov=tracked,
    error={
        "discretisation": DISCRETISATION,
        "drift": A * (1 - beta) ** 2 * (1 + t) * L_avg**2 * gamma**2 * d,
        "signs": gamma * d * w,
        "noise": A * beta**2 * (1 + 1 / t) * sigma2,
    },
    certificate=corrected,
    nonnegative=positive,
    given=[at_least(A), at_least(A * beta * (2 - beta), gamma / w)],
    start=start,
    formulas={A: gamma / (w * beta * (2 - beta))},
    calls=FIRST + 2 * K,
)
