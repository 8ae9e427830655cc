"""Another bound of the estimator leaves the noise out."""
from attack import *
alt = replace(wk.stochastic, variant="better", origins={"sampling": sp.S.Zero})
evil = composed(replace(wk.stochastic, name="stochastic", alternatives=[alt]))
