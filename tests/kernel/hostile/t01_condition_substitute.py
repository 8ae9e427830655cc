"""Conditions of the step whose own `substitute` answers 1 >= 0: no formula of a form is held to them.

False: c = 1000 gamma, so the bound is a thousand times too small.
"""
from attack import *
def loose(q):
    vars(q)["substitute"] = lambda values: Condition(sp.S.One, sp.S.Zero, False)
    return q
given = [loose(replace(q)) for q in sgd_nonconvex.step.given]
evil = replace(sgd_nonconvex, name="evil", step=replace(sgd_nonconvex.step, given=given),
    forms=[replace(fm, formulas={**fm.formulas, c: 1000 * gamma}) for fm in sgd_nonconvex.forms])
