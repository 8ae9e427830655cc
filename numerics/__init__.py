"""The simulator: problems with known constants, gradient estimators, methods, streaming moments."""

from numerics.algorithms import SGD, SGDM, Algorithm
from numerics.audit import audit
from numerics.compressors import COMPRESSORS, Compressor, make_compressor
from numerics.delays import PATTERNS
from numerics.errors import InputError
from numerics.findings import Finding
from numerics.initial import initial_error, initial_local_error
from numerics.jobs import Job
from numerics.metrics import (
    DISTANCE,
    GAP,
    GRADIENT_1NORM,
    GRADIENT_NORM,
    LEAST_SQUARED_GRADIENT,
    MEAN_GAP,
    SQUARED_GRADIENT,
    Metric,
)
from numerics.optimum import optimum
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
    Messages,
    MiniBatch,
    Oracle,
    RobustWorkers,
    ShuffledComponents,
    ShuffledPass,
    Synthetic,
    WorkerOracle,
    Workers,
    WorkerSamples,
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
from numerics.results import Result
from numerics.sign_methods import SIGN_MOMENTUM, SIGN_SGD, SSVR
from numerics.simulate import default_checkpoints, estimate_memory, make_job, run, simulate
from numerics.sparsity import Overlap, overlap

__all__ = [
    "AGGREGATORS",
    "ATTACKS",
    "BIAS_LAWS",
    "COMPRESSORS",
    "DISTANCE",
    "GAP",
    "GRADIENT_1NORM",
    "GRADIENT_NORM",
    "LEAST_SQUARED_GRADIENT",
    "LOSSES",
    "MEAN_GAP",
    "NOISE_LAWS",
    "PATTERNS",
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
    "Job",
    "Maml",
    "MamlOracle",
    "Messages",
    "Metric",
    "MiniBatch",
    "Oracle",
    "Overlap",
    "Problem",
    "Result",
    "RobustWorkers",
    "ShuffledComponents",
    "ShuffledPass",
    "Synthetic",
    "WorkerOracle",
    "WorkerSamples",
    "Workers",
    "audit",
    "default_checkpoints",
    "estimate_memory",
    "exact_mean",
    "initial_error",
    "initial_local_error",
    "load_data",
    "make_compressor",
    "make_job",
    "make_problem",
    "optimum",
    "overlap",
    "problem_from_data",
    "problem_options",
    "run",
    "simulate",
]
