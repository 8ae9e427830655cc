"""The conditions under which the step is proved are kept from call to call: one that is false is put in.
"""
from attack import *
from boundcalc.proofs.obligations import abstract_signs
from boundcalc.model.snapshot import settled
evil = without_noise()
abstract_signs(settled(evil)).admit(at_least(-sigma2))
