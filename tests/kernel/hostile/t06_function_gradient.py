"""The function of the oracle answers with a hundred times its gradient.

False: what is printed is grad f + b + z; what is proved is a step along 100 grad f + b + z, with
nearly 100 times the decrease.
"""
from attack import *
h = Function("f")
vars(h)["gradient"] = lambda x: 100 * Function("f").gradient(x)
orc = BiasedOracle(h, B, C, M, sigma2)
zero = Domain(sp.S.Zero, sp.S.Zero)
ps = [replace(q, domain=zero) if q.name in ("B", "M", "C") else q for q in PARAMETERS]
s, w = L * gamma**2 / 2, 10 * gamma
def cert(t):
    x, g, b = t.now.x, f.gradient(t.now.x), orc.bias(t.now.x)
    return Certificate(using=[(1, smooth.descent(x, t.next.x)), (s, orc.noise_bound(x)), (w + 2 * s, orc.bias_bound(x))],
        squares=[Square(w, b + g / 20), Square(s, 100 * g - b)])
least = 99 * gamma - 20000 * s
evil = replace(sgd_nonconvex, name="evil", assumes=[smooth, sgdmod.below, orc], parameters=ps,
    step=replace(sgd_nonconvex.step, certificate=cert, error={"noise": s * sigma2}, given=[exceeds(c), at_least(least, c)]),
    forms=[Form("sharp", "any", {c: least}, [exceeds(c)])])
