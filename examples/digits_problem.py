"""The digits as a distributed problem: softmax regression over workers that compress.

Everything is batched: parameters are arrays (configurations, seeds, d), and all configurations of
a seed see the same mini-batches, so that differences between them are paired.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.datasets import load_digits

from numerics.compressors import TopK

Array = npt.NDArray[np.float64]
Compress = Callable[[Array], Array]
CLASSES = 10


@dataclass(frozen=True)
class Digits:
    """f(x) = mean cross-entropy of a softmax + l2/2 ||x||^2, on a fixed split of the digits.

    Attributes:
        train: Inputs of the workers (n, m, 65): pixels in [0, 1], and 1 for the intercept.
        labels: One-hot labels (n, m, 10).
        test: Held-out inputs (t, 65).
        test_classes: Their classes (t,).
        l2: Weight of the regulariser; f is l2-strongly convex, so PL with mu = l2.
    """

    train: Array
    labels: Array
    test: Array
    test_classes: npt.NDArray[np.intp]
    l2: float

    @property
    def dimension(self) -> int:
        """d = 65 * 10."""
        return self.train.shape[-1] * CLASSES

    @property
    def smoothness(self) -> float:
        """L = l2 + lambda_max(A^T A/m)/2, since a softmax's Hessian is at most 1/2."""
        rows = self.train.reshape(-1, self.train.shape[-1])
        return self.l2 + 0.5 * float(np.linalg.eigvalsh(rows.T @ rows / len(rows))[-1])

    def objective(self, x: Array) -> tuple[Array, Array]:
        """f and its gradient at each of (..., d), over all workers' data."""
        rows = self.train.reshape(-1, self.train.shape[-1])
        labels = self.labels.reshape(-1, CLASSES)
        weights = x.reshape(*x.shape[:-1], -1, CLASSES)
        loss, residual = _cross_entropy(rows @ weights, labels)
        gradient = (rows.T @ residual / len(rows)).reshape(x.shape) + self.l2 * x
        return loss.mean(axis=-1) + self.l2 / 2 * (x**2).sum(axis=-1), gradient

    def accuracy(self, x: Array) -> Array:
        """The share of test digits that each of (..., d) classifies rightly."""
        scores = self.test @ x.reshape(*x.shape[:-1], -1, CLASSES)
        return np.asarray((scores.argmax(axis=-1) == self.test_classes).mean(axis=-1))

    def minimum(self) -> float:
        """min f, by a quasi-Newton method; the gradient left is negligible."""
        found = minimize(
            self.objective,
            np.zeros(self.dimension),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 10_000, "maxfun": 20_000, "ftol": 1e-15, "gtol": 1e-9},
        )
        return float(found.fun)

    def draw(self, rng: np.random.Generator, seeds: int, batch: int) -> tuple[Array, Array]:
        """One mini-batch per seed and worker, with replacement: (seeds, n, batch, 65 and 10)."""
        n, m, _ = self.train.shape
        chosen = rng.integers(m, size=(seeds, n, batch))
        worker = np.arange(n)[:, None]
        return self.train[worker, chosen], self.labels[worker, chosen]

    def estimate(self, x: Array, batch: tuple[Array, Array], compress: Compress) -> Array:
        """The mean over workers of compressed mini-batch gradients, at x (configs, seeds, d)."""
        rows, labels = batch
        seeds, n, size, inputs = rows.shape
        weights = x.reshape(*x.shape[:-1], inputs, CLASSES)
        scores = (rows.reshape(seeds, n * size, inputs) @ weights).reshape(
            *x.shape[:-1], n, size, CLASSES
        )
        _, residual = _cross_entropy(scores, labels)
        gradients = np.swapaxes(rows, -1, -2) @ residual / size
        gradients = gradients.reshape(*x.shape[:-1], n, -1) + self.l2 * x[..., None, :]
        return np.asarray(compress(gradients).mean(axis=-2))


def _cross_entropy(scores: Array, labels: Array) -> tuple[Array, Array]:
    """The loss of each row of scores (..., 10) and its derivative, without overflow."""
    scores = scores - scores.max(axis=-1, keepdims=True)
    powers = np.exp(scores)
    total = powers.sum(axis=-1, keepdims=True)
    loss = np.log(total[..., 0]) - (scores * labels).sum(axis=-1)
    return loss, powers / total - labels


def load(workers: int, skew: float, l2: float) -> Digits:
    """scikit-learn's digits, a quarter held out, over ``workers`` of equal size.

    A share ``skew`` of every worker's data is dealt in the order of the classes, the rest at
    random. The split is fixed.
    """
    data = load_digits()
    inputs = np.hstack([data.data / 16, np.ones((len(data.data), 1))])
    order = np.random.default_rng(0).permutation(len(inputs))
    held_out = len(inputs) // 4
    test, train = order[:held_out], order[held_out:]
    train = train[: len(train) // workers * workers]
    share = round(skew * len(train) / workers) * workers
    sorted_part = train[:share][np.argsort(data.target[train[:share]], kind="stable")]
    dealt = np.hstack([sorted_part.reshape(workers, -1), train[share:].reshape(workers, -1)])
    return Digits(
        train=inputs[dealt],
        labels=np.eye(CLASSES)[data.target[dealt]],
        test=inputs[test],
        test_classes=data.target[test],
        l2=l2,
    )


def top_k(k: int) -> Compress:
    """The k entries of largest magnitude."""
    compressor = TopK(k)
    return lambda gradients: compressor.compress(gradients, None)


def clip(level: float) -> Compress:
    """The projection onto the ball of radius ``level``."""

    def project(gradients: Array) -> Array:
        norms = np.linalg.norm(gradients, axis=-1, keepdims=True)
        return gradients * np.minimum(1.0, level / np.maximum(norms, 1e-300))

    return project
