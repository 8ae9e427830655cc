"""Squared norms of the noise vanish: `norm2` of the kernel's module is replaced.

False: the noise is left out of the bound.
"""
from attack import *
import boundcalc.kernel.algebra as al, boundcalc.kernel.assumptions as asm
real = al.inner
def inner(left, right):
    found = real(left, right)
    return Expression({a: v for a, v in found.items() if not getattr(getattr(a, "left", None), "zero_mean", False)})
al.inner = inner
evil = without_noise()
