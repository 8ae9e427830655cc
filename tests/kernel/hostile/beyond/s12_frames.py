"""The certificate finds the claim in the frame that asks for it, and makes the proof's signs forget.
"""
from attack import *
import sys
def cert(t):
    frame = sys._getframe(1)
    claim = frame.f_locals["claim"]
    object.__setattr__(claim, "coefficients", {})
    return Certificate()
evil = greedy(certificate=cert)
