"""The oracle's absolute noise is called s2, which stays a parameter when the oracle is replaced.

False: s2 = 0 leaves no noise in the bound, whatever the workers' sigma0_2.
"""
from attack import *
S2 = Parameter("s2", "s_2", "absolute noise variance", NONNEGATIVE, weaker="larger")
def to(e): return sp.sympify(e).subs(sigma2, S2.symbol)
orc = BiasedOracle(f, B, C, M, S2.symbol)
def cert(t):
    x, g, b = t.now.x, f.gradient(t.now.x), orc.bias(t.now.x)
    left = c + U * B + N * M
    return Certificate(using=[(1, smooth.descent(x, t.next.x)), (U, orc.bias_bound(x)), (N, orc.noise_bound(x))],
        squares=[Square(S / gamma**2 - L / 2, t.next.x - x), Square(U - T, b), Square(N - S, orc.noise(x))],
        forms=[QuadraticForm(b, g, T - S, gamma / 2 - S, gamma - S - left)])
evil = composed(wk.stochastic, replace(sgd_nonconvex, name="renamed", assumes=[smooth, sgdmod.below, orc], parameters=[S2 if q.name == "sigma2" else q for q in sgd_nonconvex.parameters],
   step=replace(sgd_nonconvex.step, certificate=cert, error={k: to(v) for k, v in sgd_nonconvex.step.error.items()})))
