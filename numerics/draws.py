"""What one step of a method may draw, on arrays.

The counterpart on the vectors of a proof is ``boundcalc.kernel.draws``. Vectors of the server are
(trials, d), those of the workers (trials, n, d).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from numerics.backend import Array
from numerics.compressors.base import Compressor
from numerics.errors import InputError
from numerics.oracles.base import Sampler


class Draws(Protocol):
    """What a step is given: the gradient of its sample at any point, and more."""

    def __call__(self, point: Any) -> Any:
        """Return the gradient of this step's sample: the same sample at every point."""

    def full(self, point: Any) -> Any:
        """Return the gradient itself."""

    def compress(self, vector: Any) -> Any:
        """Return the vector as the method's compressor sends it."""

    def stochastic_signs(self, vector: Any, radius: Any) -> Any:
        """+-1 with mean ``vector / radius``, independent in every coordinate."""

    def stochastic_directions(self, vector: Any) -> Any:
        """+-1 with mean ``vector / ||vector||_2``, independent; fair coins where that is 0."""

    def mean(self, vector: Any) -> Any:
        """Return the mean over the workers."""

    def project(self, vector: Any, radius: Any) -> Any:
        """Return the coordinates cut to ``[-radius, radius]``."""


@dataclass(frozen=True)
class ArrayDraws:
    """The draws of one step of all trials of a block."""

    gradient: Sampler
    sample: Sampler
    rng: Any
    compressor: Compressor | None = None

    def __call__(self, point: Array) -> Array:
        return self.sample(point)

    def full(self, point: Array) -> Array:
        return self.gradient(point)

    def compress(self, vector: Array) -> Array:
        if self.compressor is None:
            raise InputError("this method compresses, and no compressor is given")
        return self.compressor.compress(vector, self.rng)

    def stochastic_signs(self, vector: Array, radius: Any) -> Array:
        coins = self.rng.random(vector.shape)
        coins *= 2 * radius
        coins -= radius
        # Uniform on [-R, R): below v with probability 1/2 + v/(2R).
        return np.where(coins < vector, 1.0, -1.0)

    def stochastic_directions(self, vector: Array) -> Array:
        norms = np.sqrt(np.einsum("...j,...j->...", vector, vector))[..., None]
        return self.stochastic_signs(vector, np.where(norms > 0, norms, 1.0))

    def mean(self, vector: Array) -> Array:
        mean: Array = vector.mean(axis=-2)
        return mean

    def project(self, vector: Array, radius: Any) -> Array:
        return np.clip(vector, -radius, radius)
