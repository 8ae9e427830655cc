"""A parameter called kept_squares from -2 to -1: squares that stay are not negative, so all follows.

False: top-1 in dimension 100 is said to lose nothing (alpha = 1).
"""
from attack import *
q = Parameter("kept_squares", "q", "a number", Domain(sp.Integer(-2), sp.Integer(-1)))
evil = composed(instance(wk.contractive, Selection(sp.S.One), {wk.alpha: sp.S.One}, [q, DIMENSION]))
