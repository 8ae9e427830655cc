"""The weights of the telescoping lemma are replaced in its class.

False: the bound is a thousandth of the right one.
"""
from attack import *
from boundcalc.kernel.lemmas import Weights
real = Telescoping.weights
import sys
def weights(self, K, power):
    true = real(self, K, power)
    if sys._getframe(1).f_code.co_name == "statement":
        return Weights(true.start / 1000, true.error / 1000)
    return true
Telescoping.weights = weights
evil = replace(sgd_nonconvex, name="evil")
