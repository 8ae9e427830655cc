"""Random rounding of the entries to a few multiples of the norm."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from numerics.backend import Array
from numerics.compressors.base import COMPRESSORS, FLOAT_BITS, Compressor, Kind, magnitudes
from numerics.errors import InputError
from numerics.rounding import above, root_above
from numerics.validation import choice, integer

# Beyond this number of levels, floats have no fractions left to round.
_FINEST = 2**52


@COMPRESSORS.add("dithering")
@dataclass(frozen=True)
class Dithering(Compressor):
    """a_j = l |v_j| / ||v|| rounded at random to a neighbouring integer, times sign(v_j) ||v|| / l,
    with l = ``levels``.

    Up with probability frac(a_j), so E Q(v) = v and E||Q(v) - v||^2 = (||v||/l)^2 sum phi(a_j),
    phi(a) = frac(a) (1 - frac(a)), where sum a_j^2 = l^2. As a function of t = a^2, phi is below
    the concave min(sqrt(t) - t, 1/4) (the first for t <= 1/4 only; for l = 1, where t <= 1, it is
    sqrt(t) - t itself), and Jensen gives d times its value at l^2/d:

    - d >= 4 l^2 or l = 1: omega = sqrt(d)/l - 1, attained at equal entries;
    - otherwise omega = d / (4 l^2), attained where every a_j can be half an odd integer (for
      d >= 3 that means d = 4 l^2 modulo 8). Not the smaller of the two formulas: sqrt(d)/l - 1 is
      always the smaller and is wrong there;
    - d = 1: Q(v) = v and omega = 0, since a = l is an integer.

    Source: Alistarh, Grubic, Li, Tomioka, Vojnovic, "QSGD", arXiv:1610.02132.
    """

    levels: int

    name: ClassVar[str] = "dithering"
    kind: ClassVar[Kind] = "unbiased"
    random: ClassVar[bool] = True
    formula: ClassVar[tuple[str, ...]] = ("levels", "d")

    def __post_init__(self) -> None:
        levels = integer("levels", self.levels)
        if levels > _FINEST:
            raise InputError(f"levels must be <= 2^52, got {levels}")
        object.__setattr__(self, "levels", levels)

    @property
    def title(self) -> str:
        return f"random dithering with {self.levels} level{'s' if self.levels > 1 else ''}"

    def constant(self, dimension: int) -> float:
        """omega: see the class."""
        d, levels = integer("dimension", dimension), self.levels
        if d == 1:
            return 0.0
        if levels == 1 or d >= 4 * levels**2:
            return above(root_above(d) / levels - 1)
        return above(Fraction(d, 4 * levels**2))

    def bits(self, dimension: int) -> float:
        """32 + d ceil(log2(2 l + 1)): the norm, and one of -l..l for each entry."""
        return float(FLOAT_BITS + integer("dimension", dimension) * (2 * self.levels).bit_length())

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        sizes, largest = magnitudes(v)
        norm = _norm(sizes)
        # Sizes are <= 1 <= norm, so no entry passes the highest level by rounding.
        sizes *= self.levels / norm
        np.floor(sizes, out=out)
        sizes -= out
        out += rng.random(v.shape) < sizes
        out *= norm / self.levels
        out *= largest
        np.copysign(out, v, out=out)


@COMPRESSORS.add("ternary")
@dataclass(frozen=True)
class Ternary(Compressor):
    """sign(v_j) s with probability |v_j| / s, else 0, with s = ||v||_2 (``norm="l2"``: dithering
    with one level) or s = ||v||_inf (``norm="sup"``).

    E||Q(v) - v||^2 = s ||v||_1 - ||v||^2.

    - l2: ||v||_1 <= sqrt(d) ||v||, so omega = sqrt(d) - 1, attained at equal entries.
    - sup: omega = (sqrt(d) - 1)/2. Let the largest entry be 1 and c = (1 + sqrt(d))/2. Every other
      entry has c x^2 - x >= -1/(4c), so c ||v||^2 - ||v||_1 >= c - 1 - (d - 1)/(4c) = 0. Attained
      where the others are all 1/(1 + sqrt(d)).

    Source: Wen et al., "TernGrad", arXiv:1705.07878, for the second; the constant is derived here.
    """

    norm: str = "l2"

    name: ClassVar[str] = "ternary"
    kind: ClassVar[Kind] = "unbiased"
    random: ClassVar[bool] = True
    formula: ClassVar[tuple[str, ...]] = ("d",)

    def __post_init__(self) -> None:
        choice("norm", self.norm, ("l2", "sup"))

    @property
    def title(self) -> str:
        return f"ternary, scaled by the {'2-norm' if self.norm == 'l2' else 'sup-norm'}"

    def constant(self, dimension: int) -> float:
        """omega = sqrt(d) - 1, half of it for the sup-norm."""
        excess = root_above(integer("dimension", dimension)) - 1
        return above(excess if self.norm == "l2" else excess / 2)

    def bits(self, dimension: int) -> float:
        """32 + 2 d: the scale, and one of -1, 0, 1 for each entry."""
        return float(FLOAT_BITS + 2 * integer("dimension", dimension))

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        sizes, largest = magnitudes(v)
        if self.norm == "l2":
            norm = _norm(sizes)
            sizes /= norm
            largest = norm * largest
        np.multiply(rng.random(v.shape) < sizes, largest, out=out)
        np.copysign(out, v, out=out)


def _norm(sizes: Array) -> Array:
    """Return the 2-norm (..., 1) of rows whose largest entry is 1; 1 for a row of zeros."""
    squares = np.einsum("...j,...j->...", sizes, sizes)[..., None]
    norm: Array = np.sqrt(np.maximum(squares, 1.0))
    return norm
