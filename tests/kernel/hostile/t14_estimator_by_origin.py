"""An estimator whose own `by_origin` tells the errors of the bound apart from those of the proof.

False: the sampling noise is a thousandth of what is proved.
"""
from attack import *
import sys
est = replace(wk.stochastic, name="lie")
def by_origin(errors):
    true = type(est).by_origin(est, errors)
    if sys._getframe(1).f_code.co_name == "_origins":
        return true
    return {k: v / 1000 for k, v in true.items()}
vars(est)["by_origin"] = by_origin
evil = composed(est)
