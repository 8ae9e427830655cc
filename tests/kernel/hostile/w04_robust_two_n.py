"""The honest mean's noise falls with n2, the number of other workers.

False: the sampling term is sigma0_2/n2 for n = 2 honest workers and n2 = 1000.
"""
from attack import *
ag = aggregation
n2 = Parameter("n2", "n_2", "another number", Domain(sp.S.One, None))
Lm = Parameter("L_w", "L_w", "smoothness", POSITIVE); Dm = Parameter("D_w", "D_w", "gap", NONNEGATIVE)
other = SmoothWorkers(f, n2.symbol, Lm.symbol, Dm.symbol)
t, kappa, n, s0 = wk.t, ag.kappa, wk.n, wk.sigma0_2
def cert(x):
    noise = wk.workers.noise(x)
    off, sampled = ag.aggregating.error(x), wk.workers.mean(noise)
    th = (1 + t) * kappa
    return Certificate(using=[(1 + t, ag.aggregating.aggregation(x)), (th, wk.workers.dissimilarity(x)), (th, wk.workers.averaging(noise)),
        (1 + 1 / t, other.independence(noise)), (th * (1 - 1 / n) + (1 + 1 / t) / n2.symbol, wk.workers.variance(x))],
        squares=[Square(1 / t, t * off - sampled)])
est = replace(ag.robust, name="two", parameters=[n2, Lm, Dm, *ag.robust.parameters], assumes=[*ag.robust.assumes, other],
    origins={**ag.robust.origins, "sampling": (1 + 1 / t) * s0 / n2.symbol}, certificate=cert)
evil = composed(est)
