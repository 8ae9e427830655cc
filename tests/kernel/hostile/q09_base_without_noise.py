"""The theorem is proved where sigma2 is 0, and composed with an estimator whose sigma2 is not.

False: the bound has no term of the noise.
"""
from attack import *
NO = [replace(q, domain=Domain(sp.S.Zero, sp.S.Zero)) if q.name == "sigma2" else q for q in sgd_nonconvex.parameters]
evil = composed(wk.stochastic, replace(sgd_nonconvex, name="noiseless", parameters=NO, step=replace(sgd_nonconvex.step, error={"bias": sgd_nonconvex.step.error["bias"], "noise": sp.S.Zero})))
