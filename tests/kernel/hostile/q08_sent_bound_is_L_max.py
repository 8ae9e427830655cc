"""The compressor's constant is called L_max, as the smoothness of the workers is.

False: what is shown of the compressor is put in for the smoothness.
"""
from attack import *
from boundcalc.kernel.estimation import Unbiased
from theorems.compressed.parameters import L_MAX, L_max
un = Unbiased(wk.workers, L_max)
def cert(x):
    sample, noise = wk.workers.sample(x), wk.workers.noise(x)
    return Certificate(using=[(1, wk.workers.independence(un.error(sample) + noise)), (1 / wk.n, un.compression(sample)),
       ((1 + L_max) / wk.n, wk.workers.variance(x)), (L_max / wk.n, wk.workers.dissimilarity(x))])
def to(e): return sp.sympify(e).subs(wk.omega, L_max)
P_ = replace(L_MAX, domain=NONNEGATIVE)
general = replace(wk.unbiased, parameters=[P_, *ALL_WORKERS], assumes=[wk.workers, un], relative=to(wk.unbiased.relative),
   origins={q: to(e) for q, e in wk.unbiased.origins.items()}, certificate=cert)
lemma = Coordinatewise("unbiased", [Case([Outcome(R(1,2), 2*MAGNITUDE), Outcome(R(1,2), sp.S.Zero)])], MAGNITUDE**2)
est = instance(general, lemma, {L_max: sp.S.One})
evil = composed(est, und.dcgd_convex)
