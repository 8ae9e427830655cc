"""The error of a step speaks of its position; composed with an estimator that has a parameter j.

False: at j = -1 no noise is left.
"""
from attack import *
from dataclasses import dataclass
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
err = {"bias": U * C * (1 + POSITION), "noise": N * sigma2 * (1 + POSITION)}
def base(): return replace(sgd_nonconvex, name="base", algorithm=Restarted(), parameters=[*sgd_nonconvex.parameters, m],
  step=replace(sgd_nonconvex.step, error=err, cycle=Cycle(m.symbol, sgd_nonconvex.step.certificate)))
jj = Parameter("j", "j", "any", Domain(sp.S.NegativeOne, sp.S.Zero))
est = replace(wk.stochastic, name="lie", parameters=[*wk.stochastic.parameters, jj])
evil = composed(est, base())
