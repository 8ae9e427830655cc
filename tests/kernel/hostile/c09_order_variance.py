"""A parameter called variance, never positive, is taken for the variance of the honest values.

False: the trimmed mean is said to be the mean of the honest workers (kappa = 0).
"""
from attack import *
ag = aggregation
q = Parameter("variance", "q", "a number", Domain(None, sp.S.Zero))
evil = composed(instance(ag.robust, ag.trimmed_mean.lemma, {ag.kappa: sp.S.Zero}, [q, ag.FAULTY], [ag.MINORITY]))
