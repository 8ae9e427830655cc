"""Gradient estimators: what the methods see instead of the true gradient."""

from numerics.oracles.aggregators import AGGREGATORS, ATTACKS
from numerics.oracles.base import Oracle
from numerics.oracles.bias import BIAS_LAWS
from numerics.oracles.biased import BiasedOracle
from numerics.oracles.clipping import ClippedWorkers
from numerics.oracles.components import ShuffledComponents
from numerics.oracles.composite import CompositeOracle, MamlOracle
from numerics.oracles.exact import Exact
from numerics.oracles.minibatch import MiniBatch
from numerics.oracles.noise import NOISE_LAWS
from numerics.oracles.robust import RobustWorkers
from numerics.oracles.shuffle import ShuffledPass
from numerics.oracles.stale import Messages
from numerics.oracles.synthetic import Synthetic
from numerics.oracles.worker_samples import WorkerSamples
from numerics.oracles.workers import WorkerOracle, Workers

__all__ = [
    "AGGREGATORS",
    "ATTACKS",
    "BIAS_LAWS",
    "NOISE_LAWS",
    "BiasedOracle",
    "ClippedWorkers",
    "CompositeOracle",
    "Exact",
    "MamlOracle",
    "Messages",
    "MiniBatch",
    "Oracle",
    "RobustWorkers",
    "ShuffledComponents",
    "ShuffledPass",
    "Synthetic",
    "WorkerOracle",
    "WorkerSamples",
    "Workers",
]
