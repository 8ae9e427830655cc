"""A geometric rule whose own `demands` are empty, with the contraction 2.

False: rho = 2 makes (1 - rho)^K = 1 or -1 and the residual negative.
"""
from attack import *
rule = Geometric(rho)
vars(rule)["demands"] = lambda: ()
vars(rule)["claim"] = lambda now, following, measure: Expression({})
evil = replace(sgd_pl, name="evil", step=replace(sgd_pl.step, unroll=rule, error={}, certificate=lambda t: Certificate()))
