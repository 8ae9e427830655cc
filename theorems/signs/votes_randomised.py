"""Workers vote on variance-reduced gradients, and the server tosses its coins, too.

The estimates are cut to the cube that holds the workers' gradients, which brings them no farther
from these; the step is then the mean estimate over R in the mean, and no sign costs anything.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from boundcalc.kernel import (
    Certificate,
    Expression,
    Gap,
    Square,
    Start,
    State,
    Transition,
    at_least,
    norm2,
)
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.votes import Voters
from boundcalc.model.measures import SQUARED_GRADIENT
from boundcalc.model.parameters import (
    BETA,
    DELTA,
    E0_LOCAL,
    GAMMA,
    NOISE_ABSOLUTE,
    SMOOTHNESS,
    Domain,
    Parameter,
)
from numerics.vote_methods import (
    SSVR_MAJORITY_RANDOMISED,
)
from theorems.common import f, gap, smooth
from theorems.common import start as sgd_start
from theorems.signs.common import (
    DIMENSION,
    DISCRETISATION,
    L_AVG,
    WORKERS_SUM,
    YOUNG,
    A,
    K,
    L,
    L_avg,
    beta,
    d,
    gamma,
    near,
    sigma2,
    sign_theorem,
    t,
)
from theorems.signs.votes import RADIUS, WORKERS, R, n
from theorems.signs.votes_averaged import change

SHARE = Parameter(
    "share", "q", "weight of Young's inequality for the mean error",
    Domain(sp.S.Zero, sp.Integer(2), lower_open=True, upper_open=True), role="free",
)  # fmt: skip
q = SHARE.symbol

projectors = Voters(f, n, d, R, bounded="gradients", sigma2=sigma2, L_avg=L_avg)


def apart(s: State) -> Expression:
    """Return the gap, and the error of a worker's estimate in the mean over the workers."""
    return gap(s) + A * norm2(s.v - projectors.local(s.x_prev))


def start_apart(first: Start) -> Mapping[sp.Symbol, Expression]:
    """Return what Delta and E0_local stand for."""
    return {**sgd_start(first), E0_LOCAL.symbol: norm2(first.error)}


def on_projected(step: Transition) -> Certificate:
    """Return the step is the mean estimate over R in the mean, whose error Young's inequality
    parts.
    """
    now, x, before, v = step.now, step.now.x, step.now.x_prev, step.next.v
    sent = projectors.stochastic_signs(v, R)
    served = projectors.stochastic_signs(sent.mean(), sp.S.One)
    raw = projectors.estimate(x) + (1 - beta) * (now.v - projectors.estimate(before))
    changed, new = change(step, projectors)
    mean_off = v.mean() - f.gradient(x)
    T = A + gamma / (2 * R * q)
    kept = T * (1 + t) * (1 - beta) ** 2
    return Certificate(
        using=[
            (1, smooth.descent(x, step.next.x)),
            (L * gamma**2 / 2, projectors.length(served)),
            (gamma / (2 * R * q), projectors.jensen(v - projectors.local(x))),
            (T, projectors.projection(raw, v, x)),
            (kept, projectors.mean_square(x, before)),
            (T * (1 + 1 / t) * beta**2, projectors.variance(x)),
            (kept * L_avg**2, near_projected.holds(now)),
        ],
        squares=[
            Square(gamma * q / (2 * R), f.gradient(x) + mean_off / q),
            Square(A - T * (1 - beta) ** 2, now.v - projectors.local(before)),
            Square(T / t, t * changed - new),
            Square(kept, projectors.local(x) - projectors.local(before)),
        ],
    )


def served_length(step: Transition) -> Instance:
    """Return the bound of the squared norm of the server's signs."""
    sent = projectors.stochastic_signs(step.next.v, R)
    return projectors.length(projectors.stochastic_signs(sent.mean(), sp.S.One))


near_projected = near(served_length)


def projected_within(step: Transition) -> list[Certificate]:
    """Projections are within R, and a mean of signs within 1."""
    sent = projectors.stochastic_signs(step.next.v, R)
    return [
        Certificate(using=[(1, projectors.cube(step.next.v))]),
        Certificate(using=[(1, projectors.vote(sent))]),
    ]


ssvr_majority_randomised = sign_theorem(
    "ssvr-majority-randomised",
    "Randomised vote on variance-reduced gradients on a smooth non-convex objective",
    algorithm=SSVR_MAJORITY_RANDOMISED,
    assumes=[projectors],
    lemmas=[],
    parameters=[
        *(SMOOTHNESS, L_AVG, NOISE_ABSOLUTE, DIMENSION, WORKERS, RADIUS, GAMMA, BETA, DELTA),
        *(E0_LOCAL, SHARE, YOUNG),
    ],
    constants=[at_least(L_avg, L, "f is as smooth as its samples in the mean")],
    lyapunov=apart,
    nonnegative=lambda s: Certificate(
        squares=[Square(A, s.v - projectors.local(s.x_prev))], bounded=[(1, Gap(f, s.x))]
    ),
    measure=SQUARED_GRADIENT,
    decrease=gamma * (1 - q / 2) / R,
    error={
        "discretisation": DISCRETISATION,
        "drift": (A + gamma / (2 * R * q)) * (1 - beta) ** 2 * (1 + t) * L_avg**2 * gamma**2 * d,
        "noise": (A + gamma / (2 * R * q)) * beta**2 * (1 + 1 / t) * sigma2,
    },
    certificate=on_projected,
    invariants=[near_projected],
    within=projected_within,
    given=[at_least(A), at_least(A, (A + gamma / (2 * R * q)) * (1 - beta) ** 2)],
    start=start_apart,
    formulas={A: gamma * (1 - beta) ** 2 / (2 * R * q * beta * (2 - beta))},
    calls=sigma2 / E0_LOCAL.symbol + 2 * K,
    example=WORKERS_SUM,
)
