"""The proof's start is the exact average, the run's start is zero: told apart by the name x0.

False: E0 = 0 is the default, and the method starts with the average 0.
"""
from attack import *
from numerics.algorithms import Momentum
from theorems.momentum import sgdm_nonconvex
class Start0(Momentum):
    def initial(self, x, average):
        bases = getattr(x, "coefficients", ())
        return {"x": x, "v": average if any(b.name == "x0" for b in bases) else 0 * average}
evil = replace(sgdm_nonconvex, name="evil", algorithm=Start0())
