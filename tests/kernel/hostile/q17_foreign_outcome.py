"""The cases of a lemma are no Cases: probability and value differ from look to look.

False: what sends nothing is unbiased without error.
"""
from attack import *
from dataclasses import dataclass
import sys
@dataclass(frozen=True, eq=False)
class Out:
    kept: int = 0
    probability = sp.S.One
    @property
    def value(self): return MAGNITUDE if sys._getframe(1).f_code.co_name in ("<genexpr>",) else sp.S.Zero
lemma = Coordinatewise("unbiased", [Case([Out()])], sp.S.Zero)
evil = composed(instance(wk.unbiased, lemma, {wk.omega: sp.S.Zero}))
