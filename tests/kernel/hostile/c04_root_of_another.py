"""sqrt_d is derived as the root of n: the lemma is then proved where n = d alone.

False: rounding to a grid in dimension d has the error sqrt(n) pitch/2 only for n >= d.
"""
from attack import *
root = replace(ROOT, derived=sp.sqrt(WORKERS.symbol))
g0 = compressors.grid
ps = [root if q.name == "sqrt_d" else q for q in g0.parameters]
evil = composed(replace(g0, name="root", parameters=ps))
