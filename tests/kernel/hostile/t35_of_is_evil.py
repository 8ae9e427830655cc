"""The general estimator is proved under conditions that contradict each other, the instance is not."""
from attack import *
from theorems.estimators import compressors
general = replace(wk.unbiased, given=[at_least(0, wk.omega), exceeds(wk.omega, 0)], relative=sp.S.Zero, origins={"x": sp.S.Zero})
randk = compressors.randk
evil = composed(instance(general, randk.lemma, {wk.omega: randk.implied[wk.omega]}, [DIMENSION, KEPT], randk.given))
