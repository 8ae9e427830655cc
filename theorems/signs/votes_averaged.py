"""Workers vote on what they have averaged: on their momentum, or on variance-reduced gradients.

The mean vote has two errors: that of its own coins, with half the price of a sign since they are
right in the mean, and that of the mean of what is voted on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from boundcalc.kernel import (
    Certificate,
    Square,
    Start,
    Transition,
    Vector,
    at_least,
    exceeds,
)
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.cycles import Invariant
from boundcalc.kernel.norms import Norms
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.kernel.votes import Voters
from boundcalc.model.parameters import (
    BETA,
    DELTA,
    E0,
    GAMMA,
    NOISE_ABSOLUTE,
    POSITIVE,
    SMOOTHNESS,
    Parameter,
)
from numerics.vote_methods import (
    MV_SIGNSGD_MOMENTUM,
    SSVR_MAJORITY,
)
from theorems.common import f, smooth
from theorems.signs.common import (
    DIMENSION,
    DISCRETISATION,
    L_AVG,
    SECOND_WEIGHT,
    WEIGHT,
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
    positive,
    sigma2,
    sign_theorem,
    start,
    t,
    tracked,
    u,
    w,
)
from theorems.signs.votes import RADIUS, WORKERS, R, n

BOUND = Parameter(
    "G", "G", "bound of the coordinates of the stochastic gradients", POSITIVE, weaker="larger"
)
WIDER = Parameter(
    "R", "R", "radius of the stochastic signs", POSITIVE, role="algorithm",
    derived=BOUND.symbol * (2 - beta) / beta,
)  # fmt: skip
G = BOUND.symbol

voted = SignLemmas(d, w, u, R)
norms = Norms((1 - beta, beta))

# -- votes on averages -------------------------------------------------------------------------


def of_votes(step: Transition, voters: Voters) -> list[tuple[sp.Expr, Instance]]:
    """Return what a step by the majority costs, beside the error of the mean that is voted on."""
    x, v = step.now.x, step.next.v
    sent = voters.stochastic_signs(v, R)
    return [
        (sp.S.One, smooth.descent(x, step.next.x)),
        (gamma, voted.voted(f.gradient(x), v.mean(), sent.mean())),
        (L * gamma**2 / 2, voted.length(sent.mean())),
        (gamma / (2 * w), voters.independence(R * voters.coins(v, R))),
        (gamma * R**2 / (2 * w * n), voters.length(sent)),
    ]


VOTES = gamma * (d * w + R**2 * d / (n * w)) / 2
FIRST = sigma2 / (n * E0.symbol)  # samples of a worker in the batch of its first estimate

averagers = Voters(f, n, d, R, sigma2=sigma2)


def on_momentum(step: Transition) -> Certificate:
    """Return the mean of the averages forgets a part of its error, and has an n-th of the noise."""
    now, x, v = step.now, step.now.x, step.next.v
    off, drift = now.v.mean() - f.gradient(now.x_prev), f.gradient(now.x_prev) - f.gradient(x)
    T = A + gamma / u
    kept = T * (1 - beta) ** 2
    return Certificate(
        using=[
            *of_votes(step, averagers),
            (T * beta**2, averagers.independence(averagers.noise(x))),
            (T * beta**2 / n, averagers.variance(x)),
            (kept * (1 + 1 / t), smooth.lipschitz(now.x_prev, x)),
            (kept * (1 + 1 / t) * L**2, near_votes.holds(now)),
        ],
        squares=[
            Square(gamma / (2 * w * n), v),
            Square(A - kept * (1 + t), off),
            Square(kept / t, t * off - drift),
        ],
    )


def voted_length(voters: Voters) -> Callable[[Transition], Instance]:
    """Return what bounds the squared norm of a step by the signs of these voters' mean."""

    def length(step: Transition) -> Instance:
        return voted.length(voters.stochastic_signs(step.next.v, R).mean())

    return length


near_votes = near(voted_length(averagers))


def average_bounded(step: Transition, position: sp.Expr) -> Certificate:
    """Return an average of bounded vectors is bounded."""
    x, v = step.now.x, step.now.v
    new = averagers.estimate(x)
    return Certificate(
        using=[
            (1, norms.sup_triangle((1 - beta) * v, beta * new)),
            (1, norms.sup_scaled(v, (1 - beta) * v)),
            (1, norms.sup_scaled(new, beta * new)),
            (1 - beta, bounded_average.holds(step.now)),
            (beta, averagers.bound(x)),
        ]
    )


def first_bounded(first: Start) -> Certificate:
    """Start as the workers' first estimates are."""
    return Certificate(using=[(1, averagers.first_bound(first.x, first.error))])


bounded_average = Invariant("sup", ("v",), R, kept=average_bounded, begun=first_bounded)

SHRINKS = (1 - beta) ** 2 * (1 + t)

mv_signsgd_momentum = sign_theorem(
    "mv-signsgd-momentum",
    "Majority vote on the workers' momentum on a smooth non-convex objective",
    algorithm=MV_SIGNSGD_MOMENTUM,
    assumes=[averagers],
    lemmas=[voted, norms],
    parameters=[
        *(SMOOTHNESS, NOISE_ABSOLUTE, DIMENSION, WORKERS, RADIUS, GAMMA, BETA, DELTA, E0),
        *(WEIGHT, SECOND_WEIGHT, YOUNG),
    ],
    lyapunov=tracked,
    nonnegative=positive,
    remembers={"x_prev": "x"},
    error={
        "discretisation": DISCRETISATION,
        "votes": VOTES,
        "drift": (A + gamma / u) * (1 - beta) ** 2 * (1 + 1 / t) * L**2 * gamma**2 * d,
        "signs": gamma * d * u,
        "noise": (A + gamma / u) * beta**2 * sigma2 / n,
    },
    certificate=on_momentum,
    invariants=[near_votes, bounded_average],
    within=lambda step: [average_bounded(step, sp.S.Zero)],
    given=[at_least(A), at_least(A, (A + gamma / u) * SHRINKS)],
    start=start,
    formulas={A: gamma * SHRINKS / (u * (1 - SHRINKS))},
    conditions=[exceeds(1, SHRINKS, "the average forgets its error faster than it drifts")],
    calls=FIRST + K,
    example=WORKERS_SUM,
)

# -- votes on variance-reduced estimates -----------------------------------------------------------

reducers = Voters(f, n, d, G, sigma2=sigma2, L_avg=L_avg)


def change(step: Transition, voters: Voters) -> tuple[Vector, Vector]:
    """Return the error of the change of a sample's gradient, and what a new sample adds, by
    beta.
    """
    x, before = step.now.x, step.now.x_prev
    return (1 - beta) * (voters.noise(x) - voters.noise(before)), beta * voters.noise(x)


def on_reduced(step: Transition) -> Certificate:
    """Return the mean of the estimates' errors shrinks; what is added is an n-th of a worker's."""
    now, x, v = step.now, step.now.x, step.next.v
    before = now.x_prev
    off = now.v.mean() - f.gradient(before)
    changed, new = change(step, reducers)
    T = A + gamma / u
    kept = T / n * (1 + t) * (1 - beta) ** 2
    return Certificate(
        using=[
            *of_votes(step, reducers),
            (T, reducers.independence(changed + new)),
            (kept, reducers.mean_square(x, before)),
            (T / n * (1 + 1 / t) * beta**2, reducers.variance(x)),
            (kept * L_avg**2, near_reduced.holds(now)),
        ],
        squares=[
            Square(gamma / (2 * w * n), v),
            Square(A - T * (1 - beta) ** 2, off),
            Square(T / (n * t), t * changed - new),
            Square(kept, reducers.local(x) - reducers.local(before)),
        ],
    )


near_reduced = near(voted_length(reducers))
reduced_norms = Norms((1 - beta,))


def reduced_bounded(step: Transition, position: sp.Expr) -> Certificate:
    """Return a step keeps a part of the estimate and adds bounded gradients: R beta >= G (2 -
    beta).
    """
    now, x, before = step.now, step.now.x, step.now.x_prev
    new, old = reducers.estimate(x), reducers.estimate(before)
    corrected = new - (1 - beta) * old
    return Certificate(
        using=[
            (1, reduced_norms.sup_triangle((1 - beta) * now.v, corrected)),
            (1, reduced_norms.sup_scaled(now.v, (1 - beta) * now.v)),
            (1, reduced_norms.sup_triangle(new, -(1 - beta) * old)),
            (1, reduced_norms.sup_scaled(old, -(1 - beta) * old)),
            (1 - beta, bounded_estimate.holds(now)),
            (1, reducers.bound(x)),
            (1 - beta, reducers.bound(before)),
        ]
    )


def first_estimate_bounded(first: Start) -> Certificate:
    """Start as the workers' first estimates are, by G and so by R."""
    return Certificate(using=[(1, reducers.first_bound(first.x, first.error))])


bounded_estimate = Invariant("sup", ("v",), R, kept=reduced_bounded, begun=first_estimate_bounded)

ssvr_majority = sign_theorem(
    "ssvr-majority",
    "Majority vote on variance-reduced gradients on a smooth non-convex objective",
    algorithm=SSVR_MAJORITY,
    assumes=[reducers],
    lemmas=[voted, reduced_norms],
    parameters=[
        *(SMOOTHNESS, L_AVG, NOISE_ABSOLUTE, DIMENSION, WORKERS, BOUND, GAMMA, BETA, WIDER),
        *(DELTA, E0, WEIGHT, SECOND_WEIGHT, YOUNG),
    ],
    constants=[
        at_least(L_avg, L, "f is as smooth as its samples in the mean"),
        at_least(R * beta, G * (2 - beta), "the radius holds what the workers send"),
    ],
    lyapunov=tracked,
    nonnegative=positive,
    error={
        "discretisation": DISCRETISATION,
        "votes": VOTES,
        "drift": (A + gamma / u) / n * (1 - beta) ** 2 * (1 + t) * L_avg**2 * gamma**2 * d,
        "signs": gamma * d * u,
        "noise": (A + gamma / u) / n * beta**2 * (1 + 1 / t) * sigma2,
    },
    certificate=on_reduced,
    invariants=[near_reduced, bounded_estimate],
    within=lambda step: [reduced_bounded(step, sp.S.Zero)],
    given=[at_least(A), at_least(A, (A + gamma / u) * (1 - beta) ** 2)],
    start=start,
    formulas={A: gamma * (1 - beta) ** 2 / (u * beta * (2 - beta))},
    calls=FIRST + 2 * K,
    # The radius that the messages need grows as 1/beta.
    example=replace(WORKERS_SUM, values={"beta": sp.Rational(1, 2)}),
)
