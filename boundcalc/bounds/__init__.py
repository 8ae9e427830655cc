"""Answers on bounds and steps: the bound, the step size, the horizon, the rate.

:mod:`~boundcalc.bounds.bound` evaluates, :mod:`~boundcalc.bounds.stepsize` chooses the step,
:mod:`~boundcalc.bounds.targets` counts iterations, :mod:`~boundcalc.bounds.rates` reads exponents,
and :mod:`~boundcalc.bounds.diagnose` says why there is no answer.
"""
