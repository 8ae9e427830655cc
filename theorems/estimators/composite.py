"""Composite objectives, estimated level by level, and meta-learning (MAML) as one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp

from boundcalc.kernel import Certificate, Square, Vector
from boundcalc.kernel.composition import Adapted, Composite
from boundcalc.model.estimator import Estimator, Noise
from boundcalc.model.parameters import SMOOTHNESS, Parameter
from numerics.compressors import Identity
from theorems.common import f
from theorems.estimators.parameters import (
    BATCH,
    ELL_F,
    ELL_H,
    ELL_PHI,
    INNER_STEP,
    L_F,
    L_PHI,
    RHO_PHI,
    SIGMA_F,
    SIGMA_G,
    SIGMA_H,
    SIGMA_HESSIAN,
    SIGMA_J,
    TASKS,
    YOUNG,
)
from theorems.estimators.simulations import adapted, levels

S, n, t = BATCH.symbol, TASKS.symbol, YOUNG.symbol
ell_h, ell_F, smooth_F = ELL_H.symbol, ELL_F.symbol, L_F.symbol
sigma_h2, sigma_J2, sigma_F2 = SIGMA_H.symbol, SIGMA_J.symbol, SIGMA_F.symbol
step, L_phi, ell_phi, rho_phi = (p.symbol for p in (INNER_STEP, L_PHI, ELL_PHI, RHO_PHI))
sigma_g2, sigma_H2 = SIGMA_G.symbol, SIGMA_HESSIAN.symbol

sizes = (f, n, S, ell_h, ell_F, smooth_F, sigma_h2, sigma_J2, sigma_F2)
split, lumped, exact = (
    Composite(*sizes, "unbiased"),
    Composite(*sizes, "biased"),
    Composite(f, n, S, ell_h, sp.S.Zero, smooth_F, sigma_h2, sp.S.Zero, sigma_F2, "exact"),
)
INNER = ell_h**2 * smooth_F**2 * sigma_h2 / S
OUTER = ell_h**2 * sigma_F2 / S
JACOBIAN = sigma_J2 / S * (ell_F**2 + sigma_F2 / S)


def bias(parts: Composite, x: Vector) -> Certificate:
    """Return the outer gradient is taken at a noisy point: that error has no mean of zero."""
    return Certificate(using=[(1, parts.jensen(parts.inner_part(x))), (1, parts.inner(x))])


def noise(parts: Composite, x: Vector) -> Certificate:
    """Return the other two have, and are independent across the tasks."""
    using = [(1, parts.independence(parts.outer_part(x))), (1 / n, parts.outer(x))]
    if parts.jacobian_is != "exact":
        using += [(1, parts.independence(parts.jacobian_part(x))), (1 / n, parts.jacobian(x))]
    return Certificate(using=using)


def estimated(
    name: str, title: str, parts: Composite, parameters: Sequence[Parameter]
) -> Estimator:
    """With a Jacobian that is unbiased or exact."""
    origins = {"outer gradient": OUTER / n}
    if parts.jacobian_is != "exact":
        origins["Jacobian"] = JACOBIAN / n
    return Estimator(
        name,
        title,
        parameters=parameters,
        assumes=[parts],
        unbiased=False,
        relative=sp.S.Zero,
        origins={"inner value": INNER},
        certificate=lambda x: bias(parts, x),
        noise=Noise(
            lambda x: parts.mean(parts.outer_part(x) + parts.jacobian_part(x)),
            origins,
            lambda x: noise(parts, x),
        ),
        compressor=lambda values: Identity(),
        trial=levels(biased=False),
    )


composite = estimated(
    "composite",
    "on a composite objective",
    split,
    [BATCH, ELL_H, ELL_F, L_F, SIGMA_H, SIGMA_J, SIGMA_F, TASKS],
)


def together(x: Vector) -> Certificate:
    """Young's inequality between the Jacobian's error and the others, which are orthogonal."""
    jacobian = lumped.jacobian_part(x)
    rest = lumped.inner_part(x) + lumped.outer_part(x)
    return Certificate(
        using=[
            (1, lumped.jensen(jacobian + rest)),
            (1 + t, lumped.jacobian(x)),
            (1 + 1 / t, lumped.inner(x)),
            (1 + 1 / t, lumped.outer(x)),
        ],
        squares=[Square(1 / t, t * jacobian - rest)],
    )


composite_biased = Estimator(
    "composite-biased",
    "on a composite objective, with a biased Jacobian",
    parameters=[BATCH, ELL_H, ELL_F, L_F, SIGMA_H, SIGMA_J, SIGMA_F, TASKS, YOUNG],
    assumes=[lumped],
    unbiased=False,
    relative=sp.S.Zero,
    origins={
        "inner value": (1 + 1 / t) * INNER,
        "outer gradient": (1 + 1 / t) * OUTER,
        "Jacobian": (1 + t) * JACOBIAN,
    },
    certificate=together,
    compressor=lambda values: Identity(),
    trial=levels(biased=True),
)

# -- MAML: F_i = phi_i, h_i(x) = x - a grad phi_i(x) ------------------------------------------


def adapted_from(
    general: Estimator, name: str, title: str, tasks: Adapted, parameters: Sequence[Parameter]
) -> Estimator:
    """Return a composite estimator at the constants of MAML's two levels."""
    return replace(
        general,
        name=name,
        title=title,
        parameters=[*parameters, TASKS],
        assumes=[*general.assumes, tasks],
        implied={
            ell_h: 1 + step * L_phi,
            smooth_F: L_phi,
            sigma_h2: step**2 * sigma_g2,
        },
        of=general,
        trial=adapted("quadratic" if tasks.rho_phi == 0 else "logcosh"),
    )


tasks = Adapted(step, L_phi, ell_phi, rho_phi, sigma_g2, sigma_H2)
quadratic = Adapted(step, L_phi, sp.S.Zero, sp.S.Zero, sigma_g2, sp.S.Zero)
_maml = adapted_from(
    composite,
    "maml",
    "on the objective of MAML",
    tasks,
    [INNER_STEP, BATCH, L_PHI, ELL_PHI, RHO_PHI, SIGMA_G, SIGMA_HESSIAN, SIGMA_F],
)


maml = replace(
    _maml,
    implied={
        **_maml.implied,
        ell_F: ell_phi,
        sigma_J2: step**2 * sigma_H2,
        SMOOTHNESS.symbol: ell_h**2 * L_phi + step * rho_phi * ell_phi,
    },
    smoothness=lambda x, y: Certificate(
        using=[(1, tasks.outer(x, y)), (1, tasks.jacobian(x, y)), (2, tasks.both(x, y))]
    ),
)
maml_quadratic = adapted_from(
    estimated(
        "composite-exact",
        "on a composite objective, with the exact Jacobian",
        exact,
        [BATCH, ELL_H, L_F, SIGMA_H, SIGMA_F, TASKS],
    ),
    "maml-quadratic",
    "on the objective of MAML with quadratic tasks",
    quadratic,
    [INNER_STEP, BATCH, L_PHI, SIGMA_G, SIGMA_F],
)
