"""A form whose own `resolve` leaves out the noise when the bound is put together.

False: the bound has no noise.
"""
from attack import *
def lying(fm):
    new = replace(fm)
    vars(new)["resolve"] = lambda e: Form.resolve(new, sp.sympify(e).subs(sigma2, 0))
    return new
evil = replace(sgd_nonconvex, name="evil", forms=[lying(fm) for fm in sgd_nonconvex.forms])
