"""The compressor's workers are no assumption: their mean of anything is the gradient itself.

False: what is compressed to nothing arrives without error.
"""
from attack import *
from dataclasses import dataclass
from boundcalc.kernel.estimation import Contractive
@dataclass(frozen=True, eq=False)
class Duck:
    f: Function
    n: sp.Symbol
    def sample(self, x): return wk.workers.sample(x)
    def local(self, x): return wk.workers.local(x)
    def mean(self, v): return f.gradient(vector("x", "x_k"))
    def gradient(self, x): return f.gradient(x)
con = Contractive(Duck(f, wk.n), wk.alpha)
est = replace(wk.contractive, name="lie", assumes=[smooth, con], relative=sp.S.Zero, origins={"nothing": sp.S.Zero}, certificate=lambda x: Certificate())
evil = composed(est)
