"""Delta is the gap of another function that starts at its infimum."""
from attack import *
g = Function("g")
evil = replace(sgd_nonconvex, name="evil", assumes=[*sgd_nonconvex.assumes, BoundedBelow(g)], step=replace(sgd_nonconvex.step,
   start=lambda first: {DELTA.symbol: g.value(first.x) - g.infimum}))
