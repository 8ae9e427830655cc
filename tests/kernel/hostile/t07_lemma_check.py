"""A selection lemma whose own `check` finds everything right: top-1 loses nothing.

False: alpha = 1 for top-1 in dimension 100.
"""
from attack import *
lemma = Selection(sp.S.One)
vars(lemma)["check"] = lambda given, constant: ()
evil = composed(instance(wk.contractive, lemma, {wk.alpha: sp.S.One}, [DIMENSION]))
