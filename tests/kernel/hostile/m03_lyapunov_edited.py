"""The callback that is asked last halves the Lyapunov function a thousand times over: V_0 is small.

False: the bound has Delta/1000 for Delta.
"""
from attack import *
def nonnegative(s):
    kept = vars(evil)["lyapunov"]
    claimed.append(kept)
    if len(claimed) == 1:
        kept.coefficients = (R(1, 1000) * gap(s)).coefficients
    return Certificate(bounded=[(R(1, 1000), Gap(f, s.x))])
claimed = []
evil = replace(sgd_nonconvex, name="evil", step=replace(sgd_nonconvex.step, nonnegative=nonnegative))
