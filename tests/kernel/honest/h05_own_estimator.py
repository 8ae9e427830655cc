"""An estimator of own make: batches of a worker's samples, with parameters of its own and another name for n."""
from tests.kernel.hostile.common import *
from boundcalc.model.compose import compose
from boundcalc.model.estimator import Estimator
from boundcalc.kernel.estimation import Unbiased
NODES = Parameter("nodes", "N_n", "number of nodes", Domain(sp.S.One, None), whole=True)
VAR = Parameter("var", "v", "variance", NONNEGATIVE, weaker="larger")
ws = Samplers(f, NODES.symbol, VAR.symbol)
def certificate(x):
    parts = []
    noise = ws.noise(x)
    for weight, inequality in ((1, ws.independence(noise)), (1 / NODES.symbol, ws.variance(x))):
        parts.append((weight, inequality))
    return Certificate(using=parts)
est = Estimator("nodes", "with nodes", parameters=[NODES, VAR], assumes=[ws], unbiased=True, relative=sp.S.Zero,
    origins={"sampling": VAR.symbol / NODES.symbol}, certificate=certificate)
mine = compose(sgd_nonconvex, est)
pl = compose(sgd_pl, est)
