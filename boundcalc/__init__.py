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
    from boundcalc.bounds import Bound
    from boundcalc.communication import Complexity, Contender
    from boundcalc.comparison import Comparison, compare
    from boundcalc.contest import Contest
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
    from boundcalc.model import Theorem
    from boundcalc.proof import Proof
    from boundcalc.rates import Rate, find_rate
    from boundcalc.stepsizes import StepSize

__version__ = "0.1.0"

#: When this process began to load the package: a source that is younger may not be what is loaded.
BEGAN = time.time()

_HOME = {
    "Bound": "bounds",
    "BoundcalcError": "errors",
    "Comparison": "comparison",
    "Complexity": "communication",
    "Contender": "communication",
    "Contest": "contest",
    "Proof": "proof",
    "Rate": "rates",
    "ProofError": "errors",
    "StepSize": "stepsizes",
    "Theorem": "model",
    "TheoremHandle": "facade",
    "UnprovedWarning": "errors",
    "UnreachableError": "errors",
    "UsageError": "errors",
    "catalogue": "facade",
    "compare": "comparison",
    "compare_theorems": "facade",
    "contender": "facade",
    "find_rate": "rates",
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
