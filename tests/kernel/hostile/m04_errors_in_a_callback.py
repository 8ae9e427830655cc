"""A callback puts other errors where the theorem keeps those that it has computed.

False: the bound has no noise.
"""
from attack import *
def nonnegative(s):
    vars(evil)["errors"] = {"noise": sp.S.Zero}
    return Certificate(bounded=[(1, Gap(f, s.x))])
evil = replace(sgd_nonconvex, name="evil", step=replace(sgd_nonconvex.step, nonnegative=nonnegative))
