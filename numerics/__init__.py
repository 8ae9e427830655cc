"""The simulator: problems with known constants, gradient estimators, methods, streaming moments.

A part is imported when it is first used: the catalogue asks for the methods alone.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numerics.algorithms import SGD, SGDM, Algorithm
    from numerics.audit import audit
    from numerics.audit_result import Finding
    from numerics.compressors import COMPRESSORS, Compressor, make_compressor
    from numerics.delays import PATTERNS
    from numerics.errors import InputError
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

_HOME = {
    "AGGREGATORS": "oracles",
    "ATTACKS": "oracles",
    "Algorithm": "algorithms",
    "BIAS_LAWS": "oracles",
    "COMPRESSORS": "compressors",
    "ClippedWorkers": "oracles",
    "Composite": "problems",
    "CompositeOracle": "oracles",
    "Compressor": "compressors",
    "DISTANCE": "metrics",
    "Distributed": "problems",
    "Exact": "oracles",
    "Finding": "audit_result",
    "FiniteSum": "problems",
    "FourNumbers": "oracles",
    "GAP": "metrics",
    "GRADIENT_1NORM": "metrics",
    "GRADIENT_NORM": "metrics",
    "InputError": "errors",
    "Job": "jobs",
    "LEAST_SQUARED_GRADIENT": "metrics",
    "LOSSES": "problems",
    "MEAN_GAP": "metrics",
    "Maml": "problems",
    "MamlOracle": "oracles",
    "Messages": "oracles",
    "Metric": "metrics",
    "MiniBatch": "oracles",
    "NOISE_LAWS": "oracles",
    "Oracle": "oracles",
    "Overlap": "sparsity",
    "PATTERNS": "delays",
    "PROBLEMS": "problems",
    "Problem": "problems",
    "Result": "results",
    "RobustWorkers": "oracles",
    "SGD": "algorithms",
    "SGDM": "algorithms",
    "SIGN_MOMENTUM": "sign_methods",
    "SIGN_SGD": "sign_methods",
    "SPLITS": "problems",
    "SQUARED_GRADIENT": "metrics",
    "SSVR": "sign_methods",
    "ShuffledComponents": "oracles",
    "ShuffledPass": "oracles",
    "Synthetic": "oracles",
    "WorkerOracle": "oracles",
    "WorkerSamples": "oracles",
    "Workers": "oracles",
    "audit": "audit",
    "default_checkpoints": "simulate",
    "estimate_memory": "simulate",
    "exact_mean": "reference",
    "initial_error": "initial",
    "initial_local_error": "initial",
    "load_data": "problems",
    "make_compressor": "compressors",
    "make_job": "simulate",
    "make_problem": "problems",
    "optimum": "optimum",
    "overlap": "sparsity",
    "problem_from_data": "problems",
    "problem_options": "problems",
    "run": "simulate",
    "simulate": "simulate",
}

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


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'numerics' has no attribute {name!r}")
    value = getattr(import_module(f"numerics.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


class _Package(ModuleType):
    """A public function has its name here, though a module of the same name is imported, too."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
