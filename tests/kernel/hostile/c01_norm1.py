"""A parameter called norm1, never positive: the norms of a vector then contradict it, and all follows.

False: C(v) = 0 is said to have no error at all.
"""
from attack import *
q = Parameter("norm1", "q", "a number", Domain(None, sp.S.Zero))
evil = composed(instance(wk.absolute, NOTHING_SENT, {wk.c: sp.S.Zero}, [q, DIMENSION]))
