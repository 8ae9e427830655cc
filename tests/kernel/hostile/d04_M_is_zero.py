"""The relative noise is `derived` as M = B, and its users may give B alone.

False: an oracle with B = 0 and M = 10 diverges at steps that are admitted.
"""
from attack import *
evil = replace(sgd_nonconvex, name="evil", parameters=[replace(q, derived=B) if q.name == "M" else q for q in sgd_nonconvex.parameters])
