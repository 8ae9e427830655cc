"""Quadratics with a chosen spectrum."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError
from numerics.memory import require_memory
from numerics.problems.base import PROBLEMS, Enclosure, Problem
from numerics.rounding import down, gamma, up
from numerics.validation import choice, flag, integer, real, vector

SPECTRA = ("linear", "log", "two-point", "equal")


def chosen_spectrum(kind: str, count: int, mu: float, L: float) -> Array:
    """``count`` eigenvalues from ``mu`` up to ``L``, with both ends exactly as given.

    ``linear`` and ``log`` are evenly spaced, ``two-point`` has both values in equal numbers (one
    more ``L`` when odd), ``equal`` has only ``L``.
    """
    choice("spectrum", kind, SPECTRA)
    if kind == "equal" or count == 1:
        if mu != L:
            raise InputError(f"a spectrum of one value has mu = L, got mu = {mu:g} and L = {L:g}")
        return np.full(count, L)
    if kind == "two-point":
        return np.where(np.arange(count) < count // 2, mu, L)
    spaced = np.linspace if kind == "linear" else np.geomspace
    values = np.clip(spaced(mu, L, count), mu, L)
    values[0], values[-1] = mu, L
    return values


class Quadratic(Problem):
    """f(x) = 1/2 sum_j lambda_j (Hx)_j^2 with the identity or a Householder reflection for H.

    H = I - 2uu'/u'u is orthogonal for every vector u of floats, so L and mu are the extreme
    eigenvalues exactly, with or without it. Zero eigenvalues are allowed: f is then PL (mu is the
    least non-zero one) and not strongly convex. The minimum is 0.
    """

    name = "quadratic"
    convex = True

    def __init__(self, spectrum: Array, start: Array, mirror: Array | None, title: str) -> None:
        """``spectrum`` and ``start`` are (d,); ``mirror`` is the vector u of H, or None."""
        positive = spectrum[spectrum > 0]
        self.spectrum = spectrum
        self.start = start
        self.mirror = mirror
        self.title = title
        self.dimension = len(spectrum)
        self.constants = {"L": float(positive.max()), "mu": float(positive.min())}
        self.f_inf = self.f_star = 0.0
        self.minimiser = np.zeros_like(start)
        self._half = 2.0 / float(mirror @ mirror) if mirror is not None else 0.0

    def _reflect(self, x: Array) -> Array:
        if self.mirror is None:
            return x
        mirrored: Array = x - (self._half * (x @ self.mirror))[:, None] * self.mirror
        return mirrored

    def to_eigenbasis(self, x: Array) -> Array:
        """Hx for each row."""
        return self._reflect(x)

    def value(self, x: Array) -> Array:
        """f at each row."""
        y = self._reflect(x)
        value: Array = 0.5 * np.einsum("ij,ij,j->i", y, y, self.spectrum)
        return value

    def gradient(self, x: Array, out: Array | None = None) -> Array:
        """Return the gradient at each row."""
        if self.mirror is None:
            return np.multiply(x, self.spectrum, out=out)
        rotated = self._reflect(self._reflect(x) * self.spectrum)
        if out is None:
            return rotated
        out[...] = rotated
        return out

    def enclose(self, x: Array) -> Enclosure:
        """Bounds from the relative error of non-negative sums and the error of the reflection."""
        d, L = self.dimension, self.constants["L"]
        y = self._reflect(x[None])[0]
        slip = 0.0
        if self.mirror is not None:
            slip = up(8 * gamma(2 * d + 10) * float(np.linalg.norm(x)), d + 5)
        root = math.sqrt(float(np.sum(self.spectrum * y**2)) / 2)
        norm = float(np.linalg.norm(self.spectrum * y))
        value_slip, norm_slip = up(math.sqrt(L / 2) * slip, 5), up(L * slip)
        low = max(0.0, down(down(root, d + 6) - value_slip))
        return Enclosure(
            (down(low * low), up(up(up(root, d + 6) + value_slip) ** 2)),
            (max(0.0, down(down(norm, d + 6) - norm_slip)), up(up(norm, d + 6) + norm_slip)),
        )


@PROBLEMS.add("quadratic")
def quadratic(
    dimension: int = 20,
    mu: float | None = None,
    L: float = 1.0,
    spectrum: str | Sequence[float] = "log",
    rotate: bool = False,
    start: float | Sequence[float] = 1.0,
    seed: int = 0,
) -> Quadratic:
    """Return a quadratic with the eigenvalues asked for.

    ``spectrum`` is "linear", "log", "two-point", "equal" or the list of eigenvalues itself (then
    ``dimension``, ``mu`` and ``L`` follow from it). ``mu`` defaults to L/10, and to L where the
    spectrum has one value. ``rotate`` hides the axes behind a random reflection (``seed``).
    ``start`` is the first point, one number for all coordinates or a list.
    """
    if isinstance(spectrum, str):
        d = integer("dimension", dimension)
        require_memory(8.0 * 16 * d, f"a quadratic of dimension {d}")
        top = real("L", L, above=0)
        single = spectrum == "equal" or d == 1
        bottom = (top if single else top / 10) if mu is None else real("mu", mu, above=0)
        if bottom > top:
            raise InputError(f"mu must be <= L, got mu = {bottom:g} > L = {top:g}")
        values = chosen_spectrum(spectrum, d, bottom, top)
        told = f"{spectrum} spectrum in [{bottom:g}, {top:g}]"
    else:
        values = np.asarray(spectrum, dtype=np.float64)
        if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
            raise InputError("spectrum must be a name or a non-empty list of finite numbers")
        if values.min() < 0 or values.max() <= 0:
            raise InputError("eigenvalues must be >= 0, and one of them > 0")
        told = f"given spectrum in [{values.min():g}, {values.max():g}]"
    d = len(values)
    mirror = None
    if flag("rotate", rotate):
        rng = np.random.default_rng(integer("seed", seed, least=0))
        mirror = rng.standard_normal(d)
        told += ", rotated"
    return Quadratic(values, vector("start", start, d), mirror, f"quadratic, d = {d}, {told}")
