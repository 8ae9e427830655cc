"""Rounding to a grid of fixed pitch."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from numerics.backend import Array
from numerics.compressors.base import COMPRESSORS, FLOAT_BITS, Compressor, Kind
from numerics.rounding import above
from numerics.validation import integer, real


@COMPRESSORS.add("grid")
@dataclass(frozen=True)
class Grid(Compressor):
    """Every entry rounded to the nearest multiple of ``pitch``, of two the even one.

    Each entry moves by at most pitch/2, attained half-way between multiples:
    ||C(v) - v||^2 <= c^2 = d pitch^2 / 4. ``code_bits`` is the length of the code for one multiple.
    It does not limit the range: no entry is clipped.
    """

    pitch: float
    code_bits: int = FLOAT_BITS

    name: ClassVar[str] = "grid"
    kind: ClassVar[Kind] = "absolute"
    random: ClassVar[bool] = False
    formula: ClassVar[tuple[str, ...]] = ("d",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pitch", real("pitch", self.pitch, above=0))
        object.__setattr__(self, "code_bits", integer("code_bits", self.code_bits))

    @property
    def title(self) -> str:
        return f"rounding to a grid of pitch {self.pitch:g}"

    def constant(self, dimension: int) -> float:
        """c^2 = d pitch^2 / 4."""
        return above(Fraction(self.pitch) ** 2 * integer("dimension", dimension) / 4)

    def bits(self, dimension: int) -> float:
        """code_bits d."""
        return float(self.code_bits * integer("dimension", dimension))

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        with np.errstate(over="ignore"):
            np.divide(v, self.pitch, out=out)
            np.rint(out, out=out)
            out *= self.pitch
        # Where the quotient or the multiple is no float, the pitch is far below v's last digit or
        # the grid point lies beyond the largest float.
        np.copyto(out, v, where=~np.isfinite(out))
