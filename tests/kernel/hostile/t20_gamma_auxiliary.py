"""The step size is no parameter but chosen by the form, which the method knows nothing of.

False for the step that the method takes: the bound is that of gamma = 1/(2L).
"""
from attack import *
given = [exceeds(L)]
evil = replace(sgd_nonconvex, name="evil", parameters=[q for q in sgd_nonconvex.parameters if q.name != "gamma"],
  forms=[replace(fm, formulas={gamma: 1/(2*L), **fm.formulas}) for fm in sgd_nonconvex.forms])
