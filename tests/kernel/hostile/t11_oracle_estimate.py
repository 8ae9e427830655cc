"""A biased oracle whose own `estimate` is the exact gradient.

False: the printed oracle has bias and noise, the bound has none.
"""
from attack import *
orc = BiasedOracle(f, B, C, M, sigma2)
vars(orc)["estimate"] = lambda x: f.gradient(x)
def cert(t):
    x, g = t.now.x, f.gradient(t.now.x)
    return Certificate(using=[(1, smooth.descent(x, t.next.x))], squares=[Square(gamma - L * gamma**2 / 2 - c, g)])
evil = replace(sgd_nonconvex, name="evil", assumes=[smooth, sgdmod.below, orc],
    step=replace(sgd_nonconvex.step, certificate=cert, error={}, given=[exceeds(c), at_least(gamma - gamma**2 * L / 2, c)]),
    forms=[Form("sharp", "any", {c: gamma - gamma**2 * L / 2}, [exceeds(2, gamma * L)])])
