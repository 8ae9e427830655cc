"""The kind of a lemma is "unbiased" when it is looked up, and none when the mean is checked.

False: a compressor that sends nothing is called unbiased, with the constant 1.
"""
from attack import *
from dataclasses import dataclass
import sys
@dataclass(frozen=True, eq=False, init=False)
class Kind(str):
    def __hash__(self): return hash("unbiased")
    def __eq__(self, other): return sys._getframe(1).f_code.co_name != "_coordinate" and other == "unbiased"
k = Kind("unbiased")
lemma = Coordinatewise(k, [Case([Outcome(sp.S.One, sp.S.Zero)])], MAGNITUDE**2)
evil = composed(instance(wk.unbiased, lemma, {wk.omega: sp.S.One}))
