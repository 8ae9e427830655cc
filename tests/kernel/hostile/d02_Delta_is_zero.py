"""The first gap is `derived` as 0.

False: the bound forgets where the method starts.
"""
from attack import *
evil = replace(sgd_nonconvex, name="evil", parameters=[replace(q, derived=sp.S.Zero) if q.name == "Delta" else q for q in sgd_nonconvex.parameters])
