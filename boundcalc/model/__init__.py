"""Declarations: what a theorem module writes down.

A theorem with its step, forms and parameters (:mod:`~boundcalc.model.theorem`), a gradient
estimator (:mod:`~boundcalc.model.estimator`), and the theorem in the constants of an estimator
(:mod:`~boundcalc.model.compose`). What proofs and answers rest on is read of a declaration once
(:mod:`~boundcalc.model.snapshot`).
"""

from boundcalc.model.estimator import Estimator
from boundcalc.model.measures import Measure
from boundcalc.model.parameters import Parameter
from boundcalc.model.theorem import Corollary, Example, Form, Source, Statement, Step, Theorem

__all__ = [
    "Corollary",
    "Estimator",
    "Example",
    "Form",
    "Measure",
    "Parameter",
    "Source",
    "Statement",
    "Step",
    "Theorem",
]
