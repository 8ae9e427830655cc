"""Signs with one common size."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from numerics.backend import Array
from numerics.compressors.base import COMPRESSORS, FLOAT_BITS, Compressor, Kind, magnitudes
from numerics.rounding import below
from numerics.validation import integer


@COMPRESSORS.add("scaled-sign")
@dataclass(frozen=True)
class ScaledSign(Compressor):
    """(||v||_1 / d) sign(v), with sign(0) = 1 so that a sign is one bit.

    ||C(v) - v||^2 = ||v||^2 - ||v||_1^2 / d, since <v, sign v> = ||v||_1 and ||sign v||^2 = d; and
    ||v||_1 >= ||v|| gives alpha = 1/d, attained at vectors with one non-zero entry.

    Source: Karimireddy, Rebjock, Stich, Jaggi, "Error feedback fixes SignSGD and other gradient
    compression schemes", arXiv:1901.09847.
    """

    name: ClassVar[str] = "scaled-sign"
    kind: ClassVar[Kind] = "contractive"
    random: ClassVar[bool] = False
    formula: ClassVar[tuple[str, ...]] = ("d",)

    @property
    def title(self) -> str:
        return "signs times the mean magnitude"

    def constant(self, dimension: int) -> float:
        """alpha = 1/d."""
        return below(Fraction(1, integer("dimension", dimension)))

    def bits(self, dimension: int) -> float:
        """32 + d."""
        return float(FLOAT_BITS + integer("dimension", dimension))

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        sizes, largest = magnitudes(v)
        mean = sizes.mean(axis=-1, keepdims=True) * largest
        out[...] = np.where(v < 0, -mean, mean)
