"""Coordinates kept independently, each with its own probability."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from numerics.backend import Array
from numerics.compressors.base import COMPRESSORS, FLOAT_BITS, Compressor, Kind, index_bits
from numerics.errors import InputError
from numerics.rounding import above
from numerics.validation import integer, real


@COMPRESSORS.add("sparsifier")
@dataclass(frozen=True)
class Sparsifier(Compressor):
    """v_j / p_j with probability p_j, else 0, independently over the coordinates.

    ``probabilities`` is one number for every coordinate, or one per coordinate; each in (0, 1].
    E Q(v)_j = v_j and E(Q(v)_j - v_j)^2 = (1/p_j - 1) v_j^2 <= (1/min p - 1) v_j^2, with equality
    in the sum when v lives on the coordinate of the least probability: omega = 1/min p - 1.

    Source: Wangni, Wang, Liu, Zhang, "Gradient sparsification for communication-efficient
    distributed optimization", arXiv:1710.09854.
    """

    probabilities: float | tuple[float, ...]
    # As an array, which a backend can move to its device.
    _row: Array = field(init=False, repr=False, compare=False)

    name: ClassVar[str] = "sparsifier"
    kind: ClassVar[Kind] = "unbiased"
    random: ClassVar[bool] = True

    def __post_init__(self) -> None:
        given = self.probabilities
        if isinstance(given, Iterable) and not isinstance(given, (str, bytes)):
            checked: float | tuple[float, ...] = tuple(map(_probability, given))
            if not checked:
                raise InputError("probabilities must not be an empty list")
        else:
            checked = _probability(given)
        object.__setattr__(self, "probabilities", checked)
        object.__setattr__(self, "_row", np.array(checked))

    @property
    def title(self) -> str:
        p = self._of(None)
        law = f"{p[0]:g}" if len(p) == 1 else f"between {min(p):g} and {max(p):g}"
        return f"sparsifier with probability {law}"

    def constant(self, dimension: int) -> float:
        """omega = 1 / min p - 1."""
        return above(1 / Fraction(min(self._of(dimension))) - 1)

    def rarest(self, dimension: int) -> float:
        """Return the least of the probabilities."""
        return min(self._of(dimension))

    def bits(self, dimension: int) -> float:
        """sum p_j (32 + ceil(log2 d)), the expected number."""
        p = self._of(dimension)
        total = math.fsum(p) if len(p) == dimension else p[0] * dimension
        return total * (FLOAT_BITS + index_bits(dimension))

    def _of(self, dimension: int | None) -> tuple[float, ...]:
        """Return the probabilities: one for all coordinates, or as many as there are."""
        p = self.probabilities
        if isinstance(p, float):
            return (p,)
        if dimension is not None and len(p) != integer("dimension", dimension):
            raise InputError(f"probabilities must have d = {dimension} entries, got {len(p)}")
        return p

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        self._of(v.shape[-1])
        dropped = rng.random(v.shape) >= self._row
        np.divide(v, self._row, out=out)
        np.copyto(out, 0.0, where=dropped)


def _probability(value: object) -> float:
    # Subnormal probabilities have no finite inverse.
    number = real("probability", value, least=sys.float_info.min)
    if number > 1:
        raise InputError(f"probability must be <= 1, got {value!r}")
    return number
