"""An estimator whose own `moment` hands out the proof of another one.

False: the mean of n samples is said to have no variance.
"""
from attack import *
est = replace(wk.stochastic, name="lie", origins={"sampling": sp.S.Zero})
vars(est)["moment"] = wk.stochastic.moment
evil = composed(est)
