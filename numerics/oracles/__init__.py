"""Gradient estimators: what the methods see instead of the true gradient."""

from numerics.oracles.base import Oracle
from numerics.oracles.bias import BIAS_LAWS
from numerics.oracles.composite import CompositeOracle, MamlOracle
from numerics.oracles.exact import Exact
from numerics.oracles.minibatch import MiniBatch
from numerics.oracles.noise import NOISE_LAWS
from numerics.oracles.shuffle import ShuffledPass
from numerics.oracles.synthetic import Synthetic

__all__ = [
    "BIAS_LAWS",
    "NOISE_LAWS",
    "CompositeOracle",
    "Exact",
    "MamlOracle",
    "MiniBatch",
    "Oracle",
    "ShuffledPass",
    "Synthetic",
]
