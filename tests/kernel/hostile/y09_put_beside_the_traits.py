"""A name of Python is put over in the module that reads what a method can do.

False: the first average of momentum counts as the gradient itself, however far off it is.
"""
from attack import *
import builtins
import numerics.traits as table
from theorems.momentum import sgdm_nonconvex as base
def reads(thing, name, otherwise=None):
    return True if name == "starts_exactly" else builtins.getattr(thing, name, otherwise)
table.getattr = reads
evil = replace(
    base, name="evil", parameters=[q for q in base.parameters if q is not E0],
    step=replace(base.step, start=lambda first: {DELTA.symbol: gap(first.state)}),
)
