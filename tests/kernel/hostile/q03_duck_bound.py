"""The constant of the compressor is no formula: times the squared norm of a vector it is nothing.

False: an unbiased compressor without variance.
"""
from attack import *
from dataclasses import dataclass
from boundcalc.kernel.estimation import Unbiased
@dataclass(frozen=True, eq=False)
class Nothing:
    def __mul__(self, other): return Expression({})
    __rmul__ = __mul__
    free_symbols = frozenset()
    def _latex(self, printer): return r"\omega"
un = Unbiased(wk.workers, Nothing())
def cert(x):
    sample, noise = wk.workers.sample(x), wk.workers.noise(x)
    return Certificate(using=[(1, wk.workers.independence(un.error(sample) + noise)), (1 / wk.n, un.compression(sample)), (1 / wk.n, wk.workers.variance(x))])
est = replace(wk.unbiased, name="lie", assumes=[wk.workers, un], relative=sp.S.Zero, origins={"sampling": wk.sigma0_2 / wk.n}, certificate=cert)
evil = composed(est)
