"""Sign descent with snapshots: the full gradient at a point that is renewed every so many steps.

The errors grow with the distance from the snapshot, and what counts is their mean over a cycle. The
price of a sign may grow along with them: the weight of a step is ``w j`` at the position j.
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
    Vector,
    at_least,
)
from boundcalc.kernel.algebra import norm
from boundcalc.kernel.components import Components
from boundcalc.kernel.cycles import Cycle, Invariant
from boundcalc.kernel.norms import Norms
from boundcalc.kernel.sampling import Sampled
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.model.parameters import (
    BETA,
    DELTA,
    GAMMA,
    POSITIVE,
    SMOOTHNESS,
    Parameter,
)
from numerics.sign_methods import SIGN_RVM, SIGN_RVR, SIGN_SVRG, SSVR_FINITE_SUM
from theorems.common import f, gap, smooth
from theorems.signs.common import (
    COMPONENTS,
    DIMENSION,
    DISCRETISATION,
    FINITE_SUM,
    L_AVG,
    L_MAX,
    ONE_OR_MORE,
    WEIGHT,
    A,
    K,
    L,
    L_avg,
    L_max,
    beta,
    d,
    gamma,
    j,
    m,
    near,
    positive,
    sign_theorem,
    signs,
    tracked,
    w,
    within_reach,
)

INTERVAL = Parameter(
    "I", "I", "steps between snapshots", ONE_OR_MORE, role="algorithm", whole=True,
    typical=sp.Integer(100),
)  # fmt: skip
ROOT = Parameter("root", "r", "stands for one over the root of d", POSITIVE, role="free")
interval, r = INTERVAL.symbol, ROOT.symbol

reduced = Sampled(f, None, L_avg)
components = Components(f, m, L_max)
rising = SignLemmas(d, w * j)

SMOOTHER = at_least(L_avg, L, "f is as smooth as its samples in the mean")
SMOOTHEST = at_least(L_max, L, "f is as smooth as its components")


# -- without a memory ----------------------------------------------------------------------


def exact(step: Transition) -> Certificate:
    """At the snapshot the estimate is the gradient, and its signs cost nothing."""
    x = step.now.x
    return Certificate(
        using=[
            (1, smooth.descent(x, step.next.x)),
            (gamma, rising.aligned(f.gradient(x))),
            (L * gamma**2 / 2, rising.length(f.gradient(x))),
        ]
    )


def corrected(step: Transition) -> Vector:
    """Return the sample's gradient, corrected by what is known at the snapshot."""
    x, y = step.now.x, step.now.y
    return reduced.estimate(x) - reduced.estimate(y) + f.gradient(y)


def drawn(step: Transition) -> Certificate:
    """Unbiased, with an error as large as the way from the snapshot."""
    x, y = step.now.x, step.now.y
    v, paid = corrected(step), gamma / (2 * w * j)
    return Certificate(
        using=[
            (1, smooth.descent(x, step.next.x)),
            (gamma, rising.unbiased(f.gradient(x), v)),
            (L * gamma**2 / 2, rising.length(v)),
            (paid, reduced.mean_square(x, y)),
            (paid * L_avg**2, drawn_reach.holds(step.now)),
        ],
        squares=[Square(paid, f.gradient(x) - f.gradient(y))],
    )


drawn_reach = within_reach(
    lambda step: rising.length(
        f.gradient(step.now.x) if step.now.x == step.now.y else corrected(step)
    )
)

sign_svrg = sign_theorem(
    "sign-svrg",
    "Sign descent with snapshots on a finite sum",
    algorithm=SIGN_SVRG,
    assumes=[reduced],
    lemmas=[rising],
    parameters=[SMOOTHNESS, L_AVG, DIMENSION, COMPONENTS, GAMMA, DELTA, WEIGHT],
    constants=[SMOOTHER],
    error={
        "discretisation": DISCRETISATION,
        "signs": gamma * d * w * j / 2,
        "snapshot": gamma**3 * L_avg**2 * d * j / (2 * w),
    },
    certificate=drawn,
    invariants=[drawn_reach],
    cycle=Cycle(m, exact),
    calls=3 * K + m,
    example=FINITE_SUM,
)


def shuffled(step: Transition) -> Vector:
    """Return the same with the gradient of the component whose turn it is."""
    x, y = step.now.x, step.now.y
    return components.estimate(x) - components.estimate(y) + f.gradient(y)


def visited(step: Transition) -> Certificate:
    """Not unbiased, so at the whole price of a sign; but no component is far from the mean."""
    x, y = step.now.x, step.now.y
    v, paid = shuffled(step), gamma / (w * j)
    return Certificate(
        using=[
            (1, smooth.descent(x, step.next.x)),
            (gamma, rising.signs(f.gradient(x), v)),
            (L * gamma**2 / 2, rising.length(v)),
            (paid, components.change(x, y)),
            (paid * components.factor**2, visited_reach.holds(step.now)),
        ]
    )


visited_reach = within_reach(
    lambda step: rising.length(
        f.gradient(step.now.x) if step.now.x == step.now.y else shuffled(step)
    )
)

sign_rvr = sign_theorem(
    "sign-rvr",
    "Sign descent with snapshots and random reshuffling on a finite sum",
    algorithm=SIGN_RVR,
    assumes=[components],
    lemmas=[rising],
    parameters=[SMOOTHNESS, L_MAX, DIMENSION, COMPONENTS, GAMMA, DELTA, WEIGHT],
    constants=[SMOOTHEST],
    error={
        "discretisation": DISCRETISATION,
        "signs": gamma * d * w * j,
        "snapshot": gamma**3 * components.factor**2 * d * j / w,
    },
    certificate=visited,
    invariants=[visited_reach],
    cycle=Cycle(m, exact),
    calls=3 * K + m,
    example=FINITE_SUM,
)


# -- with momentum, in the norm -------------------------------------------------------------

half = (r * d + 1 / r) / 2  # at least the root of d
norms = Norms((1 - beta, beta, gamma), d, r)
lengths = SignLemmas(d, sp.S.One)


def remembered(s: State) -> Expression:
    """Return the gap, and the norm of the error of the average before."""
    return gap(s) + A * norm("2", s.v - f.gradient(s.x_prev))


def averaged(step: Transition) -> Certificate:
    """Return the error of the average: what it had, the drift, and the error of the new
    gradient.
    """
    now, x, y = step.now, step.now.x, step.now.y
    off, drift = now.v - f.gradient(now.x_prev), f.gradient(now.x_prev) - f.gradient(x)
    kept, new = (1 - beta) * (off + drift), beta * components.off(x, y)
    T = A + 2 * gamma * half
    using = [
        (sp.S.One, smooth.descent(x, step.next.x)),
        (gamma, norms.signs(f.gradient(x), step.next.v)),
        (L * gamma**2 / 2, lengths.length(step.next.v)),
        (T, norms.scaled(off + drift, kept)),
        (T * (1 - beta), norms.triangle(off, drift)),
        (T * (1 - beta), smooth.lipschitz_norm(now.x_prev, x)),
        (T * (1 - beta) * L, moved.holds(now)),
    ]
    if x != y:
        using += [
            (T, norms.triangle(kept, new)),
            (T, norms.scaled(components.off(x, y), new)),
            (T * beta, components.change_norm(x, y)),
            (T * beta * components.factor, away.holds(now)),
        ]
    return Certificate(using=using)


def moved_kept(step: Transition, position: sp.Expr) -> Certificate:
    """Return the norm of a step."""
    signed = step.next.v.sign()
    return Certificate(
        using=[(1, norms.scaled(signed, gamma * signed)), (gamma, norms.length(step.next.v))]
    )


def away_kept(step: Transition, position: sp.Expr) -> Certificate:
    """Return one step farther."""
    signed = step.next.v.sign()
    using = [(1, norms.scaled(signed, -gamma * signed)), (gamma, norms.length(step.next.v))]
    if position != 0:
        before = step.now.x - step.now.y
        using += [(1, norms.triangle(before, -gamma * signed)), (1, away.holds(step.now))]
    return Certificate(using=using)


moved = Invariant("2", ("x_prev", "x"), gamma * half, kept=moved_kept)
away = Invariant("2", ("x", "y"), j * gamma * half, kept=away_kept)


sign_rvm = sign_theorem(
    "sign-rvm",
    "Sign descent with momentum and random reshuffling on a finite sum",
    algorithm=SIGN_RVM,
    assumes=[components],
    lemmas=[norms, lengths],
    parameters=[SMOOTHNESS, L_MAX, DIMENSION, COMPONENTS, GAMMA, BETA, DELTA, ROOT],
    constants=[SMOOTHEST],
    lyapunov=remembered,
    nonnegative=lambda s: Certificate(bounded=[(1, Gap(f, s.x))]),
    remembers={"x_prev": "x"},
    error={
        "discretisation": DISCRETISATION,
        "drift": (A + 2 * gamma * half) * (1 - beta) * L * gamma * half,
        "snapshot": (A + 2 * gamma * half) * beta * components.factor * j * gamma * half,
    },
    certificate=averaged,
    invariants=[moved, away],
    cycle=Cycle(m, averaged),
    given=[at_least(A), at_least(A * beta, 2 * gamma * half * (1 - beta))],
    formulas={A: 2 * gamma * half * (1 - beta) / beta},
    calls=3 * K + m,
    example=FINITE_SUM,
)


# -- with variance reduction ------------------------------------------------------------------


def tracking(step: Transition) -> Certificate:
    """Return the error of the estimate shrinks, and is corrected towards the snapshot."""
    now, x, y = step.now, step.now.x, step.now.y
    off = now.v - f.gradient(now.x_prev)
    last = reduced.error(x) - reduced.error(now.x_prev)
    far = reduced.error(x) - reduced.error(y)
    T = A + gamma / w
    grown = (1 - beta + beta * j) if x != y else 1 - beta
    paid = T * (1 - beta) * grown
    using = [
        (sp.S.One, smooth.descent(x, step.next.x)),
        (gamma, signs.signs(f.gradient(x), step.next.v)),
        (L * gamma**2 / 2, signs.length(step.next.v)),
        (paid, reduced.mean_square(x, now.x_prev)),
        (paid * L_avg**2, near_by.holds(now)),
    ]
    squares = [
        Square(A - T * (1 - beta) ** 2, off),
        Square(paid, f.gradient(x) - f.gradient(now.x_prev)),
    ]
    if x != y:
        behind = T * beta * grown / j
        using += [
            (behind, reduced.mean_square(x, y)),
            (behind * L_avg**2, tracked_reach.holds(now)),
        ]
        squares += [
            Square(behind, f.gradient(x) - f.gradient(y)),
            Square(T * (1 - beta) * beta / j, j * last - far),
        ]
    return Certificate(using=using, squares=squares)


near_by = near(lambda step: signs.length(step.next.v))
tracked_reach = within_reach(lambda step: signs.length(step.next.v))

ssvr_finite_sum = sign_theorem(
    "ssvr-finite-sum",
    "Sign descent with variance reduction on a finite sum",
    algorithm=SSVR_FINITE_SUM,
    assumes=[reduced],
    parameters=[*(SMOOTHNESS, L_AVG, DIMENSION, COMPONENTS, INTERVAL, GAMMA, BETA, DELTA, WEIGHT)],
    constants=[SMOOTHER],
    lyapunov=tracked,
    nonnegative=positive,
    error={
        "discretisation": DISCRETISATION,
        "signs": gamma * d * w,
        "snapshot": (A + gamma / w) * (1 - beta + beta * j) ** 2 * L_avg**2 * gamma**2 * d,
    },
    certificate=tracking,
    invariants=[near_by, tracked_reach],
    cycle=Cycle(interval, tracking),
    given=[at_least(A), at_least(A, (A + gamma / w) * (1 - beta) ** 2)],
    formulas={A: gamma * (1 - beta) ** 2 / (w * beta * (2 - beta))},
    calls=m * (K / interval + 1) + 3 * K,
    example=FINITE_SUM,
)
