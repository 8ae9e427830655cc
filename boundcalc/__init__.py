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

What there is stands in ``__init__.pyi``, and is imported when it is first used, so that importing
the package costs little.
"""

from __future__ import annotations

import time

import lazy_loader

__version__ = "0.1.0"

#: When this process began to load the package: a source that is younger may not be what is loaded.
BEGAN = time.time()

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
