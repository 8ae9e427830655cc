"""Finite sums of a loss of a linear function: regression and classification, on any data."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from numerics.backend import Array
from numerics.device_ops import tally
from numerics.errors import InputError
from numerics.matrices import (
    Matrix,
    as_matrix,
    inner_products,
    is_sparse,
    scaled_rows,
    squared_lengths,
    weighted_sums,
)
from numerics.problems.base import Enclosure, FiniteSum
from numerics.problems.losses import Loss
from numerics.problems.newton import near_minimiser
from numerics.problems.slopes import second_moment, slope_bound, smoothness, sup_bound
from numerics.problems.spread import squared_spread
from numerics.rounding import down, gamma, up
from numerics.spectrum import distinct_bound, gram_bounds


class GeneralisedLinear(FiniteSum):
    """f(x) = (1/m) sum_i phi(a_i.x - b_i) + (l2/2) ||x||^2, constants certified from the data.

    With s = ||A||^2/m: L = max(phi'') s + l2, L_max = max(phi'') max ||a_i||^2 + l2,
    L_avg = max(phi'') sqrt(||(||a_i|| a_i)_i||^2/m) + l2. mu is l2 + min(phi'') s where that is
    positive, and for the squared loss l2 + the least non-zero eigenvalue of A'A/m (l2 = 0: PL) when
    the rank is proved: of the rows or the columns, those that repeat others left out. Otherwise
    there is no ``mu``. With mu, at a polished minimiser y, f_inf is f(y) - ||grad f(y)||^2/(2 mu);
    without, it is 0. Where f is strongly convex, y stands for the ``minimiser``, which is no
    farther from it than ``minimiser_error`` = ||grad f(y)||/mu. The squared loss without l2 can
    have many minimisers: ``best`` is near one that is nearest to the start, no farther than that.

    A matrix from scipy.sparse stays sparse: memory goes with its entries, and with the square of
    the smaller of m and d up to what :func:`gram_bounds` decomposes.
    """

    def __init__(
        self,
        features: Matrix,
        targets: Array,
        loss: Loss,
        l2: float,
        start: Array,
        *,
        name: str,
        title: str,
    ) -> None:
        """``features`` (m, d), ``targets`` (m,): labels +-1 where the loss takes labels, which are
        then multiplied into the rows (exactly), else the values b_i.
        """
        features = as_matrix(features)
        self.features = scaled_rows(features, targets) if loss.labels else features
        self.targets = np.zeros_like(targets) if loss.labels else targets
        self.loss, self.l2 = loss, l2
        self.components, self.dimension = features.shape
        self.start, self.name, self.title = start, name, title
        self.convex = loss.convex
        # A sparse matrix multiplies from the left as it is.
        self._transposed = None if self.sparse else np.ascontiguousarray(self.features.T)
        self.constants, definite = self._certify()
        self.f_inf, self.f_star = 0.0, math.inf
        self.best = self._minimiser() if "mu" in self.constants else start
        self.minimiser_error = 0.0
        if "mu" in self.constants:
            best = self.enclose(self.best)
            if loss.convex and definite:
                self.minimiser = self.best
                self.minimiser_error = up(best.gradient_norm[1] / self.constants["mu"])
            fall = up(up(best.gradient_norm[1] ** 2) / (2 * self.constants["mu"]))
            self.f_inf = max(0.0, down(best.value[0] - fall))
            self.f_star = best.value[1]

    @property
    def sparse(self) -> bool:
        """Return whether the data are."""
        return is_sparse(self.features)

    def resident_bytes(self) -> int:
        """Return the arrays, and the entries of a sparse matrix with their places."""
        own = super().resident_bytes()
        if self.sparse:
            rows = self.features
            own += rows.data.nbytes + rows.indices.nbytes + rows.indptr.nbytes
        return own

    @property
    def width(self) -> int:
        """Rows of an evaluation are as long as the larger of d and m."""
        return max(self.dimension, self.components)

    def value(self, x: Array) -> Array:
        """f at each row."""
        mean: Array = self.loss.value(self._residuals(x)).mean(axis=1)
        if self.l2:
            mean += 0.5 * self.l2 * np.einsum("ij,ij->i", x, x)
        return mean

    def gradient(self, x: Array, out: Array | None = None) -> Array:
        """Return the gradient at each row."""
        return self._assemble(self.loss.slope(self._residuals(x)), self.components, x, out)

    def value_and_gradient(self, x: Array, out: Array | None = None) -> tuple[Array, Array]:
        """Return both, from one product with the data."""
        u = self._residuals(x)
        value: Array = self.loss.value(u).mean(axis=1)
        if self.l2:
            value += 0.5 * self.l2 * np.einsum("ij,ij->i", x, x)
        return value, self._assemble(self.loss.slope(u), self.components, x, out)

    def sample_gradient(
        self, x: Array, indices: npt.NDArray[np.intp], out: Array | None = None
    ) -> Array:
        """Return the mean of grad f_i over each trial's own indices (trials, batch)."""
        (trials, batch), m = indices.shape, self.components
        if 8 * batch > m:
            # One product with all of the data is cheaper than gathering most of its rows.
            counts = tally(indices, m)
            return self._assemble(counts * self.loss.slope(self._residuals(x)), batch, x, out)
        total = np.empty_like(x) if out is None else out
        if self.sparse:
            total[...] = 0.0
        for turn, chosen in enumerate(indices.T):
            rows = self.features[chosen]
            if self.sparse:
                # No row has a column twice, so that nothing is written to twice.
                at = np.repeat(np.arange(trials), np.diff(rows.indptr)), rows.indices
                u = np.bincount(at[0], rows.data * x[at], minlength=trials) - self.targets[chosen]
                total[at] += rows.data * self.loss.slope(u)[at[0]]
            else:
                u = np.einsum("ij,ij->i", rows, x) - self.targets[chosen]
                np.multiply(rows, self.loss.slope(u)[:, None], out=rows if turn else total)
                if turn:
                    total += rows
        if batch > 1:
            total /= batch
        if self.l2:
            total += self.l2 * x
        return total

    def spread(self, young: float = 1.0) -> tuple[float, float]:
        """(M, s2) of the single gradients around their mean.

        The l2 term is common to all f_i and cancels: with g_i = phi'_i a_i the spread is
        mean ||g_i||^2 - ||mean g_i||^2. Bounded slopes: at most slope_max^2 mean ||a_i||^2. Else,
        by phi'^2 <= 2 c phi with c = max(phi''), and with R^2 = max ||a_i||^2, mean ||g_i||^2 is at
        most 2 c R^2 f = 2 c R^2 (f - f_star) + 2 c R^2 f_star, and PL turns f - f_star into
        ||grad f||^2/(2 mu); without l2 the subtracted ||mean g_i||^2 is ||grad f||^2 itself. For
        the squared loss there is also :func:`squared_spread`; of the two the smaller M is taken.
        Where all rows are one up to sign, the g_i of the squared loss differ by the same
        everywhere, and M is 0 exactly.
        """
        if math.isfinite(self.loss.slope_max):
            return 0.0, second_moment(self.features, self.loss.slope_max)
        squares = squared_lengths(self.features)
        terms = self.dimension + self.components + 8
        if self.loss.name == "squared" and self._one_row():
            return 0.0, self._same_everywhere(squares)
        if "mu" not in self.constants:
            raise InputError(
                f"mini-batches of the {self.loss.name} loss need a PL constant, and the rank of"
                " these data is not proved: add an l2 term"
            )
        reach = up(self.loss.curvature_max * float(squares.max()), terms)
        relative = up(reach / self.constants["mu"])
        if not self.l2:
            relative = max(0.0, up(relative - 1.0))
        best = (relative, up(2 * reach * self.f_star))
        if self.loss.name == "squared":
            residuals = self._residuals(self.best[None])[0]
            residuals = np.abs(residuals) + self._residual_error(self.best)
            slip = self.enclose(self.best).gradient_norm[1]
            sharper = squared_spread(self.features, self.l2, residuals, slip, young)
            best = min(best, sharper) if sharper else best
        return best

    def _one_row(self) -> bool:
        """Return whether all rows are one, up to sign."""
        if self.sparse:
            return False
        first = self.features[0]
        same = (self.features == first).all(axis=1) | (self.features == -first).all(axis=1)
        return bool(same.all())

    def _same_everywhere(self, squares: Array) -> float:
        """Return a bound of the mean of ||g_i||^2 at ``best``."""
        residuals = self._residuals(self.best[None])[0]
        residuals = np.abs(residuals) + self._residual_error(self.best)
        return up(float(np.mean(squares * residuals**2)), self.dimension + self.components + 12)

    def sup_bound(self) -> float:
        """slope_max max |a_ij|; InputError for unbounded slopes or l2 > 0."""
        return sup_bound(self.features, slope_bound(self.loss, self.l2))

    def second_moment(self) -> float:
        """slope_max^2 mean ||a_i||^2; InputError for unbounded slopes or l2 > 0."""
        return second_moment(self.features, slope_bound(self.loss, self.l2))

    def enclose(self, x: Array) -> Enclosure:
        """Bounds from the error of the residuals, carried through phi and the sums."""
        m, d, loss = self.components, self.dimension, self.loss
        u = self._residuals(x[None])[0]
        size = abs(self.features)
        off = self._residual_error(x)
        phi, slope = loss.value(u), loss.slope(u)
        steep = np.minimum(np.abs(slope) + loss.curvature_max * off, loss.slope_max)
        value_off = float(np.mean(steep * off + gamma(16) * (1 + np.abs(u) + phi)))
        slope_off = loss.curvature_max * off + gamma(16) * (1 + np.abs(slope))
        square = float(x @ x)
        value = float(np.mean(phi)) + 0.5 * self.l2 * square
        slack = up(value_off + gamma(m + d + 12) * value, m + d + 20)
        gradient = slope @ self.features / m + self.l2 * x
        blur = (slope_off + gamma(m + d + 12) * np.abs(slope)) @ size / m
        blur = blur + gamma(8) * self.l2 * np.abs(x)
        norm, norm_slack = float(np.linalg.norm(gradient)), float(np.linalg.norm(blur))
        norm_slack = up(norm_slack + gamma(d + 8) * norm, m + d + 20)
        return Enclosure(
            (max(0.0, down(value - slack)), up(value + slack)),
            (max(0.0, down(norm - norm_slack)), up(norm + norm_slack)),
        )

    def _residual_error(self, x: Array) -> Array:
        """Return how far each computed a_i.x - b_i can be off at one point."""
        terms = self.dimension + 4
        reach = abs(self.features) @ np.abs(x) + np.abs(self.targets)
        off: Array = 1.01 * gamma(terms) * reach
        return off

    def _residuals(self, x: Array) -> Array:
        u: Array
        if self._transposed is not None:
            u = x @ self._transposed
        elif isinstance(x, np.ndarray):
            u = inner_products(x, self.features)
        else:
            raise InputError("sparse data are multiplied on the CPU only: take device 'cpu'")
        u -= self.targets
        return u

    def _assemble(self, weights: Array, count: int, x: Array, out: Array | None) -> Array:
        result: Array
        if self.sparse:
            result = np.empty_like(x) if out is None else out
            result[...] = weighted_sums(weights, self.features)
        else:
            result = np.matmul(weights, self.features, out=out)
        result /= count
        if self.l2:
            result += self.l2 * x
        return result

    def _certify(self) -> tuple[dict[str, float], bool]:
        """Return the constants, and whether f is known to have one minimiser where there is
        ``mu``.
        """
        m, d, l2, top = self.components, self.dimension, self.l2, self.loss.curvature_max
        low, high = gram_bounds(self.features)
        full_rank = d <= m
        if low <= 0 and self.loss.name == "squared":
            low, full_rank = distinct_bound(self.features)
        low, high = down(low / m), up(high / m)
        smooth, mean_square, single = smoothness(self.features, high, top, l2)
        constants = {"L": smooth, "L_avg": mean_square, "L_max": single, "m": float(m)}
        mu = down(l2 + min(0.0, self.loss.curvature_min * high))
        if l2 == 0:
            mu = 0.0
        elif self.loss.convex:
            mu = l2
        if self.loss.name == "squared" and low > 0 and (l2 == 0 or full_rank):
            mu = down(l2 + low)
        if mu > 0:
            constants["mu"] = min(mu, smooth)
        return constants, l2 > 0 or full_rank

    def _minimiser(self) -> Array:
        # Of many minimisers of the squared loss the one nearest to the start is wanted.
        start = self.start if self.loss.name == "squared" else np.zeros(self.dimension)
        return near_minimiser(
            self.features,
            self.l2,
            lambda x: self.loss.curvature(self._residuals(x[None])[0]),
            self.value_and_gradient,
            start,
        )
