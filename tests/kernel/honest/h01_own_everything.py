"""SGD with an algorithm, an assumption and a source of its own, in ordinary Python: lists, dicts, helpers."""
from dataclasses import dataclass
import sympy as sp
from boundcalc.kernel import at_least, Assumption, BoundedBelow, Certificate, Function, Gap, Smooth, Square, Telescoping, constant, exceeds, norm2
from boundcalc.model.theorem import Form, Source, Step, Theorem
from boundcalc.model.parameters import DELTA, GAMMA, SMOOTHNESS, NONNEGATIVE, Parameter
from boundcalc.model.measures import SQUARED_GRADIENT

f = Function("f")
L, gamma = SMOOTHNESS.symbol, GAMMA.symbol
NOISE = Parameter("nu2", r"\nu^2", "variance of the noise", NONNEGATIVE, weaker="larger")
nu2 = NOISE.symbol
c = sp.Symbol("c", real=True)

@dataclass(frozen=True)
class Noisy(Assumption):
    """The gradient has noise of bounded variance."""
    f: Function
    nu2: sp.Symbol
    name = "noisy gradient"
    rules = {"size": "size of the noise"}
    def text(self): return f"E||g - grad f||^2 <= {self.nu2}"
    def latex(self): return r"$\mathbb E\|g-\nabla f\|^2\le\nu^2$, unbiased"
    def noise(self, x): return self.drawn("noise", "w", "w_k", x, after=1, zero_mean=True)
    def gradient(self, x): return self.f.gradient(x)
    def estimate(self, x): return self.gradient(x) + self.noise(x)
    def size(self, x): return self.at("size", x)
    def _size(self, x): return constant(self.nu2) - norm2(self.noise(x))

@dataclass(frozen=True)
class Plain:
    name: str = "plain"
    title: str = "plain SGD"
    parameters: tuple = ("gamma",)
    state: tuple = ("x",)
    latex: str = r"x_{k+1}=x_k-\gamma g_k"
    samples: bool = False
    linear: bool = True
    def initial(self, x, average): return {"x": x}
    def update(self, state, g, p):
        new = {}
        for name in self.state:
            new[name] = state[name] - p["gamma"] * g
        return new
    def pytorch(self, p): return {"lr": p["gamma"]}

smooth, below, noisy = Smooth(f, L), BoundedBelow(f), Noisy(f, nu2)
def gap(s): return f.value(s.x) - f.infimum
def certificate(t):
    x = t.now.x
    using = [(1, smooth.descent(x, t.next.x))]
    using.append((gamma**2 * L / 2, noisy.size(x)))
    return Certificate(using=using, squares=[Square(gamma - L * gamma**2 / 2 - c, f.gradient(x))])
mine = Theorem("mine", title="mine", family="own", source=Source("me", "N. Comer", "Paper", "unpublished", 2026),
    algorithm=Plain(), assumes=[smooth, below, noisy], parameters=[SMOOTHNESS, NOISE, GAMMA, DELTA],
    step=Step(f, lyapunov=gap, measure=SQUARED_GRADIENT, unroll=Telescoping(c), error={"noise": L * gamma**2 / 2 * nu2},
        certificate=certificate, nonnegative=lambda s: Certificate(bounded=[(1, Gap(f, s.x))]), given=[exceeds(c), at_least(gamma - L * gamma**2 / 2, c)],
        start=lambda first: {DELTA.symbol: f.value(first.x) - f.infimum}),
    forms=[Form("general", "", {c: gamma - L * gamma**2 / 2}, [exceeds(2, gamma * L)])])
