"""Lists where tuples are expected, a corollary, a derived root, ints for formulas."""
from tests.kernel.hostile.common import *
mine = replace(sgd_nonconvex, name="mine", corollaries=[Corollary("unbiased", "no bias", "readable", {B: sp.S.Zero, C: sp.S.Zero})], parameters=list(sgd_nonconvex.parameters), forms=list(sgd_nonconvex.forms))
