"""While its certificate is made, the theorem finds itself as it was read, and gives it another error; it
takes that back when it is asked last.
"""
from attack import *
import gc
claimed = {}
def found():
    return [o for o in gc.get_objects() if type(o) is Theorem and o.name == "evil" and o is not evil]
def cert(t):
    for o in found():
        claimed[id(o)] = o.step.error
        object.__setattr__(o.step, "error", {})
    return sgd_nonconvex.step.certificate(t)
evil = replace(sgd_nonconvex, name="evil", step=replace(sgd_nonconvex.step, certificate=cert))
