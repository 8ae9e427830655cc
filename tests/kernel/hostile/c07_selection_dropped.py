"""A parameter called dropped_squares, never positive, is taken for the squares that top-k drops.

False: top-1 in dimension 100 is said to lose nothing (alpha = 1).
"""
from attack import *
q = Parameter("dropped_squares", "q", "a number", Domain(None, sp.S.Zero))
evil = composed(instance(wk.contractive, Selection(sp.S.One), {wk.alpha: sp.S.One}, [q, DIMENSION]))
