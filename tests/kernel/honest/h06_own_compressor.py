"""A compressor of own make sent through the catalogue's compressed methods and SGD."""
from tests.kernel.hostile.common import *
from boundcalc.model.compose import compose
from boundcalc.kernel.coordinates import MAGNITUDE, Case, Coordinatewise, Outcome
from theorems.estimators import workers as wk
Q = Parameter("q", "q", "probability to be sent", LEFT_OPEN_UNIT, role="algorithm")
q = Q.symbol
lemma = Coordinatewise("unbiased", [Case([Outcome(q, MAGNITUDE / q), Outcome(1 - q, sp.S.Zero)])], (1 / q - 1) * MAGNITUDE**2)
general = wk.unbiased
rare = replace(general, name="rare", title="sent rarely", parameters=[Q, *[p_ for p_ in general.parameters if p_.symbol != wk.omega]],
   implied={wk.omega: 1 / q - 1}, lemma=lemma, of=general)
a = compose(sgd_nonconvex, rare)
b = compose(und.dcgd_convex, rare)
d = compose(und.dcgd_nonconvex, rare)
