"""Heavy ball with a remembered point, own method, remembered by the analysis: true constants."""
from tests.kernel.hostile.common import *
from dataclasses import dataclass
@dataclass(frozen=True)
class Exact(Assumption):
    f: Function
    name = "exact gradient"
    def text(self): return "the gradient is exact"
    def latex(self): return "the gradient is exact"
    def gradient(self, x): return self.f.gradient(x)
    def estimate(self, x): return self.f.gradient(x)
@dataclass(frozen=True)
class Ball:
    name: str = "ball"
    title: str = "heavy ball"
    parameters: tuple = ("gamma", "mom")
    state: tuple = ("x", "y")
    latex: str = r"x_{k+1}=x_k-\gamma g_k+m(x_k-x_{k-1})"
    samples: bool = False
    linear: bool = True
    def pytorch(self, p): return {"lr": p["gamma"], "momentum": p["mom"]}
    def initial(self, x, average): return {"x": x, "y": x}
    def update(self, s, g, p): return {"x": s["x"] - p["gamma"] * g + p["mom"] * (s["x"] - s["y"]), "y": s["x"]}
MOM = Parameter("mom", "m", "momentum", Domain(sp.S.Zero, sp.S.One, upper_open=True), role="algorithm")
m = MOM.symbol
a, c = sp.symbols("a c", real=True)
eta = gamma / (1 - m)
def z(s): return s.x + (m / (1 - m)) * (s.x - s.y)
def lyap(s): return f.value(z(s)) - f.infimum + a * norm2(s.x - s.y)
def certificate(t):
    x, zz, zn = t.now.x, z(t.now), z(t.next)
    g, h, D = f.gradient(x), f.gradient(zz), x - t.now.y
    return Certificate(using=[(1, smooth.descent(zz, zn)), (eta/2, smooth.lipschitz(x, zz))],
      squares=[Square(eta/2, h), Square(a*m*(1-m), D + gamma/(1-m)*g), Square(a*(1-m) - eta/2*L**2*m**2/(1-m)**2, D),
               Square(eta/2 - L*eta**2/2 - a*gamma**2/(1-m) - c, g)])
start = sgdmod.start
hb = Theorem("hb", title="Heavy ball", family="mine", source=Source("me", "N. Comer", "My paper", "unpublished", 2026),
  algorithm=Ball(), assumes=[smooth, sgdmod.below, Exact(f)], parameters=[SMOOTHNESS, GAMMA, MOM, DELTA],
  step=Step(f, lyapunov=lyap, measure=SQUARED_GRADIENT, unroll=Telescoping(c), error={}, certificate=certificate,
     nonnegative=lambda s: Certificate(bounded=[(1, Gap(f, z(s)))], squares=[Square(a, s.x - s.y)]), given=[at_least(a), exceeds(c), at_least(a*(1-m), eta/2*L**2*m**2/(1-m)**2), at_least(eta/2 - L*eta**2/2 - a*gamma**2/(1-m), c)], start=start),
  forms=[Form("general", "", {a: eta*L**2*m**2/2/(1-m)**3, c: eta/2 - L*eta**2/2 - eta*L**2*m**2/2/(1-m)**3*gamma**2/(1-m)}, [exceeds(c)])])
