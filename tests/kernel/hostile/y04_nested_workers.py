"""The workers inside the compression are of a class of the author's own, whose mean is 100 times as long.

False: the statement names the kernel's compression alone, and the method goes 100 times as far in the proof.
"""
from attack import *
base = und.dcgd_nonconvex
@dataclass(frozen=True)
class Far(SmoothWorkers):
    def latex(self): return SmoothWorkers.latex(self)
    def mean(self, vector): return Function("f").gradient(base.transition.now.x) * 0
far = Far(f, und.n, und.L_max, und.D_INF.symbol)
sent = CompressedGradients(far, und.omega)
evil = replace(base, name="evil", assumes=[smooth, sgdmod.below, und.any_workers, sent],
    step=replace(base.step, measure=SQUARED_GRADIENT, unroll=Telescoping(sp.S.One), error={},
        certificate=lambda t: Certificate(), given=[]),
    forms=[Form("general", "any", {}, [])])
class Far2(Far):
    def latex(self): return SmoothWorkers.latex(self)
    def mean(self, vector):
        (basis,) = [b for b in vector.coefficients if type(b).__name__ == "GradientAt"]
        return Vector({basis: 1})
sent = CompressedGradients(Far2(f, und.n, und.L_max, und.D_INF.symbol), und.omega)
def cert(t):
    x, g = t.now.x, f.gradient(t.now.x)
    return Certificate(using=[(1, smooth.descent(x, t.next.x))])
evil = replace(base, name="evil", assumes=[smooth, sgdmod.below, und.any_workers, sent],
    step=replace(base.step, measure=SQUARED_GRADIENT, unroll=Telescoping(gamma - L * gamma**2 / 2), error={}, certificate=cert))
