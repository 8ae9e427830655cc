"""A case chooses the smoothness of f: every entry shifted by L.

False: the error is L sqrt(d), and the bound has none.
"""
from attack import *
lemma = Coordinatewise("absolute", [Case([Outcome(sp.S.One, MAGNITUDE + L)], exists=[at_least(L), at_least(-L)], example={L: sp.S.Zero})], sp.S.Zero)
evil = composed(instance(wk.absolute, lemma, {wk.c: sp.S.Zero}, [DIMENSION]))
