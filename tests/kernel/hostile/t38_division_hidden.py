"""A formula is 0/0 but for SymPy's cancelling."""
from attack import *
zero = (gamma - gamma*(1 + L) + gamma*L)
evil = replace(sgd_nonconvex, name="evil", forms=[replace(fm, formulas={k: (v + 1000*gamma*sp.Mul(gamma-gamma*p, 1/(1-p), evaluate=False)*0 if k == c else v) for k, v in fm.formulas.items()}) for fm in sgd_nonconvex.forms],
  step=replace(sgd_nonconvex.step, error={"bias": U*C}))
