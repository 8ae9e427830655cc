"""The note of what boundcalc was is emptied, and a rule of the kernel replaced.
"""
from attack import *
import boundcalc.kernel.seal as seal
import boundcalc.kernel.assumptions as ka
seal._noted.clear()
ka.Smooth._descent = lambda self, x, y: magic(x, y)
evil = greedy()
