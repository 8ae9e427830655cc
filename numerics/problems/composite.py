"""Compositions f = (1/n) sum_i F_i(h_i(x)) whose parts have known constants."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from numerics.backend import Array
from numerics.memory import require_memory
from numerics.problems.base import PROBLEMS, Enclosure, Problem
from numerics.problems.least_squares import CELLS, least_sum
from numerics.problems.losses import LOSSES, Loss
from numerics.rounding import down, gamma, up
from numerics.validation import integer, real, vector


class Composite(Problem):
    """f(x) = (1/n) sum_i F_i(h_i(x)) with F_i(u) = sum_j w_j phi(u_j - c_ij) and an inner map h_i
    that acts on each coordinate by itself, so that its Jacobian is diagonal.

    ``constants`` has, besides ``L`` and perhaps ``mu``: ``n``, the number of tasks; ``ell_h`` with
    ||J_i|| <= ell_h (operator norm); ``ell_F`` with ||grad F_i|| <= ell_F everywhere, inf where
    there is none; ``L_F``, a Lipschitz constant of every grad F_i.
    """

    def __init__(self, loss: Loss, weights: Array, centres: Array, start: Array) -> None:
        """``loss`` is phi, ``weights`` (d,) are the w_j >= 0, ``centres`` (n, d) the c_ij."""
        self.loss, self.weights, self.centres, self.start = loss, weights, centres, start
        self.tasks, self.dimension = centres.shape
        norm = up(float(np.linalg.norm(weights)), self.dimension + 4)
        self.constants = {
            "ell_F": up(loss.slope_max * norm),
            "L_F": _product_up(loss.curvature_max, float(weights.max())),
            "n": float(self.tasks),
        }

    @abstractmethod
    def map(self, t: Array, c: Array, w: Array) -> Array:
        """Return a coordinate of h_i where that of x is ``t``, of c_i ``c`` and of the weights
        ``w`` (arrays that broadcast).
        """

    @abstractmethod
    def slope(self, t: Array, c: Array, w: Array) -> Array:
        """Return the derivative of :meth:`map` in ``t``."""

    @abstractmethod
    def slack(self, t: Array, c: Array, w: Array) -> tuple[Array, Array]:
        """Return how far the computed :meth:`map` and :meth:`slope` can be off."""

    @property
    def width(self) -> int:
        """An evaluation touches every coordinate of every task."""
        return self.tasks * self.dimension

    def inner(self, x: Array) -> Array:
        """h_i at each row of ``x`` (trials, d), as (trials, n, d), or (trials, 1, d) where all
        tasks have the same h.
        """
        return self.map(x[:, None, :], self.centres, self.weights)

    def jacobian(self, x: Array) -> Array:
        """Return the diagonals of the Jacobians of h_i at each row, shaped like :meth:`inner`."""
        return self.slope(x[:, None, :], self.centres, self.weights)

    def outer_gradient(self, u: Array) -> Array:
        """grad F_i(u_i) for ``u`` (trials, n, d) or (trials, 1, d), as (trials, n, d)."""
        gradient: Array = self.loss.slope(u - self.centres)
        gradient *= self.weights
        return gradient

    def value(self, x: Array) -> Array:
        """f at each row."""
        mean: Array = (self.loss.value(self.inner(x) - self.centres) @ self.weights).mean(axis=1)
        return mean

    def gradient(self, x: Array, out: Array | None = None) -> Array:
        """Return the mean of J_i' grad F_i(h_i) at each row."""
        terms = self.outer_gradient(self.inner(x))
        terms *= self.jacobian(x)
        mean: Array = terms.mean(axis=1, out=out)
        return mean

    def enclose(self, x: Array) -> Enclosure:
        """Bounds from the errors of h and J, carried through phi, the products and the sums."""
        n, d = self.centres.shape
        value, off = self._values(x, self.centres, self.weights)
        total = float(value.sum()) / n
        slack = up(float(off.sum()) / n + gamma(n * d + 4) * float(np.abs(value).sum()) / n, n * d)
        slope, slope_off = self._slopes(x, self.centres, self.weights)
        gradient = slope.mean(axis=0)
        blur = (slope_off + gamma(n + 4) * np.abs(slope)).mean(axis=0)
        norm = float(np.linalg.norm(gradient))
        blurred = up(float(np.linalg.norm(blur)) + gamma(d + 8) * norm, n + d + 20)
        return Enclosure(
            (max(0.0, down(total - slack)), up(total + slack)),
            (max(0.0, down(norm - blurred)), up(norm + blurred)),
        )

    def _residual(self, t: Array, c: Array, w: Array) -> tuple[Array, Array]:
        """Return the argument of phi and how far it can be off."""
        h, off = self.map(t, c, w), self.slack(t, c, w)[0]
        return h - c, off + gamma(4) * (np.abs(h) + np.abs(c))

    def _values(self, t: Array, c: Array, w: Array) -> tuple[Array, Array]:
        """Return the terms w phi(h - c) and how far each can be off."""
        u, off = self._residual(t, c, w)
        phi, slope = self.loss.value(u), np.abs(self.loss.slope(u))
        steep = np.minimum(
            slope + self.loss.curvature_max * off + gamma(16) * (1 + np.abs(u) + slope),
            self.loss.slope_max,
        )
        return w * phi, 1.01 * w * (steep * off + gamma(20) * (1 + np.abs(u) + phi))

    def _slopes(self, t: Array, c: Array, w: Array) -> tuple[Array, Array]:
        """Return the terms h' w phi'(h - c) and how far each can be off."""
        u, off = self._residual(t, c, w)
        inner, inner_off = self.slope(t, c, w), self.slack(t, c, w)[1]
        outer = w * self.loss.slope(u)
        rounding = gamma(20) * (w * (1 + np.abs(u)) + np.abs(outer))
        outer_off = w * self.loss.curvature_max * off + rounding
        size = np.abs(inner) + inner_off
        return inner * outer, 1.01 * (size * outer_off + inner_off * np.abs(outer))

    def _least(self, low: Array, high: Array, bend: Array) -> tuple[float, float]:
        """Bounds of min f, whose minimiser lies in the box [``low``, ``high``], with the second
        derivative in coordinate j at most ``bend`` (all (d,)).
        """
        n = self.tasks

        def values(t: Array, at: npt.NDArray[np.intp]) -> tuple[Array, Array]:
            terms, off = self._values(t[:, None], self.centres.T[at], self.weights[at][:, None])
            return terms.mean(axis=1), 1.01 * (off + gamma(n + 4) * np.abs(terms)).mean(axis=1)

        below, above = least_sum(values, low, high, bend)
        return max(0.0, below), above


class SineComposite(Composite):
    """The smooth example: h(x) = x + sin(x)/2 in every coordinate and phi = log cosh, all w_j = 1.

    ell_h = 3/2, ell_F = sqrt(d), L_F = 1 and L = 9/4: in a coordinate f'' is a mean of
    (1 - s^2) h'^2 + s h'' with s = tanh(h - c_ij). This is concave in s, so at least -|h''|, and
    with e = 1 - cos x in [0, 2] at most h'^2 + h''^2/(4 h'^2) <= (3/2 - e/2)^2 + (2e - e^2)/4,
    which is 9/4 - e, or |h''| <= 1/2 where s = 1 is best. Attained at x = 0 where every c_ij is 0.
    """

    name = "composite"

    def __init__(self, centres: Array, start: Array) -> None:
        """``centres`` (n, d) are the c_ij, ``start`` (d,) the first point."""
        d = centres.shape[1]
        super().__init__(LOSSES["logcosh"], np.ones(d), centres, start)
        self.title = f"log cosh(x + sin(x)/2 - c_i), n = {self.tasks}, d = {d}"
        self.constants |= {"L": 2.25, "ell_h": 1.5}
        # Left of every x with h(x) = c_ij, all of which are within 1/2 of c_ij, f falls.
        low = np.nextafter(centres.min(axis=0) - 0.5, -np.inf)
        high = np.nextafter(centres.max(axis=0) + 0.5, np.inf)
        self.f_inf, self.f_star = self._least(low, high, np.full(d, 2.25))

    def map(self, t: Array, c: Array, w: Array) -> Array:
        """t + sin(t)/2."""
        h: Array = np.sin(t)
        h *= 0.5
        h += t
        return h

    def slope(self, t: Array, c: Array, w: Array) -> Array:
        """1 + cos(t)/2."""
        slope: Array = np.cos(t)
        slope *= 0.5
        slope += 1.0
        return slope

    def slack(self, t: Array, c: Array, w: Array) -> tuple[Array, Array]:
        """From the accuracy of sin and cos (taken as 8 units in the last place)."""
        off: Array = gamma(24) * (1 + np.abs(t))
        return off, np.full_like(off, gamma(24) * 2)


@PROBLEMS.add("composite")
def composite(
    tasks: int = 8,
    dimension: int = 10,
    spread: float = 1.0,
    start: float | Sequence[float] = 3.0,
    seed: int = 0,
) -> SineComposite:
    """Return the mean over ``tasks`` of log cosh(x_j + sin(x_j)/2 - c_ij), summed over j, with
    normal c_ij of standard deviation ``spread``; non-convex, with bounded gradients.
    """
    centres = chosen_centres(tasks, dimension, spread, seed)
    return SineComposite(centres, vector("start", start, centres.shape[1]))


def chosen_centres(tasks: int, dimension: int, spread: float, seed: int) -> Array:
    """Normal centres (tasks, dimension) of that standard deviation; InputError for bad options."""
    n, d = integer("tasks", tasks), integer("dimension", dimension)
    scale = real("spread", spread, least=0)
    require_memory(8.0 * 12 * CELLS * n * d, f"{n} tasks in dimension {d}")
    rng = np.random.default_rng(integer("seed", seed, least=0))
    centres: Array = scale * rng.standard_normal((n, d))
    return centres


def _product_up(a: float, b: float) -> float:
    """a b, rounded up unless a factor is 1."""
    return a * b if 1.0 in (a, b) else up(a * b)
