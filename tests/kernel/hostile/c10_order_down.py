"""A parameter called down that is 1: the mean of the other values is given a size.

False: kappa may be as small as the user's own n allows, by conditions that speak of `down`.
"""
from attack import *
ag = aggregation
q = Parameter("down", "q", "a number", Domain(None, sp.Integer(-1)))
u = Parameter("up", "u", "a number", Domain(None, sp.Integer(-1)))
v = Parameter("variance", "v", "a number", Domain(None, sp.S.Zero))
evil = composed(instance(ag.robust, ag.median.lemma, {ag.kappa: sp.S.Zero}, [q, u, v, ag.FAULTY], [ag.MINORITY]))
