"""An estimator whose n workers are averaged by the independence rule of n2 others.

False: the noise is divided by n2, which may be 1000 where n is 1.
"""
from attack import *
n2 = Parameter("n2", "n_2", "another number", Domain(sp.S.One, None))
Lm = Parameter("L_w", "L_w", "smoothness", POSITIVE); Dm = Parameter("D_w", "D_w", "gap", NONNEGATIVE)
other = SmoothWorkers(f, n2.symbol, Lm.symbol, Dm.symbol)
e0 = wk.unbiased
def s(v): return sp.sympify(v).subs(wk.n, n2.symbol)
def cert(x):
    c0 = e0.certificate(x)
    return Certificate(using=[(s(w), other.independence(*i.arguments) if i.rule == "independence" else i) for w, i in c0.using])
est = replace(e0, name="two", parameters=[n2, Lm, Dm, *e0.parameters], assumes=[*e0.assumes, other],
    relative=s(e0.relative), origins={k: s(v) for k, v in e0.origins.items()}, certificate=cert)
evil = composed(est)
