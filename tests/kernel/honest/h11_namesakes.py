"""Parameters with names of functions and keywords of Python and NumPy."""
from tests.kernel.hostile.common import *
def named(name):
    return Parameter(name, r"\nu", "variance", NONNEGATIVE, weaker="larger")
def theorem(name):
    s2 = named(name).symbol
    orc = BiasedOracle(f, B, C, M, s2)
    def cert(t):
        x, g, b = t.now.x, f.gradient(t.now.x), orc.bias(t.now.x)
        left = c + U * B + N * M
        return Certificate(using=[(1, smooth.descent(x, t.next.x)), (U, orc.bias_bound(x)), (N, orc.noise_bound(x))],
            squares=[Square(S / gamma**2 - L / 2, t.next.x - x), Square(U - T, b), Square(N - S, orc.noise(x))],
            forms=[QuadraticForm(b, g, T - S, gamma / 2 - S, gamma - S - left)])
    return replace(sgd_nonconvex, name="with-" + name, assumes=[smooth, sgdmod.below, orc], parameters=[named(name) if q.name == "sigma2" else q for q in sgd_nonconvex.parameters],
       step=replace(sgd_nonconvex.step, certificate=cert, error={k: sp.sympify(v).subs(sigma2, s2) for k, v in sgd_nonconvex.step.error.items()}))
t1, t2, t3, t4, t5 = map(theorem, ("lambda", "sqrt", "log1p", "E", "count"))
