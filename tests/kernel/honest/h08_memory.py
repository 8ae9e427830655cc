"""A remembered vector that the Lyapunov function holds with a weight of its own."""
from tests.kernel.hostile.common import *
w_ = sp.Symbol("w", real=True)
def lyap(s): return sgdmod.gap(s) + w_ * norm2(s.x - s.before)
def certificate(t):
    c0 = sgd_nonconvex.step.certificate(t)
    squares = [Square(q.weight - w_ if i == 0 else q.weight, q.argument) for i, q in enumerate(c0.squares)]
    return Certificate(using=c0.using, squares=[*squares, Square(w_, t.now.x - t.now.before)], forms=c0.forms)
step = replace(sgd_nonconvex.step, lyapunov=lyap, certificate=certificate, remembers={"before": "x"},
   nonnegative=lambda s: Certificate(bounded=[(1, Gap(f, s.x))], squares=[Square(w_, s.x - s.before)]),
   given=[*sgd_nonconvex.step.given, at_least(w_), at_least(S / gamma**2 - L / 2, w_)])
mine = replace(sgd_nonconvex, name="mine", step=step, forms=[replace(fm, formulas={**fm.formulas, w_: sp.S.Zero}) for fm in sgd_nonconvex.forms])
