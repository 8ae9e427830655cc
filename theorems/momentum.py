"""Momentum under biased gradients.

Method, setting and rates: Beikmohammadi, Khirirat, Magnusson, "Parallel Momentum Methods Under
Biased Gradient Estimations", arXiv:2403.00853. The constants are derived here: the split of the
estimate's error into bias and noise, and the free proof parameters, go beyond the paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sympy as sp

from boundcalc.kernel import (
    Certificate,
    Condition,
    Expression,
    Gap,
    Geometric,
    QuadraticForm,
    Square,
    Start,
    State,
    Telescoping,
    Transition,
    at_least,
    exceeds,
    norm2,
)
from boundcalc.model.measures import GAP, SQUARED_GRADIENT
from boundcalc.model.parameters import BETA, DELTA, E0, GAMMA, MU, RHO, SMOOTHNESS, THETA, P
from boundcalc.model.theorem import Corollary, Form, Step, Theorem
from numerics.algorithms import SGDM
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
)
from theorems.common import start as sgd_start
from theorems.sgd import (
    EXAMPLE,
    FAMILY,
    LEFT,
    LONGER,
    NOTE,
    SHORT,
    SHORT_OR_EQUAL,
    SOURCE,
    N,
    S,
    T,
    U,
    c,
    contracting,
)

beta, theta = BETA.symbol, THETA.symbol
HALF = sp.Rational(1, 2)

# Auxiliary quantities beside those of plain SGD (T, S, U, N, c). W: weight of the error before it
# is averaged; X: what pays for the drift of the gradient; D: weight of the last step.
W, X, D = sp.symbols("W X D", real=True)
left = c + beta * U * B + beta**2 * N * M


def certificate(t: Transition, contraction: sp.Expr) -> Certificate:
    """Descent, Lipschitz gradient, bias and noise; squares for drift and error of the average."""
    x, g = t.now.x, f.gradient(t.now.x)
    b, z = oracle.bias(x), oracle.noise(x)
    a = t.now.v - f.gradient(t.now.x_prev)
    drift = f.gradient(t.now.x_prev) - g
    mean_error = (1 - beta) * (a + drift) + beta * b
    keep = 1 - contraction
    return Certificate(
        using=[
            (1, smooth.descent(x, t.next.x)),
            (keep * D / L**2, smooth.lipschitz(x, t.now.x_prev)),
            (beta * U, oracle.bias_bound(x)),
            (beta**2 * N, oracle.noise_bound(x)),
        ],
        squares=[
            Square(S / gamma**2 - L / 2 - D, t.next.x - x),
            Square(W * beta * (1 - beta), a + drift - b),
            Square(W * (theta * beta - contraction) - T * keep, a),
            Square((keep * D - L**2 * (X + W * (1 - beta))) / L**2, drift),
            Square(beta * (U - W), b),
            Square(beta**2 * (N - (W - T + S)), z),
        ],
        forms=[
            QuadraticForm(a, drift, W * beta * (1 - theta), -W * (1 - beta), X),
            QuadraticForm(mean_error, g, T - S, gamma / 2 - S, gamma - S - left),
        ],
    )


def lyapunov(s: State) -> Expression:
    """Return the gap, the error of the average and the length of the last step."""
    a = s.v - f.gradient(s.x_prev)
    return gap(s) + (W - T) * norm2(a) + D * norm2(s.x - s.x_prev)


def beyond_gap(s: State) -> Certificate:
    """Return why the Lyapunov function is at least the gap."""
    a = s.v - f.gradient(s.x_prev)
    return Certificate(squares=[Square(W - T, a), Square(D, s.x - s.x_prev)])


def positive(s: State) -> Certificate:
    """Return why the Lyapunov function is not negative."""
    return Certificate(squares=beyond_gap(s).squares, bounded=[(1, Gap(f, s.x))])


def start(first: Start) -> Mapping[sp.Symbol, Expression]:
    """Return what Delta and E0 stand for."""
    return {**sgd_start(first), E0.symbol: norm2(first.error)}


def given(contraction: sp.Expr) -> tuple[Condition, ...]:
    """Return what ties the auxiliary quantities."""
    keep = 1 - contraction
    return (
        exceeds(T),
        at_least(W, T),
        at_least(W * (theta * beta - contraction), T * keep),
        at_least(X),
        at_least(X * beta * (1 - theta), W * (1 - beta) ** 2),
        at_least(keep * D, L**2 * (X + W * (1 - beta))),
        at_least(D),
        at_least(S, gamma**2 * (L / 2 + D)),
        at_least(T, S),
        at_least(U, W),
        at_least(N, W - T + S),
        at_least(gamma - S, left),
        at_least((T - S) * (gamma - S - left), (gamma / 2 - S) ** 2),
    )


ERROR = {"bias": beta * U * C, "noise": beta**2 * N * sigma2}
NO_MOMENTUM = {beta: sp.S.One, theta: sp.S.One}
AVERAGING = exceeds(1, theta, "the average keeps some of its error")


def formulas(contraction: sp.Expr, *, readable: bool, momentum: bool) -> dict[sp.Symbol, sp.Expr]:
    """Sharp (every p) or readable (p = 1), with momentum and without.

    Without (beta = theta = 1) the weights of error and last step vanish, and the quotient
    (1 - beta)/(1 - theta) has no value: a branch of its own.
    """
    keep = 1 - contraction
    most = gamma / 2 if readable else gamma - S - (gamma / 2 - S) ** 2 / (T - S)
    weights = {
        W: T * keep / (theta * beta - contraction),
        X: W * (1 - beta) ** 2 / (beta * (1 - theta)),
        D: L**2 * (X + W * (1 - beta)) / keep,
    }
    return {
        **({p: sp.S.One, T: gamma / 2} if readable else {T: gamma / (2 * p)}),
        **(weights if momentum else {W: T, X: sp.S.Zero, D: sp.S.Zero}),
        S: gamma**2 * (L / 2 + D),
        U: W,
        # Without, W - T is nothing, and would lose the digits of S where T is large.
        N: W - T + S if momentum else S,
        c: most - beta * U * B - beta**2 * N * M,
    }


sgdm_nonconvex = Theorem(
    "sgdm-nonconvex",
    title="Momentum with a biased gradient on a smooth non-convex objective",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGDM,
    assumes=[smooth, below, oracle],
    parameters=[SMOOTHNESS, *ORACLE, GAMMA, BETA, DELTA, E0, THETA, P],
    step=Step(
        f,
        lyapunov=lyapunov,
        measure=SQUARED_GRADIENT,
        unroll=Telescoping(c),
        error=ERROR,
        certificate=lambda t: certificate(t, sp.S.Zero),
        nonnegative=positive,
        given=[*given(sp.S.Zero), exceeds(c)],
        start=start,
        remembers={"x_prev": "x"},
    ),
    forms=[
        Form(
            "sharp",
            "every theta and p",
            formulas(sp.S.Zero, readable=False, momentum=True),
            [AVERAGING, SHORT, LEFT],
        ),
        Form(
            "sharp",
            "every p",
            formulas(sp.S.Zero, readable=False, momentum=False),
            [SHORT, LEFT],
            NO_MOMENTUM,
        ),
        Form(
            "readable",
            "p = 1, every theta",
            formulas(sp.S.Zero, readable=True, momentum=True),
            [AVERAGING, SHORT_OR_EQUAL, LEFT],
        ),
        Form(
            "readable",
            "p = 1",
            formulas(sp.S.Zero, readable=True, momentum=False),
            [SHORT_OR_EQUAL, LEFT],
            NO_MOMENTUM,
        ),
    ],
    corollaries=[
        Corollary(
            "noiseless",
            "theta = 1/2, no noise",
            "readable",
            {theta: HALF, M: sp.S.Zero, sigma2: sp.S.Zero},
        )
    ],
    example=replace(LONGER, values={**LONGER.values, "beta": HALF}),
)


# The readable form under PL bounds W by a weight without rho, so that the step's condition does
# not depend on rho and its largest value is a closed form.
WITHOUT_RHO = gamma / (2 * theta**2 * beta)
READABLE_PL = {
    p: sp.S.One,
    T: gamma / 2,
    W: (1 - rho) * WITHOUT_RHO,
    X: W * (1 - beta) ** 2 / (beta * (1 - theta)),
    D: WITHOUT_RHO * L**2 * (1 - beta) * (1 - theta * beta) / (beta * (1 - theta)),
    S: gamma**2 * (L / 2 + D),
    U: WITHOUT_RHO,
    N: WITHOUT_RHO - T + S,
    c: gamma / 2 - beta * U * B - beta**2 * N * M,
}
CONTRACTS = at_least(2 * mu * c, rho, "the gradient that is left contracts the gap by rho")

sgdm_pl = Theorem(
    "sgdm-pl",
    title="Momentum with a biased gradient under the Polyak-Lojasiewicz inequality",
    family=FAMILY,
    source=SOURCE,
    note=NOTE,
    algorithm=SGDM,
    assumes=[smooth, pl, oracle],
    parameters=[SMOOTHNESS, MU, *ORACLE, GAMMA, BETA, DELTA, E0, THETA, RHO, P],
    given=[MU_BELOW_L],
    step=Step(
        f,
        lyapunov=lyapunov,
        measure=GAP,
        unroll=Geometric(rho),
        error=ERROR,
        certificate=lambda t: contracting(certificate(t, rho), t),
        nonnegative=beyond_gap,
        given=[*given(rho), at_least(c), at_least(2 * mu * c, rho)],
        start=start,
        remembers={"x_prev": "x"},
    ),
    forms=[
        Form(
            "sharp",
            "every theta, rho and p",
            formulas(rho, readable=False, momentum=True),
            [
                AVERAGING,
                exceeds(theta * beta, rho, "the error contracts faster than the gap"),
                SHORT,
                CONTRACTS,
            ],
        ),
        Form(
            "sharp",
            "every rho and p",
            formulas(rho, readable=False, momentum=False),
            [SHORT, CONTRACTS],
            NO_MOMENTUM,
        ),
        Form(
            "readable",
            "p = 1, every theta, rho up to the smaller of two limits",
            READABLE_PL,
            [
                AVERAGING,
                at_least(
                    theta * (1 - theta) * beta, rho, "the error contracts faster than the gap"
                ),
                SHORT_OR_EQUAL,
                CONTRACTS,
            ],
        ),
        Form(
            "readable",
            "p = 1, every rho",
            formulas(rho, readable=True, momentum=False),
            [SHORT_OR_EQUAL, CONTRACTS],
            NO_MOMENTUM,
        ),
    ],
    corollaries=[
        Corollary(
            "noiseless",
            "theta = 1/2, no noise",
            "readable",
            {theta: HALF, M: sp.S.Zero, sigma2: sp.S.Zero},
        )
    ],
    example=replace(EXAMPLE, values={**EXAMPLE.values, "beta": HALF}),
)
