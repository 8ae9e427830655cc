"""The domains that a theorem has computed are put there by its author: sigma2 <= 0 and no noise.

False: the printed domain of sigma2 is [0, inf), the proof supposed that it is not positive.
"""
from attack import *
evil = without_noise()
vars(evil)["domains"] = (*sgd_nonconvex.domains, at_least(-sigma2))
