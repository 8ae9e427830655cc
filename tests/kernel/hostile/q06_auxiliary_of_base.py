"""The general estimator calls its constant S, and the theorem an auxiliary quantity: the latter counts.

False: omega = S is gamma^2 L/2, whatever the compressor does.
"""
from attack import *
from boundcalc.kernel.estimation import Unbiased
from theorems.estimators import compressors
S_ = Parameter("S", "S", "constant of the compressor", NONNEGATIVE, weaker="larger")
un = Unbiased(wk.workers, S_.symbol)
om = S_.symbol
def cert(x):
    sample, noise = wk.workers.sample(x), wk.workers.noise(x)
    return Certificate(using=[(1, wk.workers.independence(un.error(sample) + noise)), (1 / wk.n, un.compression(sample)),
       ((1 + om) / wk.n, wk.workers.variance(x)), (om / wk.n, wk.workers.dissimilarity(x))])
def to(e): return sp.sympify(e).subs(wk.omega, om)
general = replace(wk.unbiased, name="unbiased", parameters=[S_, *ALL_WORKERS], assumes=[wk.workers, un], relative=to(wk.unbiased.relative),
   origins={q: to(e) for q, e in wk.unbiased.origins.items()}, certificate=cert)
randk = compressors.randk
evil = composed(instance(general, randk.lemma, {om: randk.implied[wk.omega]}, [DIMENSION, KEPT], randk.given))
