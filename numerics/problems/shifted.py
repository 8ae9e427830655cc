"""Quadratics of several workers, whose dissimilarity is known exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError
from numerics.memory import require_memory
from numerics.problems.base import PROBLEMS, Enclosure
from numerics.problems.distributed import Distributed
from numerics.problems.quadratic import Quadratic, quadratic
from numerics.rounding import down, up
from numerics.validation import integer, real

# Scales 1 + q and 1 - q with q a multiple of this are floats, with mean exactly 1.
_GRAIN = 2.0**-52


class ShiftedQuadratics(Quadratic, Distributed):
    """f_i(x) = s_i/2 (x - c_i)' Lambda (x - c_i), with sum s_i = n and sum s_i c_i = 0.

    So f(x) = x' Lambda x / 2 + f_star with f_star = (1/2n) sum s_i c_i' Lambda c_i, and
    grad f_i - grad f = (s_i - 1) grad f - s_i Lambda c_i. Where also sum s_i^2 c_i = 0 the cross
    term cancels: (1/n) sum ||grad f_i - grad f||^2 = B_h ||grad f||^2 + delta2 at every x, with
    B_h = mean (s_i - 1)^2 and delta2 = mean ||s_i Lambda c_i||^2. Workers with one scale in pairs
    of opposite centres have all this, in floats too.
    """

    name = "shifted-quadratics"

    def __init__(
        self, spectrum: Array, start: Array, scales: Array, centres: Array, title: str
    ) -> None:
        """``spectrum`` and ``start`` are (d,), ``scales`` (n,) and ``centres`` (n, d): successive
        workers with opposite centres and equal scales of mean 1, one left over at the centre 0.
        """
        super().__init__(spectrum, start, None, title)
        self.workers = len(scales)
        self.scales, self.centres = scales, centres
        self._column = scales[:, None]
        self._offsets = self._column * (centres * spectrum)
        self.constants["L_max"] = up(float(scales.max()) * self.constants["L"])
        energy = float(np.sum(self._column * centres**2 * spectrum)) / (2 * self.workers)
        terms = centres.size + 8
        self.f_inf, self.f_star = down(energy, terms), up(energy, terms)

    def value(self, x: Array) -> Array:
        """f at each row."""
        return super().value(x) + self.f_star

    def enclose(self, x: Array) -> Enclosure:
        """Return those of the quadratic, with the least value added."""
        own = super().enclose(x)
        low, high = own.value
        return Enclosure((down(low + self.f_inf), up(high + self.f_star)), own.gradient_norm)

    def local_gradients(self, x: Array, out: Array | None = None) -> Array:
        """s_i Lambda x - s_i Lambda c_i."""
        result: Array = np.multiply(self.gradient(x)[:, None], self._column, out=out)
        result -= self._offsets
        return result

    def dissimilarity(self, young: float = 1.0) -> tuple[float, float]:
        """Return both met with equality everywhere; nothing is left to trade."""
        terms = self.centres.size + 8
        relative = float(np.mean((self.scales - 1) ** 2))
        return up(relative, terms), up(float(np.sum(self._offsets**2)) / self.workers, terms)


@PROBLEMS.add("shifted-quadratics")
def shifted_quadratics(
    dimension: int = 20,
    mu: float | None = None,
    L: float = 1.0,
    spectrum: str | Sequence[float] = "log",
    workers: int = 8,
    shift: float = 1.0,
    spread: float = 0.5,
    start: float | Sequence[float] = 1.0,
    seed: int = 0,
) -> ShiftedQuadratics:
    """``workers`` quadratics around 0, with the ``spectrum`` of the problem quadratic.

    Successive workers form pairs with opposite centres at distance ``shift`` from 0, in a random
    direction (``seed``); the last of an odd number has its centre at 0. The pairs have scales
    1 + ``spread`` and 1 - ``spread`` in turn, one left over 1; 0 <= spread < 1.
    """
    n = integer("workers", workers)
    plain = quadratic(dimension, mu, L, spectrum, start=start)
    require_memory(8.0 * 8 * n * plain.dimension, f"{n} workers in dimension {plain.dimension}")
    distance = real("shift", shift, least=0)
    relative = real("spread", spread, least=0)
    if relative >= 1:
        raise InputError(f"spread must be < 1, got {spread!r}")
    pairs = n // 2
    if relative > 0 and pairs < 2:
        raise InputError(f"spread > 0 needs workers >= 4, got workers = {n} and spread = {spread}")
    relative = round(relative / _GRAIN) * _GRAIN
    signs = np.where(np.arange(pairs) % 2 == 0, 1.0, -1.0)
    signs[pairs // 2 * 2 :] = 0.0
    rays = np.random.default_rng(integer("seed", seed, least=0))
    centres = rays.standard_normal((pairs, plain.dimension))
    centres *= distance / np.sqrt(np.einsum("ij,ij->i", centres, centres))[:, None]
    scales, both = np.ones(n), np.zeros((n, plain.dimension))
    scales[: 2 * pairs] += np.repeat(relative * signs, 2)
    both[0 : 2 * pairs : 2], both[1 : 2 * pairs : 2] = centres, -centres
    title = f"{n} shifted quadratics, shift {distance:g}, spread {relative:g}; {plain.title}"
    return ShiftedQuadratics(plain.spectrum, plain.start, scales, both, title)
