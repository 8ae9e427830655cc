"""What the sign-based theorems share: parameters, the frame of a theorem, facts of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp

from boundcalc.kernel import (
    Assumption,
    Certificate,
    Condition,
    Expression,
    Gap,
    Square,
    Start,
    State,
    Telescoping,
    Transition,
    norm2,
)
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.cycles import POSITION, Invariant
from boundcalc.kernel.scalar_lemmas import ScalarLemma
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.model.measures import GRADIENT_1NORM, Measure
from boundcalc.model.parameters import (
    BETA,
    E0,
    GAMMA,
    ITERATIONS,
    NOISE_ABSOLUTE,
    POSITIVE,
    SMOOTHNESS,
    Domain,
    Parameter,
)
from boundcalc.model.theorem import Example, Form, Source, Step, Theorem
from theorems.common import below, f, gap, smooth
from theorems.common import start as sgd_start

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
L_MAX = Parameter("L_max", r"L_{\max}", "smoothness of every component", POSITIVE, weaker="larger")
COMPONENTS = Parameter(
    "m", "m", "components of the finite sum, and steps between snapshots", ONE_OR_MORE, whole=True,
    typical=sp.Integer(100),
)  # fmt: skip
WEIGHT = Parameter("weight", "w", "price of a sign, per coordinate", POSITIVE, role="free")
SECOND_WEIGHT = Parameter(
    "weight2", "u", "price of the error of what is voted on, per coordinate", POSITIVE, role="free"
)
YOUNG = Parameter("young", "t", "weight of Young's inequality", POSITIVE, role="free")

L, gamma, beta, sigma2 = SMOOTHNESS.symbol, GAMMA.symbol, BETA.symbol, NOISE_ABSOLUTE.symbol
d, L_avg, L_max, m = (p.symbol for p in (DIMENSION, L_AVG, L_MAX, COMPONENTS))
w, u, t, K = WEIGHT.symbol, SECOND_WEIGHT.symbol, YOUNG.symbol, ITERATIONS.symbol
j = POSITION
A = sp.Symbol("A", real=True)  # weight of the estimate's error in the Lyapunov function

FIRST = sigma2 / E0.symbol  # samples in the batch of the first estimate
DISCRETISATION = L * gamma**2 * d / 2

signs = SignLemmas(d, w)

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


# A finite sum with bounded gradients; the components are what is sampled.
FINITE_SUM = Example(
    problem="glm",
    options={"loss": "logcosh", "samples": 50, "dimension": 10, "start": 2.0},
    values={"beta": sp.Rational(1, 10), "I": sp.Integer(50)},
    bias="none",
    noise="none",
    iterations=1000,
    trials=200,
)
# The same with its components dealt to workers by their targets.
WORKERS_SUM = Example(
    problem="sharded-glm",
    options={"loss": "logcosh", "samples": 80, "dimension": 10, "workers": 8, "start": 1.0},
    values={"beta": sp.Rational(1, 10)},
    bias="none",
    noise="none",
    iterations=1000,
    trials=200,
)


def start(first: Start) -> Mapping[sp.Symbol, Expression]:
    """Return what Delta and E0 stand for, E0 being the error of the mean where there are
    workers.
    """
    return {**sgd_start(first), E0.symbol: norm2(first.error.mean())}


def nonnegative_gap(s: State) -> Certificate:
    """Return why a gap alone is not negative."""
    return Certificate(bounded=[(1, Gap(f, s.x))])


def sign_theorem(
    name: str,
    title: str,
    *,
    algorithm: Any,
    assumes: Sequence[Assumption],
    parameters: Sequence[Parameter],
    error: Mapping[str, sp.Expr],
    certificate: Callable[[Transition], Certificate],
    calls: sp.Expr,
    lemmas: Sequence[ScalarLemma] = (signs,),
    lyapunov: Callable[[State], Expression] = gap,
    nonnegative: Callable[[State], Certificate] = nonnegative_gap,
    start: Callable[[Start], Mapping[sp.Symbol, Expression]] = sgd_start,
    measure: Measure = GRADIENT_1NORM,
    decrease: sp.Expr = gamma,
    constants: Sequence[Condition] = (),
    given: Sequence[Condition] = (),
    formulas: Mapping[sp.Symbol, sp.Expr] | None = None,
    conditions: Sequence[Condition] = (),
    aliases: Sequence[str] = (),
    example: Example = EXAMPLE,
    **of_step: Any,
) -> Theorem:
    """Return a theorem of this family: f is smooth and bounded below, and every step moves by
    gamma.

    ``constants`` relate the constants of the problem; ``given`` ties the weights of the Lyapunov
    function, for which ``formulas`` are put in, under ``conditions``.
    """
    return Theorem(
        name,
        title=title,
        family=FAMILY,
        source=SOURCE,
        note=NOTE,
        aliases=aliases,
        algorithm=algorithm,
        assumes=[smooth, below, *assumes],
        lemmas=lemmas,
        parameters=parameters,
        given=constants,
        step=Step(
            f,
            lyapunov=lyapunov,
            measure=measure,
            unroll=Telescoping(decrease),
            error=error,
            certificate=certificate,
            nonnegative=nonnegative,
            given=given,
            start=start,
            **of_step,
        ),
        forms=[Form("general", "every weight", formulas or {}, conditions)],
        calls=calls,
        example=example,
    )


# -- the estimate of the step before ------------------------------------------------------


def last_error(s: State) -> Expression:
    """Return the squared error of the estimate of the step before, in the mean over workers'
    estimates.
    """
    return norm2(s.v.mean() - f.gradient(s.x_prev))


def tracked(s: State) -> Expression:
    """Return the gap, and the error of the estimate of the step before."""
    return gap(s) + A * last_error(s)


def positive(s: State) -> Certificate:
    """Return why :func:`tracked` is not negative."""
    off = s.v.mean() - f.gradient(s.x_prev)
    return Certificate(squares=[Square(A, off)], bounded=[(1, Gap(f, s.x))])


Length = Callable[[Transition], Instance]


def near(length: Length) -> Invariant:
    """Return a step is no longer than gamma sqrt(d): ``E||x - x_prev||^2 <= gamma^2 d``.

    ``length`` is the instance that bounds the squared norm of a step's signs.
    """
    return Invariant(
        "square",
        ("x", "x_prev"),
        gamma**2 * d,
        kept=lambda step, position: Certificate(using=[(gamma**2, length(step))]),
    )


def within_reach(length: Length) -> Invariant:
    """j steps after the snapshot y, ``E||x - y||^2 <= j^2 gamma^2 d``."""

    def kept(step: Transition, position: sp.Expr) -> Certificate:
        moved = (step.now.x - step.next.x) / gamma
        if position == 0:
            return Certificate(using=[(gamma**2, length(step))])
        return Certificate(
            using=[
                (1 + 1 / position, reach.holds(step.now)),
                ((1 + position) * gamma**2, length(step)),
            ],
            squares=[Square(1 / position, step.now.x - step.now.y + position * gamma * moved)],
        )

    reach = Invariant("square", ("x", "y"), j**2 * gamma**2 * d, kept=kept)
    return reach
