"""Verification: the running method held against the bound where all constants are known.

The simulator is loaded when it is first needed: the command line reads the options alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from boundcalc.verify.ladder import verify_horizons
    from boundcalc.verify.run import verify
    from boundcalc.verify.rungs import Ladder, Rung
    from boundcalc.verify.sweeping import sweep
    from boundcalc.verify.swept import Cell, Sweep
    from boundcalc.verify.verdict import Checkpoint, Verification

__all__ = [
    "Cell",
    "Checkpoint",
    "Ladder",
    "Rung",
    "Sweep",
    "Verification",
    "sweep",
    "verify",
    "verify_horizons",
]

_HOME = {
    "Cell": "swept",
    "Checkpoint": "verdict",
    "Ladder": "rungs",
    "Rung": "rungs",
    "Sweep": "swept",
    "Verification": "verdict",
    "sweep": "sweeping",
    "verify": "run",
    "verify_horizons": "ladder",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'boundcalc.verify' has no attribute {name!r}")
    value = getattr(import_module(f"boundcalc.verify.{_HOME[name]}"), name)
    globals()[name] = value
    return value
