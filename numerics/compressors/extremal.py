"""Compressors that meet the inequality of their class with equality at every vector.

No one would send with them: they are adversaries, to see how tight a bound is over its class.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from numerics.backend import Array
from numerics.compressors.base import COMPRESSORS, FLOAT_BITS, Compressor, Kind, magnitudes
from numerics.errors import InputError
from numerics.rounding import above
from numerics.validation import integer, real


@COMPRESSORS.add("shrink")
@dataclass(frozen=True)
class Shrink(Compressor):
    """C(v) = (1 - sqrt(1 - alpha)) v, so ||C(v) - v||^2 = (1 - alpha) ||v||^2.

    Of all alpha-contractive maps the one whose errors add up: they all point against v.
    """

    alpha: float

    name: ClassVar[str] = "shrink"
    kind: ClassVar[Kind] = "contractive"
    random: ClassVar[bool] = False
    formula: ClassVar[tuple[str, ...]] = ("alpha",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", real("alpha", self.alpha, above=0))
        if self.alpha > 1:
            raise InputError(f"alpha must be <= 1, got {self.alpha!r}")

    @property
    def title(self) -> str:
        return f"worst contraction with alpha = {self.alpha:g}"

    def constant(self, dimension: int) -> float:
        """alpha as given."""
        integer("dimension", dimension)
        return self.alpha

    def bits(self, dimension: int) -> float:
        """32 d: nothing is saved."""
        return float(FLOAT_BITS * integer("dimension", dimension))

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        root = math.sqrt(1 - self.alpha)
        # alpha / (1 + root) is 1 - root without its cancellation.
        np.multiply(v, self.alpha / (1 + root), out=out)


@COMPRESSORS.add("all-or-nothing")
@dataclass(frozen=True)
class AllOrNothing(Compressor):
    """Q(v) = (1 + omega) v with probability 1/(1 + omega), else 0.

    E Q(v) = v and E||Q(v) - v||^2 = (omega^2 + omega) / (1 + omega) ||v||^2 = omega ||v||^2.
    """

    omega: float

    name: ClassVar[str] = "all-or-nothing"
    kind: ClassVar[Kind] = "unbiased"
    random: ClassVar[bool] = True
    formula: ClassVar[tuple[str, ...]] = ("omega",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "omega", real("omega", self.omega, least=0))

    @property
    def title(self) -> str:
        return f"all or nothing with omega = {self.omega:g}"

    def constant(self, dimension: int) -> float:
        """omega as given."""
        integer("dimension", dimension)
        return self.omega

    def rarest(self, dimension: int) -> float:
        """1 / (1 + omega)."""
        return 1 / (1 + self.omega)

    def bits(self, dimension: int) -> float:
        """1 + 32 d / (1 + omega): one bit says whether the vector follows."""
        return 1 + FLOAT_BITS * integer("dimension", dimension) / (1 + self.omega)

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        sent = rng.random((*v.shape[:-1], 1)) * (1 + self.omega) < 1
        np.multiply(v, 1 + self.omega, out=out)
        np.copyto(out, 0.0, where=~sent)


@COMPRESSORS.add("shorten")
@dataclass(frozen=True)
class Shorten(Compressor):
    """C(v) = v - c v/||v|| with c = ``abs_error``, and C(0) = 0; so ||C(v) - v|| = c for v != 0.

    A vector shorter than c comes out reversed.
    """

    abs_error: float

    name: ClassVar[str] = "shorten"
    kind: ClassVar[Kind] = "absolute"
    random: ClassVar[bool] = False
    formula: ClassVar[tuple[str, ...]] = ("abs_error",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "abs_error", real("abs_error", self.abs_error, least=0))

    @property
    def title(self) -> str:
        return f"shortened by {self.abs_error:g}"

    def constant(self, dimension: int) -> float:
        """c^2."""
        integer("dimension", dimension)
        return above(Fraction(self.abs_error) ** 2)

    def bits(self, dimension: int) -> float:
        """32 d: nothing is saved."""
        return float(FLOAT_BITS * integer("dimension", dimension))

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        sizes, largest = magnitudes(v)
        norm = np.sqrt(np.einsum("...j,...j->...", sizes, sizes))[..., None]
        np.divide(v, largest, out=out)
        out *= self.abs_error / np.where(norm == 0, 1.0, norm)
        np.subtract(v, out, out=out)
