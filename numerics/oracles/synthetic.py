"""A made-up oracle that meets its four constants with equality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError
from numerics.oracles.base import Sampler
from numerics.oracles.bias import BIAS_LAWS
from numerics.oracles.biased import BiasedOracle
from numerics.oracles.noise import NOISE_LAWS
from numerics.problems.base import Problem, squared_norm
from numerics.validation import choice, real


@dataclass(frozen=True)
class Synthetic(BiasedOracle):
    """g~ = grad f + b + z with ||b||^2 = B||grad f||^2 + C and E||z||^2 = M||grad f||^2 + sigma2.

    ``bias`` is one of none, opposing, fixed, random; ``noise`` one of none, gaussian, rademacher,
    multiplicative. Law "none" goes with zero constants: anything else is refused, since the
    simulation would then be milder than the constants say.
    """

    bias_law: str = "none"
    noise_law: str = "none"
    B: float = 0.0
    C: float = 0.0
    M: float = 0.0
    sigma2: float = 0.0
    name: str = "synthetic"

    def __post_init__(self) -> None:
        choice("bias law", self.bias_law, ("none", *BIAS_LAWS))
        choice("noise law", self.noise_law, ("none", *NOISE_LAWS))
        for name in ("B", "C", "M", "sigma2"):
            object.__setattr__(self, name, real(name, getattr(self, name), least=0))
        for law, kind, pair in (
            (self.bias_law, "bias", ("B", "C")),
            (self.noise_law, "noise", ("M", "sigma2")),
        ):
            if law == "none" and any(getattr(self, name) for name in pair):
                raise InputError(f"{' or '.join(pair)} > 0 needs a {kind} law other than 'none'")

    @property
    def title(self) -> str:  # type: ignore[override]
        """Both laws in words."""
        return f"synthetic: bias {self.bias_law}, noise {self.noise_law}"

    @property
    def biased(self) -> bool:
        """Return whether b is ever non-zero."""
        return self.B > 0 or self.C > 0

    @property
    def noisy(self) -> bool:
        """Return whether z is ever non-zero."""
        return self.M > 0 or self.sigma2 > 0

    @property
    def random(self) -> bool:
        """Return whether two draws at the same point can differ."""
        return self.noisy or (self.biased and self.bias_law == "random")

    def constants(self, problem: Problem) -> dict[str, float]:
        """Return the four numbers as given: the laws meet them exactly on every problem."""
        return {"B": self.B, "C": self.C, "M": self.M, "sigma2": self.sigma2}

    def bias(self, problem: Problem, x: Array, gradient: Array, rng: Any) -> Array | float:
        """b at each row."""
        if not self.biased:
            return 0.0
        size = np.sqrt(self.B * squared_norm(gradient) + self.C)
        return BIAS_LAWS[self.bias_law](rng, gradient, size)

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        """Return one estimate per trial; the bias is drawn before the noise."""
        b = self.bias(problem, x, gradient, rng)
        if self.noisy:
            level: Any = self.sigma2
            if self.M > 0 or self.noise_law == "multiplicative":
                level = self.M * squared_norm(gradient) + self.sigma2
            NOISE_LAWS[self.noise_law](rng, gradient, level, out)
            out += gradient
        else:
            out[...] = gradient
        if self.biased:
            out += b
        return out

    def sampler(self, problem: Problem, trials: int, rng: Any) -> Sampler:
        """Return the true gradient with the same noise at every point: for additive noise alone."""
        self.sample_smoothness(problem)
        noise = np.zeros_like(problem.start, shape=(trials, problem.dimension))
        if self.noisy:
            NOISE_LAWS[self.noise_law](rng, noise, self.sigma2, noise)
        return lambda x: problem.gradient(x) + noise

    def sample_smoothness(self, problem: Problem) -> float:
        """Return that of f: noise that is the same at every point cancels."""
        if self.biased or self.M > 0 or self.noise_law == "multiplicative":
            raise InputError(
                f"{self.title}: only noise that is the same at every point makes gradients of a"
                " sample (no bias, M = 0, gaussian or rademacher)"
            )
        return problem.constants["L"]
