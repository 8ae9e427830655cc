"""boundcalc: convergence theorems as objects.

From a theorem the package derives the step sizes it admits, the bound and its residual terms, a
LaTeX statement and proof; it re-checks the proof in exact arithmetic, and runs the method on
problems whose constants are known::

    import boundcalc

    t = boundcalc.theorem("sgdm-pl")
    t.step_size(L=1, mu=0.1, beta=0.5, B=0, M=0)
    t.bound(K=1000, gamma=0.1, L=1, mu=0.1, beta=0.5, B=0, C=0, M=0, sigma2=1, Delta=1)
    t.prove()
    t.verify()

What it needs is imported when it is first used, so that importing the package costs little.
"""

from __future__ import annotations

import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from boundcalc.bounds.bound import Bound
    from boundcalc.bounds.rates import Rate, find_rate
    from boundcalc.bounds.stepsize import StepSize
    from boundcalc.comparison.communication import Complexity, Contender
    from boundcalc.comparison.estimators import Comparison, compare
    from boundcalc.comparison.theorems import Contest
    from boundcalc.errors import (
        BoundcalcError,
        ProofError,
        UnprovedWarning,
        UnreachableError,
        UsageError,
    )
    from boundcalc.facade import (
        TheoremHandle,
        catalogue,
        compare_theorems,
        contender,
        load_file,
        theorem,
    )
    from boundcalc.model.theorem import Theorem
    from boundcalc.proofs.prove import Proof

__version__ = "0.1.0"

#: When this process began to load the package: a source that is younger may not be what is loaded.
BEGAN = time.time()

_HOME = {
    "Bound": "bounds.bound",
    "BoundcalcError": "errors",
    "Comparison": "comparison.estimators",
    "Complexity": "comparison.communication",
    "Contender": "comparison.communication",
    "Contest": "comparison.theorems",
    "Proof": "proofs.prove",
    "Rate": "bounds.rates.rate",
    "ProofError": "errors",
    "StepSize": "bounds.stepsize",
    "Theorem": "model.theorem",
    "TheoremHandle": "facade",
    "UnprovedWarning": "errors",
    "UnreachableError": "errors",
    "UsageError": "errors",
    "catalogue": "facade",
    "compare": "comparison.estimators",
    "compare_theorems": "facade",
    "contender": "facade",
    "find_rate": "bounds.rates.find",
    "load_file": "facade",
    "theorem": "facade",
}

__all__ = [
    "Bound",
    "BoundcalcError",
    "Comparison",
    "Complexity",
    "Contender",
    "Contest",
    "Proof",
    "ProofError",
    "Rate",
    "StepSize",
    "Theorem",
    "TheoremHandle",
    "UnprovedWarning",
    "UnreachableError",
    "UsageError",
    "catalogue",
    "compare",
    "compare_theorems",
    "contender",
    "find_rate",
    "load_file",
    "theorem",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'boundcalc' has no attribute {name!r}")
    value = getattr(import_module(f"boundcalc.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
