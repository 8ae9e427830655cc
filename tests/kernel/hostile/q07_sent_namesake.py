"""The compressor's parameter gamma is at least 1; it is taken for the step size, which is not.

False: omega = gamma - 1 is negative for gamma < 1.
"""
from attack import *
G = Parameter("gamma", r"\gamma", "inverse probability", Domain(sp.S.One, None))
g = G.symbol
lemma = Coordinatewise("unbiased", [Case([Outcome(1/g, g*MAGNITUDE), Outcome(1 - 1/g, sp.S.Zero)])], (g - 1)*MAGNITUDE**2)
est = instance(wk.unbiased, lemma, {wk.omega: g - 1}, [G])
evil = composed(est, und.dcgd_convex)
