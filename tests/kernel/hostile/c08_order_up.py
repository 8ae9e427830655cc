"""A parameter called up that is zero: the mean of the largest honest values is then that of all.

False: the median is said to be the mean of the honest workers (kappa = 0).
"""
from attack import *
ag = aggregation
q = Parameter("up", "q", "a number", Domain(sp.S.Zero, sp.S.Zero))
evil = composed(instance(ag.robust, ag.median.lemma, {ag.kappa: sp.S.Zero}, [q, ag.FAULTY], [ag.MINORITY]))
