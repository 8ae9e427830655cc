"""The domain of sigma2 ends at a number that is 0 to the proof and is written as inf.

False: the noise is left out of the bound, and the domain is printed as [0, inf].
"""
from attack import *
class Infinite(int):
    def __str__(self): return "inf"
    __repr__ = __str__
    def __format__(self, spec): return "inf"
    def _latex(self, printer): return r"\infty"
ps = [replace(q, domain=Domain(sp.S.Zero, Infinite(0))) if q.name == "sigma2" else q for q in sgd_nonconvex.parameters]
evil = without_noise(parameters=ps)
