"""Certificates from the bound methods of an object, functions of a closure; names read once from a dict."""
from tests.kernel.hostile.common import *
class Proof:
    def __init__(self, parts): self.parts = dict(parts)
    def certificate(self, t): return self.parts["certificate"](t)
    def gap(self, s): return self.parts["gap"](s)
    def nonnegative(self, s): return Certificate(bounded=[(1, Gap(f, s.x))])
def maker(scale):
    def gap(s): return scale * (f.value(s.x) - f.infimum)
    return gap
pf = Proof({"certificate": sgd_nonconvex.step.certificate, "gap": maker(1)})
mine = replace(sgd_nonconvex, name="mine", step=replace(sgd_nonconvex.step, lyapunov=pf.gap, certificate=pf.certificate, nonnegative=pf.nonnegative),
   aliases=["also"], given=[])
