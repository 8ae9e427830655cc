"""Gradients clipped at a level, each worker's by itself."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from boundcalc.kernel import Certificate, Square, Vector, at_least
from boundcalc.kernel.estimation import Clipped
from boundcalc.model.estimator import Estimator
from numerics.compressors import Identity
from theorems.estimators.parameters import ALL_WORKERS, CLIP, G2, YOUNG
from theorems.estimators.simulations import clipped
from theorems.estimators.workers import B_h, delta2, sigma0_2, t, worker_names, workers

level, bound = CLIP.symbol, G2.symbol
clipping = Clipped(workers, level, bound)


def clipping_names(x: Vector) -> dict[Vector, str]:
    """Return the same with what is sent of a gradient and of a sample."""
    kept, met = clipping.clip(workers.local(x)), clipping.clip(workers.sample(x))
    local, sample = r"\nabla f_i(x_k)", "g_i"
    return {
        kept: rf"\mathrm{{clip}}({local})",
        met: rf"\mathrm{{clip}}({sample})",
        met - workers.local(x): rf"\mathrm{{clip}}({sample})-{local}",
        workers.mean(met): rf"\overline{{\mathrm{{clip}}({sample})}}",
        **worker_names(x),
    }


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


def in_proportion(x: Vector) -> Certificate:
    """Return the same, with what clipping takes off in proportion to the gradient."""
    through = (1 + t) * (1 - level / bound) ** 2
    absolute = shortened(x)
    using = [pair for pair in absolute.using if pair[1] != clipping.distance(x)]
    return replace(
        absolute,
        using=[
            *using,
            (1 + t, clipping.shortening(x)),
            (through, workers.dissimilarity(x)),
        ],
    )


clip = Estimator(
    "clip",
    "with clipped gradients",
    parameters=[CLIP, G2, *ALL_WORKERS, YOUNG],
    assumes=[workers, clipping],
    unbiased=False,
    relative=sp.S.Zero,
    # Not over n: clipping biases the noise of every worker.
    origins={"clipping": (1 + t) * (bound - level) ** 2, "sampling": (1 + 1 / t) * sigma0_2},
    certificate=shortened,
    names=clipping_names,
    given=[at_least(bound, level, "clipping above the bound of the gradients does nothing")],
    compressor=lambda values: Identity(),
    trial=clipped,
)
clip = replace(
    clip,
    alternatives=[
        replace(
            clip,
            variant="clipping in proportion",
            relative=(1 + t) * (1 - level / bound) ** 2 * (1 + B_h),
            origins={
                **clip.origins,
                "clipping": (1 + t) * (1 - level / bound) ** 2 * delta2,
            },
            certificate=in_proportion,
        )
    ],
)
