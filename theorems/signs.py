"""Steps along the signs of an estimate: signSGD, with momentum, and with variance reduction.

Methods, settings and rates: Jiang, Yang, Yang, Zhang, "Efficient Sign-Based Optimization:
Accelerating Convergence via Variance Reduction", NeurIPS 2024 (arXiv:2406.00489). The constants are
derived here: a weight ``w`` in the coordinate lemma, free for the proof, takes the place of the
roots that the papers take of the error's mean square, and is best chosen to make them.
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
    Telescoping,
    Transition,
    at_least,
    exceeds,
    norm2,
)
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.sampling import Sampled
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.model import GRADIENT_1NORM, Example, Form, Source, Step, Theorem
from boundcalc.parameters import (
    BETA,
    DELTA,
    E0,
    GAMMA,
    ITERATIONS,
    NOISE_ABSOLUTE,
    POSITIVE,
    SMOOTHNESS,
    Domain,
    Parameter,
)
from numerics.algorithms import SIGN_MOMENTUM, SIGN_SGD, SSVR
from theorems.sgd import below, f, gap, smooth
from theorems.sgd import start as sgd_start

FAMILY = "sign-based methods"
SOURCE = Source(
    "jiang2024",
    "W. Jiang, S. Yang, W. Yang, L. Zhang",
    "Efficient Sign-Based Optimization: Accelerating Convergence via Variance Reduction",
    "NeurIPS 2024, arXiv:2406.00489",
    2024,
)
NOTE = "Method, setting and rate as in the paper; the constants are derived here."

ONE_OR_MORE = Domain(sp.S.One, None)
DIMENSION = Parameter("d", "d", "dimension", ONE_OR_MORE, whole=True, typical=sp.Integer(100))
L_AVG = Parameter(
    "L_avg", r"L_{\mathrm{avg}}", "mean-square smoothness of the samples", POSITIVE,
    weaker="larger",
)  # fmt: skip
BATCH = Parameter("batch", "b", "size of a batch", ONE_OR_MORE, role="algorithm", whole=True)
WEIGHT = Parameter("weight", "w", "price of a sign, per coordinate", POSITIVE, role="free")
YOUNG = Parameter("young", "t", "weight of Young's inequality", POSITIVE, role="free")

L, gamma, beta, sigma2 = SMOOTHNESS.symbol, GAMMA.symbol, BETA.symbol, NOISE_ABSOLUTE.symbol
d, L_avg, b, w, t = (p.symbol for p in (DIMENSION, L_AVG, BATCH, WEIGHT, YOUNG))
A = sp.Symbol("A", real=True)  # weight of the estimate's error in the Lyapunov function

FIRST = sigma2 / E0.symbol  # samples in the batch of the first estimate

signs = SignLemmas(d, w)
batched = Sampled(f, sigma2, batch=b)
sampled = Sampled(f, sigma2)
reduced = Sampled(f, sigma2, L_avg)


def start(first: Start) -> Mapping[sp.Symbol, Expression]:
    """What Delta and E0 stand for."""
    return {**sgd_start(first), E0.symbol: norm2(first.error)}


def error(s: State) -> Expression:
    """The squared error of the estimate."""
    return norm2(s.v - f.gradient(s.x))


def tracked(s: State) -> Expression:
    """The gap, and the error of what is stepped along."""
    return gap(s) + A * error(s)


def positive(s: State) -> Certificate:
    """Why the Lyapunov function is not negative."""
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


# The problem on which the theorems of section 3 are tried, with noise and no bias.
EXAMPLE = Example(
    problem="quadratic",
    options={"dimension": 10, "spectrum": "two-point", "mu": 0.5},
    values={"sigma2": sp.Rational(1, 100), "beta": sp.Rational(1, 10), "batch": sp.S.One},
    bias="none",
    noise="gaussian",
    iterations=3000,
    trials=500,
)

signsgd = Theorem(
    "signsgd",
    title="Sign descent on a smooth non-convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SIGN_SGD,
    assumes=[smooth, below, batched],
    lemmas=[signs],
    parameters=[SMOOTHNESS, NOISE_ABSOLUTE, DIMENSION, GAMMA, BATCH, DELTA, WEIGHT],
    step=Step(
        f,
        lyapunov=gap,
        measure=GRADIENT_1NORM,
        unroll=Telescoping(gamma),
        error={
            "discretisation": L * gamma**2 * d / 2,
            "noise": gamma * (d * w + sigma2 / (b * w)) / 2,
        },
        certificate=certificate,
        nonnegative=lambda s: Certificate(bounded=[(1, Gap(f, s.x))]),
        given=[],
        start=sgd_start,
    ),
    forms=[Form("general", "every weight", {}, [])],
    calls=b * ITERATIONS.symbol,
    example=EXAMPLE,
)


# -- with momentum -------------------------------------------------------------------------


def stepped(step: Transition, drift: sp.Expr) -> list[tuple[sp.Expr, Instance]]:
    """What a step along the signs of an estimate costs; ``drift`` is paid for its length, too."""
    x, v = step.now.x, step.now.v
    return [
        (sp.S.One, smooth.descent(x, step.next.x)),
        (gamma, signs.signs(f.gradient(x), v)),
        (L * gamma**2 / 2 + drift * gamma**2, signs.length(v)),
    ]


def averaged(step: Transition) -> Certificate:
    """The average forgets a part of its error, and the gradient drifts by the length of a step."""
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

signsgd_momentum = Theorem(
    "signsgd-momentum",
    title="Sign descent with momentum on a smooth non-convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    aliases=["signum", "signsgd-sim"],
    algorithm=SIGN_MOMENTUM,
    assumes=[smooth, below, sampled],
    lemmas=[signs],
    parameters=[SMOOTHNESS, NOISE_ABSOLUTE, DIMENSION, GAMMA, BETA, DELTA, E0, WEIGHT, YOUNG],
    step=Step(
        f,
        lyapunov=tracked,
        measure=GRADIENT_1NORM,
        unroll=Telescoping(gamma),
        error={
            "discretisation": L * gamma**2 * d / 2,
            "drift": A * (1 - beta) ** 2 * (1 + 1 / t) * L**2 * gamma**2 * d,
            "signs": gamma * d * w,
            "noise": A * beta**2 * sigma2,
        },
        certificate=averaged,
        nonnegative=positive,
        given=MOMENTUM_GIVEN,
        start=start,
    ),
    forms=[
        Form(
            "general",
            "every weight",
            {A: gamma / (w * (1 - SHRINKS))},
            [exceeds(1, SHRINKS, "the average forgets its error faster than it drifts")],
        )
    ],
    calls=FIRST + ITERATIONS.symbol,
    example=EXAMPLE,
)


# -- with variance reduction ------------------------------------------------------------------


def corrected(step: Transition) -> Certificate:
    """The error of the estimate shrinks; what is added is the change of one sample's gradient."""
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


ssvr = Theorem(
    "ssvr",
    title="Sign descent with variance reduction on a smooth non-convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SSVR,
    assumes=[smooth, below, reduced],
    lemmas=[signs],
    parameters=[
        *(SMOOTHNESS, L_AVG, NOISE_ABSOLUTE, DIMENSION, GAMMA, BETA, DELTA, E0, WEIGHT, YOUNG)
    ],
    given=[at_least(L_AVG.symbol, L, "f is as smooth as its samples in the mean")],
    step=Step(
        f,
        lyapunov=tracked,
        measure=GRADIENT_1NORM,
        unroll=Telescoping(gamma),
        error={
            "discretisation": L * gamma**2 * d / 2,
            "drift": A * (1 - beta) ** 2 * (1 + t) * L_avg**2 * gamma**2 * d,
            "signs": gamma * d * w,
            "noise": A * beta**2 * (1 + 1 / t) * sigma2,
        },
        certificate=corrected,
        nonnegative=positive,
        given=[at_least(A), at_least(A * beta * (2 - beta), gamma / w)],
        start=start,
    ),
    forms=[Form("general", "every weight", {A: gamma / (w * beta * (2 - beta))}, [])],
    calls=FIRST + 2 * ITERATIONS.symbol,
    example=EXAMPLE,
)
