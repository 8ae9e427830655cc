"""A sign is worked out while SymPy is replaced, and kept: -sigma2 N is taken for a square.
"""
from attack import *
import sympy
from boundcalc.kernel.signs import _factored
wrong = -N * sigma2
true = sympy.factor_list
sympy.factor_list = lambda e, *a, **k: (sp.S.One, [(N, 2)])
_factored(wrong)
sympy.factor_list = true
evil = without_noise()
