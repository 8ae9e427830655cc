"""A variance whose domain is (-inf, -1]: no oracle has it, and the bound falls with it.

False: the bound at sigma2 = -1 is below zero.
"""
from attack import *
evil = replace(sgd_nonconvex, name="evil", parameters=[replace(q, domain=Domain(None, sp.Integer(-1))) if q.name == "sigma2" else q for q in sgd_nonconvex.parameters])
