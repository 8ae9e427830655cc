"""The mean of n samples has the variance sigma0_2/n2: independence of convex workers elsewhere.

False: n = 1, n2 = 1000, f = x^2/2.
"""
from attack import *
n2 = Parameter("n2", "n_2", "another number", Domain(sp.S.One, None))
Lm = Parameter("L_w", "L_w", "smoothness", POSITIVE); Sm = Parameter("s_w", "s_w", "spread", NONNEGATIVE)
other = ConvexWorkers(f, n2.symbol, Lm.symbol, Sm.symbol)
e0 = wk.stochastic
def cert(x):
    return Certificate(using=[(1, other.independence(wk.samplers.noise(x))), (1 / n2.symbol, wk.samplers.variance(x))])
est = replace(e0, name="two", parameters=[n2, Lm, Sm, *e0.parameters], assumes=[*e0.assumes, other],
    origins={"sampling": wk.sigma0_2 / n2.symbol}, certificate=cert)
evil = composed(est)
