"""Generalised linear finite sums whose rows are shared among workers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from numerics.backend import Array
from numerics.errors import InputError
from numerics.matrices import Matrix, squared_lengths, weighted_sums
from numerics.problems.distributed import Distributed
from numerics.problems.glm import GeneralisedLinear
from numerics.problems.losses import Loss
from numerics.problems.slopes import second_moment, slope_bound, smoothness
from numerics.problems.spread import TINY, shard_spread
from numerics.rounding import gamma, up
from numerics.sparsity import Overlap, overlap
from numerics.spectrum import LARGEST_ORDER, gram_bounds

Places: TypeAlias = npt.NDArray[np.int64]


class ShardedLinear(GeneralisedLinear, Distributed):
    """A :class:`GeneralisedLinear` f whose rows belong to n workers, the same number r to each.

    f_i is the mean of the losses of the rows F_i of worker i, plus (l2/2) ||x||^2; so f is the
    mean of the f_i. With slopes bounded by s the gradients are at most s times the smaller of
    ||F_i||/sqrt(r) and the mean length of the rows, where l2 = 0; of these the largest is
    ``gradient_bound``. Every f_i is smooth with constant max(phi'') ||F_i||^2/r + l2, the largest
    of which, L_w, is that of the workers; since no more than s of n share a coordinate of the data,
    f is smooth with s L_w/n + l2.
    """

    def __init__(
        self,
        features: Matrix,
        targets: Array,
        loss: Loss,
        l2: float,
        start: Array,
        *,
        workers: int,
        name: str,
        title: str,
    ) -> None:
        """As for the parent; the m rows are m/``workers`` for each worker in turn."""
        super().__init__(features, targets, loss, l2, start, name=name, title=title)
        self.workers = workers
        bounded = math.isfinite(loss.slope_max) and l2 == 0
        self.gradient_bound = max(self._slope_bounds) if bounded else None
        if min(self.features.shape) > LARGEST_ORDER:
            # What bounds ||A|| there may be far above it; the workers' own rows are fewer.
            shared = up(self._overlap.s * self.worker_smoothness() / workers + l2, 4)
            self.constants["L"] = min(self.constants["L"], shared)

    @property
    def _shards(self) -> Sequence[Matrix]:
        """F_1, ..., F_n."""
        if self.sparse:
            size = self.components // self.workers
            return [self.features[low : low + size] for low in range(0, self.components, size)]
        shards: Sequence[Matrix] = self.features.reshape(self.workers, -1, self.dimension)
        return shards

    @cached_property
    def _touched(self) -> tuple[Matrix, Places, Places]:
        """Return where local gradients of sparse data, without the l2 term, can have an entry that
        is not zero: workers and coordinates (places,), and the rows as a matrix (m, places).
        """
        rows, m = self.features, self.components
        owner = np.arange(m) * self.workers // m
        cells = np.repeat(owner * self.dimension, np.diff(rows.indptr)) + rows.indices
        places, at = np.unique(cells, return_inverse=True)
        matrix = type(rows)((rows.data, at, rows.indptr), shape=(m, len(places)))
        return matrix, places // self.dimension, places % self.dimension

    def local_gradients(self, x: Array, out: Array | None = None) -> Array:
        """Return one product with the rows of each worker."""
        if out is None:
            out = np.empty_like(x, shape=(len(x), self.workers, self.dimension))
        slopes, size = self.loss.slope(self._residuals(x)), self.components // self.workers
        if self.sparse:
            matrix, worker, coordinate = self._touched
            out[...] = self.l2 * x[:, None]
            out[:, worker, coordinate] += weighted_sums(slopes / size, matrix)
            return out
        slopes = slopes.reshape(len(x), self.workers, -1)
        np.matmul(slopes.swapaxes(0, 1), self._shards, out=out.swapaxes(0, 1))
        out /= size
        if self.l2:
            out += self.l2 * x[:, None]
        return out

    def dissimilarity(self, young: float = 1.0) -> tuple[float, float]:
        """(B_h, delta2) from the data.

        The l2 term is common to all f_i and cancels. Bounded slopes: (0, the mean square of the
        bounds of the gradients without it). Squared loss, with A_i = F_i'F_i/r, A their mean,
        K = A + l2 I: grad f_i - grad f at x is (A_i - A)(x - y) more than at y, the polished
        minimiser, and K (x - y) = grad f(x) - grad f(y); Young's inequality with weight ``young``
        parts the two. Where K is not proved to be invertible: mean ||g_i||^2 <= 2 R f with
        R = max ||F_i||^2/r, and PL, as in :meth:`spread`; of the two the smaller B_h is taken.
        """
        if math.isfinite(self.loss.slope_max):
            squares = np.array(self._slope_bounds) ** 2
            return 0.0, up(float(squares.mean()), self.workers + 4)
        found = []
        if self._relative is not None:
            slip = self.enclose(self.best).gradient_norm[1]
            relative = up((1 + young) * (1 + TINY) * self._relative, 6)
            rest = up((1 + young) * self._relative * (1 + 1 / TINY) * slip**2, 8)
            found.append((relative, up((1 + 1 / young) * self._absolute + rest, 6)))
        if "mu" in self.constants:
            reach = up(max(self._squared_norms) * self.workers / self.components)
            relative = up(reach / self.constants["mu"])
            if not self.l2:
                relative = max(0.0, up(relative - 1.0))
            found.append((relative, up(2 * reach * self.f_star)))
        if not found:
            raise InputError(
                f"the dissimilarity of workers with the {self.loss.name} loss needs a PL constant,"
                " and the rank of these data is not proved: add an l2 term"
            )
        return min(found)

    def local_spread(self) -> float:
        """Return a bound, for every worker, of the variance of its single gradients, and without l2
        of their mean square: slope_max^2 times the mean of ||a||^2 over its rows.

        Raises InputError for unbounded slopes.
        """
        slope = slope_bound(self.loss)
        return max(second_moment(rows, slope) for rows in self._shards)

    def local_smoothness(self) -> float:
        """L_avg of the worker where it is largest, rounded up."""
        size, top = self.components // self.workers, self.loss.curvature_max
        return max(
            smoothness(rows, up(square / size), top, self.l2)[1]
            for rows, square in zip(self._shards, self._squared_norms, strict=True)
        )

    def worker_smoothness(self) -> float:
        """Return the largest over the workers, rounded up; no component is less smooth."""
        size, top = self.components // self.workers, self.loss.curvature_max
        whole = (up(up(top * up(square / size)) + self.l2) for square in self._squared_norms)
        return min(max(whole), self.constants["L_max"])

    def sharing(self) -> Overlap:
        """From the rows that are not zero; the l2 term is one of all coordinates."""
        return Overlap.dense(self.workers) if self.l2 else self._overlap

    @cached_property
    def _overlap(self) -> Overlap:
        owners = np.repeat(np.arange(self.workers), self.components // self.workers)
        return overlap(self.features, owners)

    def local_gradient_norms(self, x: Array) -> Array:
        """Upper bounds of ||grad f_i(x)|| at one point ``x`` (d,), rounding included, as (n,).

        The error of the residuals is carried through the slopes and the sums, as in
        :meth:`enclose`.
        """
        size, d = self.components // self.workers, self.dimension
        u, off, loss = self._residuals(x[None])[0], self._residual_error(x), self.loss
        slope = loss.slope(u)
        blur = loss.curvature_max * off + gamma(16) * (1 + np.abs(slope))
        blur += gamma(size + d + 12) * np.abs(slope)
        found = np.empty(self.workers)
        for i, (part, blurred) in enumerate(self._sums(slope, blur)):
            blurred += gamma(8) * self.l2 * np.abs(x)
            norm = float(np.linalg.norm(np.abs(part + self.l2 * x) + blurred))
            found[i] = up(norm, size + 2 * d + 20)
        return found

    def _sums(self, weights: Array, sizes: Array) -> Iterator[tuple[Array, Array]]:
        """F_i' w_i/r and |F_i|' z_i/r of one worker after the other, for ``weights`` w and
        ``sizes`` z, both (m,).
        """
        size = self.components // self.workers
        pairs = zip(weights.reshape(-1, size), sizes.reshape(-1, size), strict=True)
        for rows, (w, z) in zip(self._shards, pairs, strict=True):
            yield w @ rows / size, z @ abs(rows) / size

    @cached_property
    def _squared_norms(self) -> list[float]:
        """||F_i||^2 of each worker, rounded up."""
        return [gram_bounds(rows)[1] for rows in self._shards]

    @cached_property
    def _slope_bounds(self) -> list[float]:
        """Return what ||(1/r) F_i' phi'|| cannot exceed, of each worker."""
        size = self.components // self.workers
        lengths = np.sqrt(squared_lengths(self.features)).reshape(self.workers, -1).mean(axis=1)
        terms = self.dimension + size + 8
        return [
            up(self.loss.slope_max * min(up(float(mean), terms), up(math.sqrt(up(square / size)))))
            for mean, square in zip(lengths, self._squared_norms, strict=True)
        ]

    @cached_property
    def _relative(self) -> float | None:
        return shard_spread(self.features, self._shards, self.l2)

    @cached_property
    def _absolute(self) -> float:
        """A bound of mean ||grad f_i - grad f||^2 at ``best``, for the squared loss."""
        m, d, n = self.components, self.dimension, self.workers
        residuals = self._residuals(self.best[None])[0]
        blur = self._residual_error(self.best) + gamma(m + 4) * np.abs(residuals)
        mean, blurred, reach = np.zeros((3, d))
        for part, off in self._sums(residuals, blur):
            mean += part / n
            blurred += off / n
            reach += np.abs(part) / n
        total = 0.0
        for part, off in self._sums(residuals, blur):
            # The mean over workers and the subtraction lose a little of the parts themselves.
            away = np.abs(part - mean) + off + blurred + gamma(n + 4) * (np.abs(part) + reach)
            total += float(away @ away)
        return up(total / n, m + n * d + 20)
