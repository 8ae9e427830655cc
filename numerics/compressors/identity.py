"""No compression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from numerics.backend import Array
from numerics.compressors.base import COMPRESSORS, FLOAT_BITS, Compressor, Kind
from numerics.validation import integer


@COMPRESSORS.add("identity")
@dataclass(frozen=True)
class Identity(Compressor):
    """C(v) = v: unbiased with omega = 0, hence contractive with alpha = 1."""

    name: ClassVar[str] = "identity"
    kind: ClassVar[Kind] = "unbiased"
    random: ClassVar[bool] = False

    @property
    def title(self) -> str:
        return "no compression"

    def constant(self, dimension: int) -> float:
        """omega = 0."""
        integer("dimension", dimension)
        return 0.0

    def bits(self, dimension: int) -> float:
        """32 d."""
        return float(FLOAT_BITS * integer("dimension", dimension))

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        out[...] = v
