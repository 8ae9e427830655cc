"""The domain of sigma2 is printed as [0, inf), and its own `conditions` say sigma2 <= 0.

False: the noise is left out of the bound.
"""
from attack import *
dom = Domain(sp.S.Zero, None)
vars(dom)["conditions"] = lambda s: [at_least(-s), at_least(0, s)]
ps = [replace(q, domain=dom) if q.name == "sigma2" else q for q in sgd_nonconvex.parameters]
evil = without_noise(parameters=ps)
