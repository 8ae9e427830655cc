"""The function that checks certificates is replaced by one that finds everything right.

False: mean E||grad f||^2 <= Delta/K for every step and noise.
"""
from attack import *
import boundcalc.kernel.certificate as kernel, boundcalc.proofs.obligations as ob
from boundcalc.kernel.certificate import Checked
def check(claim, certificate, signs, admit=None):
    return Checked(claim, certificate, Expression({}), (), 0.0, ())
kernel.check = ob.check = check
evil = greedy(certificate=lambda t: Certificate())
