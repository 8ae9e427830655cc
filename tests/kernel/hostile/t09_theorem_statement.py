"""A theorem whose own `statement` has other terms than those that are proved.

False: the bound has no noise.
"""
from attack import *
evil = replace(sgd_nonconvex, name="evil")
def statement(form):
    true = Theorem.statement(evil, form)
    return replace(true, terms={k: v for k, v in true.terms.items() if k != "noise"})
vars(evil)["statement"] = statement
