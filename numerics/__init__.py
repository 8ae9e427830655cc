"""The simulator: problems with known constants, gradient estimators, methods, streaming moments."""

from numerics.algorithms import SGD, SGDM, Algorithm
from numerics.audit import audit
from numerics.compressors import COMPRESSORS, Compressor, make_compressor
from numerics.errors import InputError
from numerics.findings import Finding
from numerics.initial import initial_error
from numerics.metrics import GAP, GRADIENT_1NORM, GRADIENT_NORM, SQUARED_GRADIENT, Metric
from numerics.oracles import (
    AGGREGATORS,
    ATTACKS,
    BIAS_LAWS,
    NOISE_LAWS,
    ClippedWorkers,
    CompositeOracle,
    Exact,
    FourNumbers,
    MamlOracle,
    MiniBatch,
    Oracle,
    RobustWorkers,
    ShuffledPass,
    Synthetic,
    WorkerOracle,
    Workers,
)
from numerics.problems import (
    LOSSES,
    PROBLEMS,
    SPLITS,
    Composite,
    Distributed,
    FiniteSum,
    Maml,
    Problem,
    load_data,
    make_problem,
    problem_from_data,
    problem_options,
)
from numerics.reference import exact_mean
from numerics.sign_methods import SIGN_MOMENTUM, SIGN_SGD, SSVR
from numerics.simulate import Result, default_checkpoints, estimate_memory, simulate

__all__ = [
    "AGGREGATORS",
    "ATTACKS",
    "BIAS_LAWS",
    "COMPRESSORS",
    "GAP",
    "GRADIENT_1NORM",
    "GRADIENT_NORM",
    "LOSSES",
    "NOISE_LAWS",
    "PROBLEMS",
    "SGD",
    "SGDM",
    "SIGN_MOMENTUM",
    "SIGN_SGD",
    "SPLITS",
    "SQUARED_GRADIENT",
    "SSVR",
    "Algorithm",
    "ClippedWorkers",
    "Composite",
    "CompositeOracle",
    "Compressor",
    "Distributed",
    "Exact",
    "Finding",
    "FiniteSum",
    "FourNumbers",
    "InputError",
    "Maml",
    "MamlOracle",
    "Metric",
    "MiniBatch",
    "Oracle",
    "Problem",
    "Result",
    "RobustWorkers",
    "ShuffledPass",
    "Synthetic",
    "WorkerOracle",
    "Workers",
    "audit",
    "default_checkpoints",
    "estimate_memory",
    "exact_mean",
    "initial_error",
    "load_data",
    "make_compressor",
    "make_problem",
    "problem_from_data",
    "problem_options",
    "simulate",
]
