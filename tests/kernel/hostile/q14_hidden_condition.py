"""The estimator is proved under conditions on a symbol that is no parameter.

False: h >= sigma0_2 and h <= 0 leave no noise, but nobody is asked for h.
"""
from attack import *
h = sym("h")
est = replace(wk.stochastic, name="lie", given=[at_least(h, wk.sigma0_2), at_least(0, h)], origins={"sampling": sp.S.Zero},
  certificate=lambda x: Certificate(using=[(1, wk.samplers.independence(wk.samplers.noise(x))), (1 / wk.n, wk.samplers.variance(x))]))
evil = composed(est)
