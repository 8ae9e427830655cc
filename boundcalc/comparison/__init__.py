"""Several side by side: estimators at a target, theorems at equal gradient calls, costs.

:mod:`~boundcalc.comparison.estimators` compares estimators of one theorem,
:mod:`~boundcalc.comparison.theorems` whole theorems, and :mod:`~boundcalc.comparison.cost_sweep`
the cost of a target along a parameter.
"""
