"""The module puts what it likes where theorems that were read once are kept.

False: the rule that is used makes another claim than its class does.
"""
from attack import *
import boundcalc.model.snapshot as snap
evil = greedy(certificate=lambda t: Certificate())
def preset():
    raw = snap._theorem(evil)
    rule = Telescoping(sp.S.One)
    vars(rule)["claim"] = lambda now, following, measure: Expression({})
    vars(rule)["window"] = lambda moved: Expression({})
    object.__setattr__(raw.step, "unroll", rule)
    snap._theorems[evil] = snap._theorems[raw] = raw
preset()
