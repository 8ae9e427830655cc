"""What a compressor is to the simulator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError
from numerics.registry import Registry
from numerics.rounding import below
from numerics.validation import integer

Kind = Literal["unbiased", "contractive", "absolute"]

# Bits of one number sent in full.
FLOAT_BITS = 32


class Compressor(ABC):
    """A map C of R^d, maybe random, applied to each vector by itself, with C(0) = 0.

    Its ``kind`` says which inequality its constant belongs to, for every v:

    - ``"unbiased"``: E C(v) = v and E||C(v) - v||^2 <= omega ||v||^2;
    - ``"contractive"``: E||C(v) - v||^2 <= (1 - alpha) ||v||^2;
    - ``"absolute"``: ||C(v) - v||^2 <= c^2.

    All hold in exact arithmetic for finite v. In floats they hold up to rounding errors of v's
    size, and norms neither overflow nor underflow on the way; a result beyond the largest float
    is infinite.
    """

    name: ClassVar[str]
    kind: ClassVar[Kind]
    random: ClassVar[bool]
    #: What its constant is a formula of: the dimension "d", and attributes of the same name.
    formula: ClassVar[tuple[str, ...]] = ()

    @property
    @abstractmethod
    def title(self) -> str:
        """Return what it does, in a few words."""

    @abstractmethod
    def constant(self, dimension: int) -> float:
        """omega (rounded up), alpha (rounded down) or c^2 (rounded up), as ``kind`` says."""

    @abstractmethod
    def bits(self, dimension: int) -> float:
        """Bits of one compressed vector, in expectation where their number is random."""

    @abstractmethod
    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        """C of each row of ``v`` into ``out``, which holds anything before."""

    def constants(self, dimension: int) -> dict[Kind, float]:
        """Return the constant of every kind that it belongs to.

        Unbiased with omega < 1 is contractive with alpha = 1 - omega: the two inequalities are
        then the same one. So the identity is both. :class:`Scaled` does better for omega > 0.
        """
        own = self.constant(dimension)
        found: dict[Kind, float] = {self.kind: own}
        if self.kind == "unbiased" and own < 1:
            found["contractive"] = below(1 - Fraction(own))
        return found

    def varies(self, dimension: int) -> bool:
        """Return whether two messages about one vector of this dimension can differ."""
        idle = self.kind == "unbiased" and self.constant(dimension) == 0
        return self.random and not idle

    def rarest(self, dimension: int) -> float:
        """Return a probability that is the least with which it sends something, blown up by as
        much; 1 where what is drawn has its own size.
        """
        return 1.0

    def compress(self, v: Array, rng: Any, out: Array | None = None) -> Array:
        """C of every vector of ``v`` (..., d), drawn independently of each other.

        Args:
            v: Finite float64 vectors along the last axis; left as they are.
            rng: The random generator; one that is not ``random`` ignores it.
            out: Where to put the result; must not share memory with ``v``.

        Returns:
            ``out``, or a new array of the same shape as ``v``.
        """
        if out is None:
            out = np.empty_like(v)
        self._fill(v, rng, out)
        return out


def index_bits(dimension: int) -> int:
    """ceil(log2 d): bits that name one coordinate of d; none for d = 1."""
    return (integer("dimension", dimension) - 1).bit_length()


def kept(k: int, dimension: int) -> int:
    """``k`` if that many of the coordinates can be kept; InputError otherwise."""
    if k > integer("dimension", dimension):
        raise InputError(f"k must be <= d = {dimension}, got {k}")
    return k


def magnitudes(v: Array) -> tuple[Array, Array]:
    """|v| / m and m (..., 1), with m the largest entry of |v| in each row, 1 in a row of zeros.

    Sums over the first can neither overflow nor, unless the row is 0, vanish.
    """
    sizes = np.abs(v)
    largest = sizes.max(axis=-1, keepdims=True)
    largest = np.where(largest == 0, 1.0, largest)
    sizes /= largest
    return sizes, largest


#: Every compressor by name; a module of this package adds its own with ``@COMPRESSORS.add(name)``.
COMPRESSORS: Registry[type[Compressor]] = Registry("compressor", "numerics.compressors")
