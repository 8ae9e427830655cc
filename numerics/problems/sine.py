"""A non-convex function that still satisfies the Polyak-Lojasiewicz inequality."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from numerics.backend import Array
from numerics.memory import require_memory
from numerics.problems.base import PROBLEMS, Enclosure, Problem
from numerics.rounding import down, gamma, up
from numerics.validation import integer, vector


class Sine(Problem):
    """f(u) = sum_j u_j^2 + 3 sin^2 u_j: smooth with L = 8, PL with mu = 0.1755, minimum 0.

    Per coordinate f'' = 2 + 6 cos 2u lies in [-4, 8], and the square of f' = 2u + 3 sin 2u is at
    least 2 mu (u^2 + 3 sin^2 u); both sides sum over coordinates. The literature gives mu = 1/32
    (Karimi, Nutini, Schmidt, 2016); 0.1755 is proved by interval arithmetic in the tests.
    """

    name = "sine"

    def __init__(self, start: Array) -> None:
        """``start`` (d,) is the first point."""
        self.start = start
        self.dimension = len(start)
        self.title = f"sum of u^2 + 3 sin^2 u, d = {self.dimension}"
        self.constants = {"L": 8.0, "mu": 0.1755}
        self.f_inf = self.f_star = 0.0

    def value(self, x: Array) -> Array:
        """f at each row."""
        s = np.sin(x)
        total: Array = np.einsum("ij,ij->i", x, x) + 3 * np.einsum("ij,ij->i", s, s)
        return total

    def gradient(self, x: Array, out: Array | None = None) -> Array:
        """2u + 3 sin 2u in every coordinate."""
        double = 2 * x
        out = np.sin(double, out=out)
        out *= 3
        out += double
        return out

    def enclose(self, x: Array) -> Enclosure:
        """Bounds from the relative accuracy of sin (taken as 8 units in the last place)."""
        terms = self.dimension + 24
        value = float(self.value(x[None])[0])
        norm = float(np.linalg.norm(self.gradient(x[None])[0]))
        # |2u| + |3 sin 2u| <= 8 |u| bounds what the sum of the two can lose to cancellation.
        slip = up(gamma(24) * 8 * float(np.linalg.norm(x)), terms)
        return Enclosure(
            (max(0.0, down(value, terms)), up(value, terms)),
            (max(0.0, down(down(norm, terms) - slip)), up(up(norm, terms) + slip)),
        )


@PROBLEMS.add("sine")
def sine(dimension: int = 10, start: float | Sequence[float] = 2.0) -> Sine:
    """Return the sum of u^2 + 3 sin^2 u over ``dimension`` coordinates, started at ``start``."""
    d = integer("dimension", dimension)
    require_memory(8.0 * 16 * d, f"a problem of dimension {d}")
    return Sine(vector("start", start, d))
