"""A random subset of the coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from numerics.backend import Array
from numerics.compressors.base import COMPRESSORS, FLOAT_BITS, Compressor, Kind, index_bits, kept
from numerics.compressors.selection import largest
from numerics.rounding import above
from numerics.validation import integer


@COMPRESSORS.add("randk")
@dataclass(frozen=True)
class RandK(Compressor):
    """``k`` of the d coordinates, every subset equally likely, times d/k; the rest 0.

    Each coordinate is kept with probability k/d, so E Q(v)_j = v_j and
    E||Q(v)||^2 = (d/k)^2 (k/d) ||v||^2: omega = d/k - 1, with equality for every v, and 0 at k = d.

    Source: Stich, Cordonnier, Jaggi, "Sparsified SGD with memory", arXiv:1809.07599.
    """

    k: int

    name: ClassVar[str] = "randk"
    kind: ClassVar[Kind] = "unbiased"
    random: ClassVar[bool] = True
    formula: ClassVar[tuple[str, ...]] = ("k", "d")

    def __post_init__(self) -> None:
        object.__setattr__(self, "k", integer("k", self.k))

    @property
    def title(self) -> str:
        return f"rand-k: {self.k} random coordinates, scaled up"

    def constant(self, dimension: int) -> float:
        """omega = d/k - 1."""
        return above(Fraction(dimension, kept(self.k, dimension)) - 1)

    def rarest(self, dimension: int) -> float:
        """k/d, of every coordinate."""
        return kept(self.k, dimension) / dimension

    def bits(self, dimension: int) -> float:
        """k (32 + ceil(log2 d))."""
        return float(kept(self.k, dimension) * (FLOAT_BITS + index_bits(dimension)))

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        d = v.shape[-1]
        k = kept(self.k, d)
        if k == d:
            out[...] = v
            return
        # The places of the k largest of d independent keys are a uniform subset.
        chosen = largest(rng.random(v.shape), k)
        out.fill(0.0)
        np.copyto(out, v, where=chosen)
        out *= d / k
