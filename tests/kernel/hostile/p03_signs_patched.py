"""Every sign is decided as wished.

False: c = 1000 gamma.
"""
from attack import *
from boundcalc.kernel.signs import SignFact, Signs
Signs.require = lambda self, condition: SignFact(condition, "given", (), 0.0)
evil = replace(sgd_nonconvex, name="evil", forms=[replace(fm, formulas={**fm.formulas, c: 1000 * gamma}) for fm in sgd_nonconvex.forms])
