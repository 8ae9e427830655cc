"""Where a biased gradient comes from: sampling, compression, clipping, robust aggregation.

Setting: Beikmohammadi, Khirirat, Magnusson, arXiv:2403.00853, which treats compression, clipping
and composite functions as biased estimates; the split into bias and noise is derived here.

Workers draw ``g_i = grad f_i(x) + xi_i``; the server steps with the mean of what they send.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import sympy as sp

from boundcalc.estimator import Coded, Estimator
from boundcalc.kernel import Certificate, Condition, Square, Vector, at_least
from boundcalc.kernel.estimation import Absolute, Clipped, Contractive, Unbiased, Workers
from boundcalc.parameters import LEFT_OPEN_UNIT, NONNEGATIVE, POSITIVE, Domain, Parameter
from numerics.compressors import Identity, Natural, RandK, ScaledSign, TopK
from theorems.sgd import f

ONE_OR_MORE = Domain(sp.S.One, None)

WORKERS = Parameter("n", "n", "number of workers", ONE_OR_MORE, default=sp.S.One)
B_H = Parameter(
    "B_h",
    "B_h",
    "relative dissimilarity of the workers",
    NONNEGATIVE,
    weaker="larger",
    default=sp.S.Zero,
)
DELTA2 = Parameter(
    "delta2",
    r"\delta^2",
    "absolute dissimilarity of the workers",
    NONNEGATIVE,
    weaker="larger",
    default=sp.S.Zero,
)
SIGMA0 = Parameter(
    "sigma0_2",
    r"\sigma_0^2",
    "variance of a worker's gradient",
    NONNEGATIVE,
    weaker="larger",
    default=sp.S.Zero,
)
OMEGA = Parameter(
    "omega", r"\omega", "constant of the unbiased compressor", NONNEGATIVE, weaker="larger"
)
ALPHA = Parameter(
    "alpha", r"\alpha", "constant of the contractive compressor", LEFT_OPEN_UNIT, weaker="smaller"
)
ABSOLUTE = Parameter(
    "abs_error", "c", "largest error of the compressor", NONNEGATIVE, weaker="larger"
)
CLIP = Parameter("clip", r"\lambda", "clipping level", POSITIVE)
G2 = Parameter(
    "G2", "G_2", "bound of the norm of every worker's gradient", POSITIVE, weaker="larger"
)
YOUNG = Parameter("young", "t", "weight of Young's inequality", POSITIVE, role="free")
DIMENSION = Parameter("d", "d", "dimension", ONE_OR_MORE)
KEPT = Parameter("k", "k", "entries that are sent", POSITIVE)

n, B_h, delta2, sigma0_2 = WORKERS.symbol, B_H.symbol, DELTA2.symbol, SIGMA0.symbol
omega, alpha, t, c = OMEGA.symbol, ALPHA.symbol, YOUNG.symbol, ABSOLUTE.symbol
level, bound = CLIP.symbol, G2.symbol
d, k = DIMENSION.symbol, KEPT.symbol

workers = Workers(f, n, B_h, delta2, sigma0_2)
alike = Workers(f, n, sp.S.Zero, sp.S.Zero, sigma0_2)
free_of_bias = Unbiased(omega)
contracting = Contractive(alpha)
bounded = Absolute(c)
clipping = Clipped(workers, level, bound)
ALL_WORKERS = (WORKERS, B_H, DELTA2, SIGMA0)


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


def clipping_names(x: Vector) -> dict[Vector, str]:
    """The same with what is sent of a gradient and of a sample."""
    kept, met = clipping.clip(workers.local(x)), clipping.clip(workers.sample(x))
    local, sample = r"\nabla f_i(x_k)", "g_i"
    return {
        kept: rf"\mathrm{{clip}}({local})",
        met: rf"\mathrm{{clip}}({sample})",
        met - workers.local(x): rf"\mathrm{{clip}}({sample})-{local}",
        workers.mean(met): rf"\overline{{\mathrm{{clip}}({sample})}}",
        **worker_names(x),
    }


# -- compressors -----------------------------------------------------------------------


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
)


# -- clipping --------------------------------------------------------------------------


def shortened(x: Vector) -> Certificate:
    """Clipping is a projection, so it moves the noise no farther apart; Young's inequality."""
    local, sample = workers.local(x), workers.sample(x)
    kept, met = clipping.clip(local), clipping.clip(sample)
    return Certificate(
        using=[
            (1, workers.jensen(met - local)),
            (1 + t, clipping.distance(x)),
            (1 + 1 / t, workers.variance(x)),
            (2 * (1 + 1 / t), clipping.projection(sample, local)),
            (2 * (1 + 1 / t), clipping.projection(local, sample)),
        ],
        squares=[
            Square(1 / t, t * (kept - local) - (met - kept)),
            Square(1 + 1 / t, (sample - met) - (local - kept)),
        ],
    )


clip = Estimator(
    "clip",
    "with clipped gradients",
    parameters=[CLIP, G2, *ALL_WORKERS, YOUNG],
    assumes=[workers, clipping],
    estimate=lambda x: workers.mean(clipping.clip(workers.sample(x))),
    unbiased=False,
    relative=sp.S.Zero,
    # Not over n: clipping biases the noise of every worker.
    origins={"clipping": (1 + t) * (bound - level) ** 2, "sampling": (1 + 1 / t) * sigma0_2},
    certificate=shortened,
    names=clipping_names,
    given=[at_least(bound, level, "clipping above the bound of the gradients does nothing")],
    compressor=lambda values: Identity(),
)


# -- compressors by name ---------------------------------------------------------------

FEWER = at_least(d, k, "no more entries are sent than there are")


def instance(
    general: Estimator,
    name: str,
    title: str,
    parameters: list[Parameter],
    implied: dict[sp.Symbol, sp.Expr],
    compressor: Callable[[Mapping[str, Any]], Coded],
    given: tuple[Condition, ...] = (),
) -> Estimator:
    """A named compressor: the general estimator with a formula for its constant."""
    kept = [p for p in general.parameters if p.symbol not in implied]
    return replace(
        general,
        name=name,
        title=title,
        parameters=[*parameters, *kept],
        implied=implied,
        given=[*general.given, *given],
        of=general,
        compressor=compressor,
    )


topk = instance(
    contractive,
    "topk",
    "with top-k gradients",
    [KEPT, DIMENSION],
    {alpha: k / d},
    lambda values: TopK(values["k"]),
    (FEWER,),
)
randk = instance(
    unbiased,
    "randk",
    "with random k entries, scaled",
    [KEPT, DIMENSION],
    {omega: d / k - 1},
    lambda values: RandK(values["k"]),
    (FEWER,),
)
natural = instance(
    unbiased,
    "natural",
    "with natural compression",
    [],
    {omega: sp.Rational(1, 8)},
    lambda values: Natural(),
)
scaled_sign = instance(
    contractive,
    "scaled-sign",
    "with scaled signs",
    [DIMENSION],
    {alpha: 1 / d},
    lambda values: ScaledSign(),
)
