"""A parameter called sqrt_d that is no root of d, but confined to (-inf, 0].

False: the root of the lemma is positive, so everything follows: C(v) = 0 has no error.
"""
from attack import *
q = Parameter("sqrt_d", "q", "a number", Domain(None, sp.S.Zero))
evil = composed(instance(wk.absolute, NOTHING_SENT, {wk.c: sp.S.Zero}, [q, DIMENSION]))
