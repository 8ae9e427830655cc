"""An error that is a sum to the proof and nothing where values are put in.

False: the bound has no noise.
"""
from attack import *
class Fading(sp.Add):
    def subs(self, *args, **more):
        return sp.S.Zero
    def _eval_subs(self, old, new):
        return sp.S.Zero
    def xreplace(self, *args, **more):
        return sp.S.Zero
true = sgd_nonconvex.step.error["noise"]
error = Fading._from_args([true / 2, true / 3, true / 6])
evil = replace(sgd_nonconvex, name="evil", step=replace(sgd_nonconvex.step, error={"bias": sgd_nonconvex.step.error["bias"], "noise": error}))
