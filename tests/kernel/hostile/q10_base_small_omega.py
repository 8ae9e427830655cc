"""The theorem is proved for compressors without error, and composed with one that has one.

False: domain of omega is {0}, but random sparsification has omega = d/k - 1.
"""
from attack import *
from theorems.estimators import compressors
o = wk.omega
base0 = und.dcgd_convex
params = [replace(q, domain=Domain(sp.S.Zero, sp.S.Zero)) if q.symbol == o else q for q in base0.parameters]
evil = composed(compressors.randk, replace(base0, name="exact", parameters=params, step=replace(base0.step, error={k: sp.S.Zero for k in base0.step.error})))
