"""The chain of steps is cut short.

False: the error has no noise, and the step with the certificate is never asked for.
"""
from attack import *
import boundcalc.proof as pf
from boundcalc.proof_step import passed
pf._chain = lambda theorem: iter([("statement", "all is well", lambda: passed(""))])
evil = without_noise()
