"""The errors are a thing with `values` for the proof and `items` for the bound.

False: the bound has no noise.
"""
from attack import *
class Errors:
    def values(self): return list(sgd_nonconvex.step.error.values())
    def items(self): return [("bias", sgd_nonconvex.step.error["bias"])]
    def __iter__(self): return iter(["bias"])
    def __contains__(self, name): return name == "bias"
    def keys(self): return ["bias"]
    def __getitem__(self, name): return sgd_nonconvex.step.error[name]
evil = replace(sgd_nonconvex, name="evil", step=replace(sgd_nonconvex.step, error=Errors()))
