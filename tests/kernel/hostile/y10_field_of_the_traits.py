"""A field of the table of what a method can do gets another name, so that its word is not read.

False: a method that takes the components in an order is proved as one with fresh samples.
"""
from attack import *
from numerics.traits import Traits
from theorems.signs.snapshots import sign_rvr as base
from theorems.signs.snapshots import sign_svrg
Traits.__dataclass_fields__["passes"].name = "linear"
evil = replace(sign_svrg, name="evil", algorithm=base.algorithm)
