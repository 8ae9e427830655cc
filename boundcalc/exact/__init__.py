"""Numbers without rounding: algebraic numbers, formulas evaluated exactly, and what a user types.

What a user gives is parsed (:mod:`~boundcalc.exact.parse`, :mod:`~boundcalc.exact.ranges`) into
sums of square roots (:mod:`~boundcalc.exact.surd`), at which formulas are evaluated
(:mod:`~boundcalc.exact.evaluate`).
"""
