"""The list of what is trusted is emptied, and so are the rules' own.

False: what the proof rests on is not what is printed.
"""
from attack import *
import boundcalc.proofs.prove as pf
pf.AXIOMS.clear()
evil = replace(sgd_nonconvex, name="evil")
