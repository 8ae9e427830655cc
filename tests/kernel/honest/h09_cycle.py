"""A method of own class that begins anew every m steps; errors that rise along a cycle; an invariant of a snapshot."""
from tests.kernel.hostile.common import *
from boundcalc.kernel.cycles import Cycle, POSITION
@dataclass(frozen=True)
class Restarted:
    name: str = "restarted"
    title: str = "SGD with a snapshot"
    parameters: tuple = ("gamma",)
    state: tuple = ("x", "y")
    latex: str = r"x_{k+1} = x_k - \gamma g"
    samples: bool = False
    linear: bool = True
    period: str = "m"
    def initial(self, x, average): return {"x": x, "y": x}
    def restart(self, s): return {"x": s["x"], "y": s["x"]}
    def update(self, s, g, p): return {"x": s["x"] - p["gamma"] * g, "y": s["y"]}
    def pytorch(self, p): return None
m = Parameter("m", "m", "steps between snapshots", Domain(sp.S.One, None), role="algorithm", whole=True)
err = {"bias": U * C, "noise": N * sigma2 * (1 + POSITION)}
mine = replace(sgd_nonconvex, name="mine", algorithm=Restarted(), parameters=[*sgd_nonconvex.parameters, m],
  step=replace(sgd_nonconvex.step, error=err, cycle=Cycle(m.symbol, sgd_nonconvex.step.certificate)))
from boundcalc.model.compose import compose
from theorems.estimators import workers as wk
composed_ = compose(mine, wk.stochastic)
