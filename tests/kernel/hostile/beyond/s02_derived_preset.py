"""What follows from the theorem is worked out before it is proved, and replaced: a step that stands still.

False: a step that stands still lowers f as claimed.
"""
from attack import *
import boundcalc.snapshot as snap
from boundcalc.kernel.assumptions import Instance
evil = replace(sgd_nonconvex, name='evil', step=replace(sgd_nonconvex.step, error={'bias': U*C}))
def preset():
    s = snap.settled(evil)
    true = s.transition
    quiet = {b: Vector({}) for b in oracle.noise(true.now.x).coefficients}
    import boundcalc.kernel.transition as tr
    st = tr.State({"x": true.next.x.substitute(quiet)})
    vars(type(s))["transition"]._known[s] = tr.Transition(true.now, st, true.estimate, true.general)
preset()
