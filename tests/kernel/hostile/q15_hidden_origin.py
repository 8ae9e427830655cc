"""The noise of the estimator is at most q/n, where nothing says what q is but a hidden condition.
"""
from attack import *
q = sym("q")
est = replace(wk.stochastic, name="lie", given=[at_least(q, wk.sigma0_2)], origins={"sampling": q / wk.n},
  certificate=lambda x: Certificate(using=[(1, wk.samplers.independence(wk.samplers.noise(x))), (1 / wk.n, wk.samplers.variance(x))]))
evil = composed(est)
