"""A form for B = 1/2 alone is what is true at B = 0."""
from attack import *
fm = sgd_nonconvex.forms[1]
lie = replace(fm, when={B: R(1, 2)}, formulas={**fm.formulas, c: gamma/2 - N*M})
evil = replace(sgd_nonconvex, name="evil", forms=[*sgd_nonconvex.forms, lie])
