"""A telescoping rule whose own `weights` make the bound half of what is proved.

False: the bound is half of the right one, which is attained.
"""
from attack import *
from boundcalc.kernel.lemmas import Weights
rule = Telescoping(c)
vars(rule)["weights"] = lambda K, power: Weights(1 / (1000 * c * K), 1 / (1000 * c))
evil = replace(sgd_nonconvex, name="evil", step=replace(sgd_nonconvex.step, unroll=rule))
