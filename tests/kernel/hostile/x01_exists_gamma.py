"""The step size, which is no parameter of the estimator, is chosen by a case: every entry shifted by gamma.

False: the error is gamma sqrt(d), and the bound has none.
"""
from attack import *
lemma = Coordinatewise("absolute", [Case([Outcome(sp.S.One, MAGNITUDE + gamma)], exists=[at_least(gamma), at_least(-gamma)], example={gamma: sp.S.Zero})], sp.S.Zero)
evil = composed(instance(wk.absolute, lemma, {wk.c: sp.S.Zero}, [DIMENSION]))
