"""Verification: the running method held against the bound where all constants are known."""

from boundcalc.verify.ladder import verify_horizons
from boundcalc.verify.run import verify
from boundcalc.verify.rungs import Ladder, Rung
from boundcalc.verify.sweep import sweep
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
