"""SGD under biased gradients.

Method, setting and rates: Beikmohammadi, Khirirat, Magnusson, "Parallel Momentum Methods Under
Biased Gradient Estimations", arXiv:2403.00853 (momentum with beta = 1). The constants are derived
here: the split of the estimate's error into bias and noise, and the free proof parameter, go beyond
the paper.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from boundcalc.kernel import (
    Certificate,
    Gap,
    Geometric,
    QuadraticForm,
    Square,
    Telescoping,
    Transition,
    at_least,
    exceeds,
)
from boundcalc.model.measures import GAP, SQUARED_GRADIENT
from boundcalc.model.parameters import (
    DELTA,
    GAMMA,
    MU,
    RHO,
    SMOOTHNESS,
    P,
)
from boundcalc.model.theorem import Example, Form, Source, Step, Theorem
from numerics.algorithms import SGD
from theorems.common import (
    MU_BELOW_L,
    ORACLE,
    B,
    C,
    L,
    M,
    below,
    f,
    gamma,
    gap,
    mu,
    oracle,
    p,
    pl,
    rho,
    sigma2,
    smooth,
    start,
)

FAMILY = "SGD and momentum under bias"
SOURCE = Source(
    "beikmohammadi2024",
    "A. Beikmohammadi, S. Khirirat, S. Magnússon",
    "Parallel Momentum Methods Under Biased Gradient Estimations",
    "arXiv:2403.00853",
    2024,
)
NOTE = "Method, setting and rate as in the paper; the constants are derived here."

STEP_LENGTH = "the step is short enough for the descent lemma"
LEFT_FOR_GRADIENT = "bias and noise leave something for the gradient"

# Auxiliary quantities. T: what the descent lends to the error; S: cost of the step's length; U, N:
# multipliers of bias and noise; c: what is left for the gradient.
T, S, U, N, c = sp.symbols("T S U N c", real=True)
left = c + U * B + N * M


def certificate(t: Transition) -> Certificate:
    """Descent, bias and noise, and a 2x2 form in the bias and the gradient."""
    x, g, b = t.now.x, f.gradient(t.now.x), oracle.bias(t.now.x)
    return Certificate(
        using=[
            (1, smooth.descent(x, t.next.x)),
            (U, oracle.bias_bound(x)),
            (N, oracle.noise_bound(x)),
        ],
        squares=[
            Square(S / gamma**2 - L / 2, t.next.x - x),
            Square(U - T, b),
            Square(N - S, oracle.noise(x)),
        ],
        forms=[QuadraticForm(b, g, T - S, gamma / 2 - S, gamma - S - left)],
    )


def contracting(decrease: Certificate, t: Transition) -> Certificate:
    """Return a certificate of a decrease ``c||g||^2`` made one of a contraction ``rho``, by PL."""
    return Certificate(
        using=[*decrease.using, (c, pl.pl(t.now.x))],
        squares=decrease.squares,
        forms=decrease.forms,
        bounded=[(2 * mu * c - rho, Gap(f, t.now.x))],
    )


GIVEN = (
    exceeds(T),
    at_least(S, gamma**2 * L / 2),
    at_least(T, S),
    at_least(U, T),
    at_least(N, S),
    at_least(gamma - S, left),
    at_least((T - S) * (gamma - S - left), (gamma / 2 - S) ** 2),
)
ERROR = {"bias": U * C, "noise": N * sigma2}

# In the sharp form c is the most that the 2x2 form allows; at p = 1 that is gamma/2 - ..., and the
# longest step is allowed too.
BASE = {S: gamma**2 * L / 2, U: T, N: S}
SHARP = {
    T: gamma / (2 * p),
    **BASE,
    c: gamma - S - (gamma / 2 - S) ** 2 / (T - S) - U * B - N * M,
}
READABLE = {p: sp.S.One, T: gamma / 2, **BASE, c: gamma / 2 - U * B - N * M}
LEFT = exceeds(c, 0, LEFT_FOR_GRADIENT)
SHORT, SHORT_OR_EQUAL = exceeds(T, S, STEP_LENGTH), at_least(gamma / 2, S, STEP_LENGTH)

# Two curvatures, a bias that opposes the gradient, and steps of a tenth: the bounds are near the
# truth here, and their residuals are in sight at the end.
EXAMPLE = Example(
    problem="quadratic",
    options={"dimension": 10, "spectrum": "two-point", "mu": 0.5},
    values={
        "gamma": sp.Rational(1, 10),
        "B": sp.Rational(1, 25),
        "C": sp.Rational(1, 100),
        "M": sp.Rational(1, 50),
        "sigma2": sp.Rational(1, 100),
    },
    bias="opposing",
    noise="gaussian",
    iterations=300,
    trials=2000,
)
LONGER = replace(EXAMPLE, iterations=3000, trials=1000)

sgd_nonconvex = Theorem(
    "sgd-nonconvex",
    title="SGD with a biased gradient on a smooth non-convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGD,
    assumes=[smooth, below, oracle],
    parameters=[SMOOTHNESS, *ORACLE, GAMMA, DELTA, P],
    step=Step(
        f,
        lyapunov=gap,
        measure=SQUARED_GRADIENT,
        unroll=Telescoping(c),
        error=ERROR,
        certificate=certificate,
        nonnegative=lambda s: Certificate(bounded=[(1, Gap(f, s.x))]),
        given=[*GIVEN, exceeds(c)],
        start=start,
    ),
    forms=[
        Form("sharp", "every p", SHARP, [SHORT, LEFT]),
        Form("readable", "p = 1", READABLE, [SHORT_OR_EQUAL, LEFT]),
    ],
    example=LONGER,
)

sgd_pl = Theorem(
    "sgd-pl",
    title="SGD with a biased gradient under the Polyak-Lojasiewicz inequality",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGD,
    assumes=[smooth, pl, oracle],
    parameters=[SMOOTHNESS, MU, *ORACLE, GAMMA, DELTA, RHO, P],
    given=[MU_BELOW_L],
    step=Step(
        f,
        lyapunov=gap,
        measure=GAP,
        unroll=Geometric(rho),
        error=ERROR,
        certificate=lambda t: contracting(certificate(t), t),
        nonnegative=lambda s: Certificate(),
        given=[*GIVEN, at_least(c), at_least(2 * mu * c, rho)],
        start=start,
    ),
    forms=[
        Form("sharp", "every p", {**SHARP, rho: 2 * mu * c}, [SHORT, LEFT]),
        Form("readable", "p = 1", {**READABLE, rho: 2 * mu * c}, [SHORT_OR_EQUAL, LEFT]),
    ],
    example=EXAMPLE,
)
