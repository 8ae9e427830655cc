"""Where a biased gradient comes from: sampling, compression, clipping, aggregation, composition.

Setting: Beikmohammadi, Khirirat, Magnusson, arXiv:2403.00853, which treats compression, clipping
and composite functions as biased estimates; the split into bias and noise is derived here.
"""

from theorems.estimators.aggregation import median, robust, trimmed_mean
from theorems.estimators.clipping import clip
from theorems.estimators.composite import composite, composite_biased, maml, maml_quadratic
from theorems.estimators.compressors import (
    dithering,
    grid,
    identity,
    natural,
    randk,
    scaled_sign,
    sparsifier,
    ternary,
    topk,
)
from theorems.estimators.shuffling import shuffle
from theorems.estimators.workers import absolute, contractive, stochastic, unbiased

__all__ = [
    "absolute",
    "clip",
    "composite",
    "composite_biased",
    "contractive",
    "dithering",
    "grid",
    "identity",
    "maml",
    "maml_quadratic",
    "median",
    "natural",
    "randk",
    "robust",
    "scaled_sign",
    "shuffle",
    "sparsifier",
    "stochastic",
    "ternary",
    "topk",
    "trimmed_mean",
    "unbiased",
]
