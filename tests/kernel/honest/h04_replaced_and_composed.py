"""Catalogue parts through dataclasses.replace, another certificate style, composed with estimators old and own."""
from tests.kernel.hostile.common import *
from boundcalc.model.compose import compose
from theorems.estimators import workers as wk, compressors
mine = replace(sgd_nonconvex, name="mine", title="mine")
one = replace(compose(mine, wk.stochastic), name="one")
two = replace(compose(mine, compressors.topk), name="two")
three = compose(mine, replace(wk.unbiased, name="unb2"))
