"""While its certificate is made, the theorem puts a false condition among those it is proved under.
"""
from attack import *
from boundcalc.proofs.obligations import abstract_signs
from boundcalc.model.snapshot import settled
def cert(t):
    abstract_signs(settled(evil)).admit(at_least(-sigma2))
    return sgd_nonconvex.step.certificate(t)
evil = replace(sgd_nonconvex, name="evil", step=replace(sgd_nonconvex.step, certificate=cert, error={"bias": U * C}))
