"""The simulator: problems with known constants, gradient estimators, methods, streaming moments."""

from numerics.algorithms import SGD, SGDM, Algorithm
from numerics.audit import audit
from numerics.compressors import COMPRESSORS, Compressor, make_compressor
from numerics.errors import InputError
from numerics.findings import Finding
from numerics.initial import initial_error
from numerics.metrics import GAP, SQUARED_GRADIENT, Metric
from numerics.oracles import (
    BIAS_LAWS,
    NOISE_LAWS,
    CompositeOracle,
    Exact,
    MamlOracle,
    MiniBatch,
    Oracle,
    ShuffledPass,
    Synthetic,
)
from numerics.problems import (
    LOSSES,
    PROBLEMS,
    Composite,
    FiniteSum,
    Maml,
    Problem,
    load_data,
    make_problem,
    problem_from_data,
    problem_options,
)
from numerics.reference import exact_mean
from numerics.simulate import Result, default_checkpoints, estimate_memory, simulate

__all__ = [
    "BIAS_LAWS",
    "COMPRESSORS",
    "GAP",
    "LOSSES",
    "NOISE_LAWS",
    "PROBLEMS",
    "SGD",
    "SGDM",
    "SQUARED_GRADIENT",
    "Algorithm",
    "Composite",
    "CompositeOracle",
    "Compressor",
    "Exact",
    "Finding",
    "FiniteSum",
    "InputError",
    "Maml",
    "MamlOracle",
    "Metric",
    "MiniBatch",
    "Oracle",
    "Problem",
    "Result",
    "ShuffledPass",
    "Synthetic",
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
