"""The variance of a worker's samples is called C, which the composition puts to zero afterwards.

False: the bound has no noise in it, the method has.
"""
from attack import *
q = Parameter("C", "C", "variance of a worker's gradient", NONNEGATIVE, weaker="larger")
own = Samplers(f, wk.n, q.symbol)
est = replace(wk.stochastic, name="lie", parameters=[WORKERS, q], assumes=[own], origins={"sampling": q.symbol / wk.n},
    certificate=lambda x: Certificate(using=[(1, own.independence(own.noise(x))), (1 / wk.n, own.variance(x))]))
evil = composed(est)
