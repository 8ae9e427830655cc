"""An author's own assumption is made an attribute of the kernel's module.

False: mean E||grad f||^2 <= Delta/K for every step and noise, and nothing is named as the author's.
"""
from attack import *
import boundcalc.kernel.assumptions as kernel
@dataclass(frozen=True)
class Smoothly(Smooth):
    __module__ = "boundcalc.kernel.assumptions"
    __qualname__ = "Smoothly"
    def latex(self): return Smooth(self.f, self.L).latex()
    def _descent(self, x, y): return magic(x, y)
kernel.Smoothly = Smoothly
evil = greedy(Smoothly(f, L))
