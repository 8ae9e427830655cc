"""The PL constant is `derived` as L: every smooth function that satisfies PL is said to be best conditioned.

False: f with mu = L/100 does not contract like mu = L.
"""
from attack import *
evil = replace(sgd_pl, name="evil", parameters=[replace(q, derived=L) if q.name == "mu" else q for q in sgd_pl.parameters])
