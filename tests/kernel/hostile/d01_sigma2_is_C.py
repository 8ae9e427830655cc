"""sigma2 is `derived` as C: nothing proves that the noise is what the bias is.

False: C = 0 makes the bound forget the noise of an oracle that has any sigma2.
"""
from attack import *
evil = replace(sgd_nonconvex, name="evil", parameters=[replace(q, derived=C) if q.name == "sigma2" else q for q in sgd_nonconvex.parameters])
