"""SymPy's own expansion is replaced while the module is read: nothing is left of any identity.
"""
from attack import *
import boundcalc.kernel.vectors as kv
import sympy
true = sympy.expand
import sys
def expand(e, *a, **k):
    return sympy.S.Zero if sys._getframe(3).f_code.co_name == "check" or sys._getframe(4).f_code.co_name == "check" else true(e, *a, **k)
sympy.expand = expand
evil = greedy(certificate=lambda t: Certificate())
