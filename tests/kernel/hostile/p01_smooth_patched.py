"""The descent lemma of the kernel's class is replaced.

False: mean E||grad f||^2 <= Delta/K for every step and noise.
"""
from attack import *
Smooth._descent = lambda self, x, y: magic(x, y)
evil = greedy()
