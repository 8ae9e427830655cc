"""An unbiased compressor shrunk until it is contractive."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from numerics.backend import Array
from numerics.compressors.base import Compressor, Kind
from numerics.errors import InputError
from numerics.rounding import below


@dataclass(frozen=True)
class Scaled(Compressor):
    """Q / (1 + omega) for an unbiased compressor Q = ``inner``.

    E||c Q(v) - v||^2 = c^2 E||Q(v)||^2 + (1 - 2c) ||v||^2 <= (c^2 (1 + omega) + 1 - 2c) ||v||^2,
    least at c = 1/(1 + omega): alpha = 1/(1 + omega), for every omega, where Q itself is
    contractive only for omega < 1 and with the smaller 1 - omega. Attained wherever omega is.
    Rand-k becomes k random coordinates as they are, with alpha = k/d.

    Source: Beznosikov, Horvath, Richtarik, Safaryan, "On biased compression for distributed
    learning", arXiv:2002.12410.
    """

    inner: Compressor

    name: ClassVar[str] = "scaled"
    kind: ClassVar[Kind] = "contractive"

    def __post_init__(self) -> None:
        if not isinstance(self.inner, Compressor):
            raise InputError(f"inner must be a compressor, got {self.inner!r}")
        if self.inner.kind != "unbiased":
            raise InputError(
                f"only an unbiased compressor can be scaled down, {self.inner.name} is "
                f"{self.inner.kind}"
            )

    @property
    def title(self) -> str:
        return f"{self.inner.title}; divided by 1 + omega"

    @property
    def random(self) -> bool:  # type: ignore[override]
        """As the inner one."""
        return self.inner.random

    def varies(self, dimension: int) -> bool:
        """Return what the inner one has."""
        return self.inner.varies(dimension)

    def rarest(self, dimension: int) -> float:
        """Return what the inner one has."""
        return self.inner.rarest(dimension)

    def constant(self, dimension: int) -> float:
        """alpha = 1/(1 + omega)."""
        return below(1 / (1 + Fraction(self.inner.constant(dimension))))

    def bits(self, dimension: int) -> float:
        """Return those of the inner one: the receiver scales."""
        return self.inner.bits(dimension)

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        self.inner.compress(v, rng, out)
        out *= 1 / (1 + self.inner.constant(v.shape[-1]))


def scaled_down(compressor: Compressor) -> Scaled:
    """``compressor`` divided by 1 + omega: contractive with alpha = 1/(1 + omega)."""
    return Scaled(compressor)
