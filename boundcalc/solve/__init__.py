"""Certified points of one form: searched for in floats, and checked in exact arithmetic.

A form at numbers is a :class:`~boundcalc.solve.program.Program`; :mod:`~boundcalc.solve.points`
chooses its free parameters, :mod:`~boundcalc.solve.edges` finds the largest step, and
:mod:`~boundcalc.solve.closed_forms` solves for it while symbols remain.
"""
