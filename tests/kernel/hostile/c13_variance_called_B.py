"""The same with a variance called B.

False: B is put to zero in the bound of an unbiased estimator, and the noise with it.
"""
from attack import *
q = Parameter("B", "B", "variance of a worker's gradient", NONNEGATIVE, weaker="larger")
own = Samplers(f, wk.n, q.symbol)
est = replace(wk.stochastic, name="lie", parameters=[WORKERS, q], assumes=[own], origins={"sampling": q.symbol / wk.n},
    certificate=lambda x: Certificate(using=[(1, own.independence(own.noise(x))), (1 / wk.n, own.variance(x))]))
evil = composed(est)
