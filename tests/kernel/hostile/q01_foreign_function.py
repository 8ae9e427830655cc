"""The estimator's workers have gradients of a function that is no Function: its gradient is nothing.

False: a contractive compressor loses (1 - alpha)||grad f||^2, which the bound leaves out.
"""
from attack import *
from dataclasses import dataclass
@dataclass(frozen=True, eq=False)
class Lookalike:
    name: str = "f"
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return hash(f)
    def gradient(self, x): return Vector({})
    def value(self, x): return f.value(x)
g = Lookalike()
ws = Workers(g, wk.n, wk.sigma0_2, wk.B_h, wk.delta2)
con = Contractive = type(wk.contracting)(ws, wk.alpha)
t, alpha, n = wk.t, wk.alpha, wk.n
def cert(x):
    sample = ws.sample(x)
    error, noise = ws.mean(con.error(sample)), ws.mean(ws.noise(x))
    through = (1 + t) * (1 - alpha)
    return Certificate(using=[(1 + t, ws.jensen(con.error(sample))), (1 + t, con.compression(sample)), (through, ws.dissimilarity(x)),
        (through + (1 + 1 / t) / n, ws.variance(x)), (1 + 1 / t, ws.independence(ws.noise(x)))], squares=[Square(1 / t, t * error - noise)])
est = replace(wk.contractive, name="lie", assumes=[ws, con], relative=(1 + t) * (1 - alpha) * wk.B_h, certificate=cert)
evil = composed(est)
