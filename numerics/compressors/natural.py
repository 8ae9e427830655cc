"""Random rounding to powers of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from numerics.backend import Array
from numerics.compressors.base import COMPRESSORS, Compressor, Kind
from numerics.validation import integer

# Above 2^1023 the upper neighbour, 2^1024, is no float.
_TOP = 1023


@COMPRESSORS.add("natural")
@dataclass(frozen=True)
class Natural(Compressor):
    """Every entry rounded at random to a neighbouring power of two; sign and exponent are sent.

    With |v_j| = x 2^e, x in [1, 2): up with probability x - 1, so E Q(v) = v, and
    E(Q(v)_j - v_j)^2 = (x - 1)(2 - x) 4^e <= v_j^2 / 8, because
    x^2/8 - (x - 1)(2 - x) = (3x - 4)^2 / 8. Attained at x = 4/3: omega = 1/8.

    Entries from 2^1023 on stay as they are.

    Source: Horvath, Ho, Horvath, Sahu, Canini, Richtarik, "Natural compression for distributed
    deep learning", arXiv:1905.10988.
    """

    name: ClassVar[str] = "natural"
    kind: ClassVar[Kind] = "unbiased"
    random: ClassVar[bool] = True

    @property
    def title(self) -> str:
        return "natural compression: random powers of two"

    def constant(self, dimension: int) -> float:
        """omega = 1/8."""
        integer("dimension", dimension)
        return 0.125

    def bits(self, dimension: int) -> float:
        """9 d: one bit of sign and eight of exponent for each entry."""
        return float(9 * integer("dimension", dimension))

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        halves, exponent = np.frexp(np.abs(v))
        # |v| = halves 2^exponent with halves = x/2; the lower neighbour is 2^(exponent - 1).
        up = rng.random(v.shape) < 2 * halves - 1
        np.ldexp(np.sign(v), np.minimum(exponent, _TOP) - 1 + up, out=out)
        np.copyto(out, v, where=exponent > _TOP)
