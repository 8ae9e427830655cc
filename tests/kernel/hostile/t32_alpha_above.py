"""A contraction with alpha up to 2."""
from attack import *
A2 = replace(ALPHA, domain=Domain(sp.S.Zero, sp.Integer(2)))
est = replace(wk.contractive, name="lie", parameters=[A2, *wk.contractive.parameters[1:]])
evil = composed(est)
