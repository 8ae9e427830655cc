"""Workers of an unrelated g bound f's gradients at the minimiser: h*[x] carries no function.

False: the bound has sigma_g of g alone; let g be 0 and f's workers pull apart.
"""
from attack import *
base = und.dcgd_convex
Lg = Parameter("L_g", "L_g", "smoothness of g's workers", POSITIVE, weaker="larger")
sg = Parameter("sigma_g", r"\sigma_g", "gradients of g's workers", NONNEGATIVE, weaker="larger")
other = ConvexWorkers(Function("g"), und.n, Lg.symbol, sg.symbol)
def cert(t):
    c0 = base.step.certificate(t)
    using = [(w, other.optimum(t.now.x) if i.rule == "optimum" else i) for w, i in c0.using]
    return replace(c0, using=using)
swap = {und.sigma_star2: sg.symbol}
evil = replace(base, name="evil", assumes=[*base.assumes, other], parameters=[*base.parameters, Lg, sg],
    step=replace(base.step, certificate=cert, error={k: v.subs(swap) for k, v in base.step.error.items()}))
