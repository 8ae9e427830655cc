"""The proof of the base is kept for theorems that are composed of it: it is emptied of what fails.
"""
from attack import *
from boundcalc.proofs.prove import proved_once
from boundcalc.model.snapshot import settled
def base(): return replace(without_noise(), name="base")
evil = replace(compose(base(), wk.stochastic), name="evil")
proof = proved_once(settled(evil).base)
object.__setattr__(proof, "steps", proof.steps[:2])
