"""The mean of what workers send: their samples, or these compressed.

Workers draw ``g_i = grad f_i(x) + xi_i``; the server steps with the mean of what they send.
"""

from __future__ import annotations

import sympy as sp

from boundcalc.estimator import Estimator
from boundcalc.kernel import Certificate, Square, Vector
from boundcalc.kernel.estimation import Absolute, Contractive, Unbiased
from boundcalc.kernel.workers import Workers
from numerics.compressors import Identity
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
from theorems.sgd import f

n, B_h, delta2, sigma0_2 = WORKERS.symbol, B_H.symbol, DELTA2.symbol, SIGMA0.symbol
omega, alpha, t, c = OMEGA.symbol, ALPHA.symbol, YOUNG.symbol, ABSOLUTE.symbol

workers = Workers(f, n, B_h, delta2, sigma0_2)
alike = Workers(f, n, sp.S.Zero, sp.S.Zero, sigma0_2)
free_of_bias = Unbiased(omega)
contracting = Contractive(alpha)
bounded = Absolute(c)

stochastic = Estimator(
    "stochastic",
    "with the mean of the workers' gradients",
    parameters=[WORKERS, SIGMA0],
    assumes=[alike],
    estimate=lambda x: alike.mean(alike.sample(x)),
    unbiased=True,
    relative=sp.S.Zero,
    origins={"sampling": sigma0_2 / n},
    certificate=lambda x: Certificate(
        using=[(1, alike.independence(alike.noise(x))), (1 / n, alike.variance(x))]
    ),
    compressor=lambda values: Identity(),
)


def worker_names(x: Vector) -> dict[Vector, str]:
    """The vectors of a worker, as a proof writes them."""
    return {
        workers.sample(x): "g_i",
        workers.local(x): r"\nabla f_i(x_k)",
        workers.deviation(x): r"\nabla f_i(x_k)-\nabla f(x_k)",
    }


def compressor_names(compressor: Unbiased | Contractive | Absolute, x: Vector) -> dict[Vector, str]:
    """The same with the errors of a compressor."""
    error, written = compressor.error(workers.sample(x)), r"\mathcal C(g_i)-g_i"
    noise = workers.noise(x)
    return {
        error + noise: rf"{written}+\xi_i",
        workers.mean(error + noise): rf"\overline{{{written}+\xi_i}}",
        error: written,
        workers.mean(error): rf"\overline{{{written}}}",
        **worker_names(x),
    }


def compressed(compressor: Unbiased | Contractive | Absolute, x: Vector) -> Vector:
    """The mean of the workers' compressed gradients."""
    sample = workers.sample(x)
    return workers.mean(sample + compressor.error(sample))


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
    estimate=lambda x: compressed(free_of_bias, x),
    unbiased=True,
    relative=omega / n * (1 + B_h),
    origins={
        "heterogeneity": omega * delta2 / n,
        "compression": omega * sigma0_2 / n,
        "sampling": sigma0_2 / n,
    },
    certificate=independent,
    names=lambda x: compressor_names(free_of_bias, x),
    moment_constant=omega,
)


def split(compressor: Contractive | Absolute, x: Vector) -> tuple[Vector, Vector, Square]:
    """The compressor's mean error, the mean noise, and Young's inequality between the two."""
    sample = workers.sample(x)
    error, noise = workers.mean(compressor.error(sample)), workers.mean(workers.noise(x))
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
    estimate=lambda x: compressed(contracting, x),
    unbiased=False,
    relative=(1 + t) * (1 - alpha) * (1 + B_h),
    origins={
        "heterogeneity": (1 + t) * (1 - alpha) * delta2,
        "compression": (1 + t) * (1 - alpha) * sigma0_2,
        "sampling": (1 + 1 / t) * sigma0_2 / n,
    },
    certificate=lumped,
    names=lambda x: compressor_names(contracting, x),
    moment_constant=1 - alpha,
)


def rounded(x: Vector) -> Certificate:
    """The same for an error that does not grow with the gradient."""
    sample = workers.sample(x)
    _, _, young = split(bounded, x)
    return Certificate(
        using=[
            (1 + t, workers.jensen(bounded.error(sample))),
            (1 + t, bounded.compression(sample)),
            ((1 + 1 / t) / n, workers.variance(x)),
            (1 + 1 / t, workers.independence(workers.noise(x))),
        ],
        squares=[young],
    )


absolute = Estimator(
    "absolute",
    "with gradients rounded to an absolute error",
    parameters=[ABSOLUTE, WORKERS, SIGMA0, YOUNG],
    assumes=[workers, bounded],
    estimate=lambda x: compressed(bounded, x),
    unbiased=False,
    relative=sp.S.Zero,
    origins={"compression": (1 + t) * c**2, "sampling": (1 + 1 / t) * sigma0_2 / n},
    certificate=rounded,
    names=lambda x: compressor_names(bounded, x),
    moment_constant=c**2,
)
