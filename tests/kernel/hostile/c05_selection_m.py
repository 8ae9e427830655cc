"""A parameter called m, never positive, is taken for the least square that top-k keeps.

False: top-1 in dimension 100 is said to lose nothing (alpha = 1).
"""
from attack import *
q = Parameter("m", "m", "a number", Domain(None, sp.S.Zero))
evil = composed(instance(wk.contractive, Selection(sp.S.One), {wk.alpha: sp.S.One}, [q, DIMENSION]))
