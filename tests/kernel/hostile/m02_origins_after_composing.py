"""The origins of the error are empty while the theorem is composed, and whole while they are proved.

False: the composed bound has no noise.
"""
from attack import *
origins = {}
est = replace(wk.stochastic, name="lie", origins=origins)
evil = compose(sgd_nonconvex, est)
origins.update(wk.stochastic.origins)
object.__setattr__(evil, "name", "evil")
