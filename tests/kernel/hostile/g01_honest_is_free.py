"""The lemma of the median counts the honest workers by the free weight of Young's inequality.

False: kappa = 0 at young = 1, whatever the honest workers are.
"""
from attack import *
ag = aggregation
t = wk.t
lemma = OrderStatistics(t, t)
evil = composed(instance(ag.robust, lemma, {ag.kappa: sp.S.Zero}, [ag.FAULTY], [ag.MINORITY]))
