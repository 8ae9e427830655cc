"""The largest coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from numerics.backend import Array
from numerics.compressors.base import COMPRESSORS, FLOAT_BITS, Compressor, Kind, index_bits, kept
from numerics.compressors.selection import largest
from numerics.rounding import below
from numerics.validation import integer


@COMPRESSORS.add("topk")
@dataclass(frozen=True)
class TopK(Compressor):
    """The ``k`` entries of largest magnitude, the rest 0; of equal ones the first are kept.

    The d - k squares left out are the smallest, so their mean is at most that of all:
    ||C(v) - v||^2 <= (1 - k/d) ||v||^2 and alpha = k/d, attained at equal magnitudes.

    Source: Stich, Cordonnier, Jaggi, "Sparsified SGD with memory", arXiv:1809.07599.
    """

    k: int

    name: ClassVar[str] = "topk"
    kind: ClassVar[Kind] = "contractive"
    random: ClassVar[bool] = False
    formula: ClassVar[tuple[str, ...]] = ("k", "d")

    def __post_init__(self) -> None:
        object.__setattr__(self, "k", integer("k", self.k))

    @property
    def title(self) -> str:
        return f"top-k: the {self.k} largest coordinates"

    def constant(self, dimension: int) -> float:
        """alpha = k/d."""
        return below(Fraction(kept(self.k, dimension), dimension))

    def bits(self, dimension: int) -> float:
        """k (32 + ceil(log2 d))."""
        return float(kept(self.k, dimension) * (FLOAT_BITS + index_bits(dimension)))

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        k = kept(self.k, v.shape[-1])
        out.fill(0.0)
        np.copyto(out, v, where=largest(np.abs(v), k))
