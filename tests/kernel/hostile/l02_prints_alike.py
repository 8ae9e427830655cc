"""The variance is printed as C, like the absolute bias.

False: the printed statement has the noise bounded by the bias' constant, and one residual for both.
"""
from attack import *
q = Parameter("noise_two", "C", "absolute noise variance", NONNEGATIVE, weaker="larger")
swap = {sigma2: q.symbol}
orc = BiasedOracle(f, B, C, M, q.symbol)
def cert(t):
    c0 = sgd_nonconvex.step.certificate(t)
    return replace(c0, using=[(w, getattr(orc, i.rule)(*i.arguments) if i.assumption == oracle else i) for w, i in c0.using])
evil = replace(sgd_nonconvex, name="evil", assumes=[smooth, sgdmod.below, orc],
    parameters=[q if z.name == "sigma2" else z for z in sgd_nonconvex.parameters],
    step=replace(sgd_nonconvex.step, certificate=cert, error={k: v.subs(swap) for k, v in sgd_nonconvex.step.error.items()}))
