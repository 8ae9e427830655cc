"""Workers vote by stochastic signs; the mean of the votes tells the mean of what they hold.

Given what the workers hold, ``R`` times the mean vote is unbiased for the mean of it, with a
variance of at most ``R^2/n`` in every coordinate: the sign of it is wrong with a small probability.
Where the server tosses its coins, too, its step is right in the mean, and no sign costs anything.
"""

from __future__ import annotations

import sympy as sp

from boundcalc.kernel import (
    Certificate,
    Square,
    Transition,
)
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.kernel.votes import Voters
from boundcalc.model.measures import SQUARED_GRADIENT
from boundcalc.model.parameters import (
    DELTA,
    GAMMA,
    POSITIVE,
    SMOOTHNESS,
    Parameter,
)
from numerics.vote_methods import (
    STO_SIGNSGD,
    STO_SIGNSGD_RANDOMISED,
)
from theorems.common import f, smooth
from theorems.signs.common import (
    DIMENSION,
    DISCRETISATION,
    ONE_OR_MORE,
    WEIGHT,
    WORKERS_SUM,
    K,
    L,
    d,
    gamma,
    sign_theorem,
    w,
)

WORKERS = Parameter("n", "n", "workers", ONE_OR_MORE, whole=True, typical=sp.Integer(10))
RADIUS = Parameter(
    "R", "R", "bound of the coordinates of the workers' gradients, and radius of their signs",
    POSITIVE, weaker="larger",
)  # fmt: skip
n, R = WORKERS.symbol, RADIUS.symbol

unbiased = SignLemmas(d, w, radius=R)

# -- votes on the gradients ------------------------------------------------------------------

plain = Voters(f, n, d, R)


def by_majority(step: Transition) -> Certificate:
    """Return the mean vote is unbiased: half the price of a sign."""
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
    """Return the step is the gradient over R in the mean."""
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
