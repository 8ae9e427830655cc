"""What is noise beside the bias is asked for twice: all of the error first, nothing then.

False: the noise is neither in the bias nor in the noise of the bound.
"""
from attack import *
from boundcalc.model.estimator import Noise
calls = []
def part(x):
    calls.append(1)
    own = wk.samplers.mean(wk.samplers.noise(x))
    return own if len(calls) == 1 else Vector({})
est = replace(wk.stochastic, name="lie", unbiased=False, origins={}, certificate=lambda x: Certificate(),
    noise=Noise(part, {}, lambda x: Certificate()))
evil = composed(est)
