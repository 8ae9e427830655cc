"""A telescoping rule whose own `claim` asks for nothing.

False: mean E||grad f||^2 <= Delta/K for every step and noise.
"""
from attack import *
rule = Telescoping(sp.S.One)
vars(rule)["claim"] = lambda now, following, measure: Expression({})
evil = greedy(unroll=rule, certificate=lambda t: Certificate())
