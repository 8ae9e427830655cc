"""The mean of what workers send: their samples, or these compressed.

Workers draw ``g_i = grad f_i(x) + xi_i``; the server steps with the mean of what they send.
"""

from __future__ import annotations

import sympy as sp

from boundcalc.kernel import Certificate, Square, Vector
from boundcalc.kernel.estimation import Absolute, Contractive, Unbiased
from boundcalc.kernel.workers import Samplers, Workers
from boundcalc.model.estimator import Estimator
from numerics.compressors import AllOrNothing, Identity, Shorten, Shrink
from theorems.common import f
from theorems.estimators.parameters import (
    ABSOLUTE,
    ALL_WORKERS,
    ALPHA,
    B_H,
    DELTA2,
    OMEGA,
    SIGMA0,
    WORKERS,
    YOUNG,
)
from theorems.estimators.simulations import (
    ALIKE,
    DIFFERENT,
    ONE,
    first_gradient,
    sent,
    short,
    single,
)
from theorems.estimators.simulations import WORKERS as DIFFERING

n, B_h, delta2, sigma0_2 = WORKERS.symbol, B_H.symbol, DELTA2.symbol, SIGMA0.symbol
omega, alpha, t, c = OMEGA.symbol, ALPHA.symbol, YOUNG.symbol, ABSOLUTE.symbol

workers = Workers(f, n, sigma0_2, B_h, delta2)
samplers = Samplers(f, n, sigma0_2)
free_of_bias = Unbiased(workers, omega)
contracting = Contractive(workers, alpha)
bounded = Absolute(samplers, c)

stochastic = Estimator(
    "stochastic",
    "with the mean of the workers' gradients",
    parameters=[WORKERS, SIGMA0],
    assumes=[samplers],
    unbiased=True,
    relative=sp.S.Zero,
    origins={"sampling": sigma0_2 / n},
    certificate=lambda x: Certificate(
        using=[(1, samplers.independence(samplers.noise(x))), (1 / n, samplers.variance(x))]
    ),
    compressor=lambda values: Identity(),
    trial=sent(None, problems=(DIFFERENT, ALIKE)),
)


def worker_names(x: Vector, those: Samplers = workers) -> dict[Vector, str]:
    """Return the vectors of a worker, as a proof writes them."""
    return {
        those.sample(x): "g_i",
        those.local(x): r"\nabla f_i(x_k)",
        those.deviation(x): r"\nabla f_i(x_k)-\nabla f(x_k)",
    }


def compressor_names(compressor: Unbiased | Contractive | Absolute, x: Vector) -> dict[Vector, str]:
    """Return the same with the errors of a compressor."""
    those = compressor.workers
    error, written = compressor.error(those.sample(x)), r"\mathcal C(g_i)-g_i"
    noise = those.noise(x)
    return {
        error + noise: rf"{written}+\xi_i",
        those.mean(error + noise): rf"\overline{{{written}+\xi_i}}",
        error: written,
        those.mean(error): rf"\overline{{{written}}}",
        **worker_names(x, those),
    }


def independent(x: Vector) -> Certificate:
    """Compression and sampling errors of the workers are independent and of mean zero."""
    sample, noise = workers.sample(x), workers.noise(x)
    error = free_of_bias.error(sample)
    return Certificate(
        using=[
            (1, workers.independence(error + noise)),
            (1 / n, free_of_bias.compression(sample)),
            ((1 + omega) / n, workers.variance(x)),
            (omega / n, workers.dissimilarity(x)),
        ]
    )


unbiased = Estimator(
    "unbiased",
    "with gradients sent through an unbiased compressor",
    parameters=[OMEGA, *ALL_WORKERS],
    assumes=[workers, free_of_bias],
    unbiased=True,
    relative=omega / n * (1 + B_h),
    origins={
        "heterogeneity": omega * delta2 / n,
        "compression": omega * sigma0_2 / n,
        "sampling": sigma0_2 / n,
    },
    certificate=independent,
    names=lambda x: compressor_names(free_of_bias, x),
    trial=sent(
        lambda values: AllOrNothing(values["omega"]),
        lambda problem: {"omega": 1.0},
        (DIFFERENT, ALIKE),
    ),
)


def split(compressor: Contractive | Absolute, x: Vector) -> tuple[Vector, Vector, Square]:
    """Return the compressor's mean error, the mean noise, and Young's inequality between the
    two.
    """
    those = compressor.workers
    error = those.mean(compressor.error(those.sample(x)))
    noise = those.mean(those.noise(x))
    return error, noise, Square(1 / t, t * error - noise)


def lumped(x: Vector) -> Certificate:
    """Young's inequality; Jensen's for the mean of the errors; the workers' noise is averaged."""
    sample = workers.sample(x)
    _, _, young = split(contracting, x)
    through = (1 + t) * (1 - alpha)
    return Certificate(
        using=[
            (1 + t, workers.jensen(contracting.error(sample))),
            (1 + t, contracting.compression(sample)),
            (through, workers.dissimilarity(x)),
            (through + (1 + 1 / t) / n, workers.variance(x)),
            (1 + 1 / t, workers.independence(workers.noise(x))),
        ],
        squares=[young],
    )


contractive = Estimator(
    "contractive",
    "with gradients sent through a contractive compressor",
    parameters=[ALPHA, *ALL_WORKERS, YOUNG],
    assumes=[workers, contracting],
    unbiased=False,
    relative=(1 + t) * (1 - alpha) * (1 + B_h),
    origins={
        "heterogeneity": (1 + t) * (1 - alpha) * delta2,
        "compression": (1 + t) * (1 - alpha) * sigma0_2,
        "sampling": (1 + 1 / t) * sigma0_2 / n,
    },
    certificate=lumped,
    names=lambda x: compressor_names(contracting, x),
    trial=sent(lambda values: Shrink(values["alpha"]), lambda problem: {"alpha": 0.9}),
)


def rounded(x: Vector) -> Certificate:
    """Return the same for an error that does not grow with the gradient."""
    sample = samplers.sample(x)
    _, _, young = split(bounded, x)
    return Certificate(
        using=[
            (1 + t, samplers.jensen(bounded.error(sample))),
            (1 + t, bounded.compression(sample)),
            ((1 + 1 / t) / n, samplers.variance(x)),
            (1 + 1 / t, samplers.independence(samplers.noise(x))),
        ],
        squares=[young],
    )


absolute = Estimator(
    "absolute",
    "with gradients rounded to an absolute error",
    parameters=[ABSOLUTE, WORKERS, SIGMA0, YOUNG],
    assumes=[samplers, bounded],
    unbiased=False,
    relative=sp.S.Zero,
    origins={"compression": (1 + t) * c**2, "sampling": (1 + 1 / t) * sigma0_2 / n},
    certificate=rounded,
    names=lambda x: compressor_names(bounded, x),
    trial=sent(
        lambda values: Shorten(values["abs_error"]),
        lambda problem: {"abs_error": short(0.05 * first_gradient(problem)), **single(problem)},
        (ONE, DIFFERING),
    ),
)
