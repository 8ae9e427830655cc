"""A parameter called a, never positive, is taken for the magnitude of a coordinate.

False: C(v) = 0 with a coordinate error of at most a^2, so with the absolute error -a of the user's own.
"""
from attack import *
q = Parameter("a", "a", "a number", Domain(None, sp.S.Zero))
lemma = Coordinatewise("absolute", [Case([Outcome(sp.S.One, sp.S.Zero)])], sp.S.Zero)
evil = composed(instance(wk.absolute, lemma, {wk.c: sp.S.Zero}, [q, DIMENSION]))
