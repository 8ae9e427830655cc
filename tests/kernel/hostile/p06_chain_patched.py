"""The chain of steps is cut short.

False: the error has no noise, and the step with the certificate is never asked for.
"""
from attack import *
import boundcalc.proofs.prove as pf
from boundcalc.proofs.step import passed
pf._chain = lambda theorem: iter([("statement", "all is well", lambda: passed(""))])
evil = without_noise()
