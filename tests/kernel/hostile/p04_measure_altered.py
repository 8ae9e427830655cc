"""The measure of all theorems is altered in place: half of nothing is what is bounded.

False: the name says mean E||grad f||^2, the proof bounds a thousandth of it.
"""
from attack import *
object.__setattr__(SQUARED_GRADIENT, "quantity", lambda f, s: R(1, 1000) * norm2(f.gradient(s.x)))
c1000 = 1000 * c
evil = replace(sgd_nonconvex, name="evil", step=replace(sgd_nonconvex.step, unroll=Telescoping(c1000)))
