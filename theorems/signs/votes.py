"""Workers vote by stochastic signs; the mean of the votes tells the mean of what they hold.

Given what the workers hold, ``R`` times the mean vote is unbiased for the mean of it, with a
variance of at most ``R^2/n`` in every coordinate: the sign of it is wrong with a small probability.
Where the server tosses its coins, too, its step is right in the mean, and no sign costs anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sympy as sp

from boundcalc.kernel import (
    Certificate,
    Expression,
    Gap,
    Square,
    Start,
    State,
    Transition,
    Vector,
    at_least,
    exceeds,
    norm2,
)
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.cycles import Invariant
from boundcalc.kernel.norms import Norms
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.kernel.votes import Voters
from boundcalc.model import SQUARED_GRADIENT
from boundcalc.parameters import (
    BETA,
    DELTA,
    E0,
    E0_LOCAL,
    GAMMA,
    NOISE_ABSOLUTE,
    POSITIVE,
    SMOOTHNESS,
    Domain,
    Parameter,
)
from numerics.vote_methods import (
    MV_SIGNSGD_MOMENTUM,
    SSVR_MAJORITY,
    SSVR_MAJORITY_RANDOMISED,
    STO_SIGNSGD,
    STO_SIGNSGD_RANDOMISED,
)
from theorems.sgd import f, gap, smooth
from theorems.sgd import start as sgd_start
from theorems.signs.common import (
    DIMENSION,
    DISCRETISATION,
    L_AVG,
    ONE_OR_MORE,
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

WORKERS = Parameter("n", "n", "workers", ONE_OR_MORE, whole=True, typical=sp.Integer(10))
RADIUS = Parameter(
    "R", "R", "bound of the coordinates of the workers' gradients, and radius of their signs",
    POSITIVE, weaker="larger",
)  # fmt: skip
BOUND = Parameter(
    "G", "G", "bound of the coordinates of the stochastic gradients", POSITIVE, weaker="larger"
)
WIDER = Parameter(
    "R", "R", "radius of the stochastic signs", POSITIVE, role="algorithm",
    derived=BOUND.symbol * (2 - beta) / beta,
)  # fmt: skip
SHARE = Parameter(
    "share", "q", "weight of Young's inequality for the mean error",
    Domain(sp.S.Zero, sp.Integer(2), lower_open=True, upper_open=True), role="free",
)  # fmt: skip
n, R, G, q = WORKERS.symbol, RADIUS.symbol, BOUND.symbol, SHARE.symbol

unbiased = SignLemmas(d, w, radius=R)
voted = SignLemmas(d, w, u, R)
norms = Norms((1 - beta, beta))

# -- votes on the gradients ------------------------------------------------------------------

plain = Voters(f, n, d, R)


def by_majority(step: Transition) -> Certificate:
    """The mean vote is unbiased: half the price of a sign."""
    x = step.now.x
    sent = plain.stochastic_signs(plain.estimate(x), R)
    off = plain.noise(x) + R * plain.coins(plain.estimate(x), R)
    paid = gamma / (2 * w)
    return Certificate(
        using=[
            (1, smooth.descent(x, step.next.x)),
            (gamma, unbiased.unbiased(f.gradient(x), sent.mean())),
            (L * gamma**2 / 2, unbiased.length(sent.mean())),
            (paid, plain.independence(off)),
            (paid * R**2 / n, plain.length(sent)),
        ],
        squares=[Square(paid / n, plain.local(x))],
    )


sto_signsgd = sign_theorem(
    "sto-signsgd",
    "Majority vote by stochastic signs on a smooth non-convex objective",
    algorithm=STO_SIGNSGD,
    assumes=[plain],
    lemmas=[unbiased],
    parameters=[SMOOTHNESS, DIMENSION, WORKERS, RADIUS, GAMMA, DELTA, WEIGHT],
    error={
        "discretisation": DISCRETISATION,
        "votes": gamma * (d * w + R**2 * d / (n * w)) / 2,
    },
    certificate=by_majority,
    within=lambda step: [Certificate(using=[(1, plain.bound(step.now.x))])],
    calls=K,
    example=WORKERS_SUM,
)


def by_lot(step: Transition) -> Certificate:
    """The step is the gradient over R in the mean."""
    x = step.now.x
    sent = plain.stochastic_signs(plain.estimate(x), R)
    served = plain.stochastic_signs(sent.mean(), sp.S.One)
    return Certificate(
        using=[(1, smooth.descent(x, step.next.x)), (L * gamma**2 / 2, plain.length(served))]
    )


def lots_within(step: Transition) -> list[Certificate]:
    """Gradients are within R, and a mean of signs within 1."""
    sent = plain.stochastic_signs(plain.estimate(step.now.x), R)
    return [
        Certificate(using=[(1, plain.bound(step.now.x))]),
        Certificate(using=[(1, plain.vote(sent))]),
    ]


sto_signsgd_randomised = sign_theorem(
    "sto-signsgd-randomised",
    "Randomised vote by stochastic signs on a smooth non-convex objective",
    algorithm=STO_SIGNSGD_RANDOMISED,
    assumes=[plain],
    lemmas=[],
    parameters=[SMOOTHNESS, DIMENSION, WORKERS, RADIUS, GAMMA, DELTA],
    measure=SQUARED_GRADIENT,
    decrease=gamma / R,
    error={"discretisation": DISCRETISATION},
    certificate=by_lot,
    within=lots_within,
    calls=K,
    example=WORKERS_SUM,
)

# -- votes on averages -------------------------------------------------------------------------


def of_votes(step: Transition, voters: Voters) -> list[tuple[sp.Expr, Instance]]:
    """What a step by the majority costs, beside the error of the mean that is voted on."""
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
    """The mean of the averages forgets a part of its error, and has an n-th of the noise."""
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


def voted_length(step: Transition) -> Instance:
    """The bound of the squared norm of a step of signs."""
    return voted.length((step.next.v / R + averagers.coins(step.next.v, R)).mean())


near_votes = near(voted_length)


def average_bounded(step: Transition, position: sp.Expr) -> Certificate:
    """An average of bounded vectors is bounded."""
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
    """As the workers' first estimates are."""
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
    """The error of the change of a sample's gradient, and what a new sample adds, by beta."""
    x, before = step.now.x, step.now.x_prev
    return (1 - beta) * (voters.noise(x) - voters.noise(before)), beta * voters.noise(x)


def on_reduced(step: Transition) -> Certificate:
    """The mean of the estimates' errors shrinks; what is added is an n-th of a worker's."""
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


near_reduced = near(voted_length)
reduced_norms = Norms((1 - beta,))


def reduced_bounded(step: Transition, position: sp.Expr) -> Certificate:
    """A step keeps a part of the estimate and adds bounded gradients: R beta >= G (2 - beta)."""
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
    """As the workers' first estimates are, by G and so by R."""
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

# -- and randomised -------------------------------------------------------------------------------

projectors = Voters(f, n, d, R, bounded="gradients", sigma2=sigma2, L_avg=L_avg)


def apart(s: State) -> Expression:
    """The gap, and the error of a worker's estimate in the mean over the workers."""
    return gap(s) + A * norm2(s.v - projectors.local(s.x_prev))


def start_apart(first: Start) -> Mapping[sp.Symbol, Expression]:
    """What Delta and E0_local stand for."""
    return {**sgd_start(first), E0_LOCAL.symbol: norm2(first.error)}


def on_projected(step: Transition) -> Certificate:
    """The step is the mean estimate over R in the mean, whose error Young's inequality parts."""
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
    """The bound of the squared norm of the server's signs."""
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
