"""A case chooses the number of iterations: every entry shifted by K.

False: the error grows with K, and the bound has none.
"""
from attack import *
K = sp.Symbol("K", real=True)
lemma = Coordinatewise("absolute", [Case([Outcome(sp.S.One, MAGNITUDE + K)], exists=[at_least(K), at_least(-K)], example={K: sp.S.Zero})], sp.S.Zero)
evil = composed(instance(wk.absolute, lemma, {wk.c: sp.S.Zero}, [DIMENSION]))
