"""Gradient descent on a smooth convex function, by the author of gd3 with the right factor."""
from tests.kernel.hostile.common import *
from dataclasses import dataclass
@dataclass(frozen=True)
class Exact(Assumption):
    f: Function
    name = "exact gradient"
    def text(self): return "exact"
    def latex(self): return "the gradient is exact"
    def gradient(self, x): return self.f.gradient(x)
    def estimate(self, x): return self.f.gradient(x)
convex = SmoothConvex(f, L)
def certificate(t):
    x = t.now.x
    return Certificate(using=[(2 * gamma, convex.interpolation(x))], squares=[Square(gamma / L - gamma**2, f.gradient(x))])
good = Theorem("gd", title="GD", family="mine", source=Source("me", "N", "P", "u", 2026), algorithm=SGD, assumes=[convex, Exact(f)],
  parameters=[SMOOTHNESS, GAMMA, D0], step=Step(f, lyapunov=lambda s: norm2(s.x - f.minimiser), measure=MEAN_GAP, unroll=Telescoping(2 * gamma), error={},
    certificate=certificate, nonnegative=lambda s: Certificate(squares=[Square(1, s.x - f.minimiser)]), given=[at_least(1, gamma * L)], start=lambda first: {D0.symbol: norm2(first.x - f.minimiser)}),
  forms=[Form("general", "", {}, [at_least(1, gamma * L)])])
