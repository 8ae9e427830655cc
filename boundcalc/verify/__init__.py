"""Verification: the running method held against the bound where all constants are known."""

from boundcalc.verify.run import verify
from boundcalc.verify.verdict import Checkpoint, Verification

__all__ = ["Checkpoint", "Verification", "verify"]
