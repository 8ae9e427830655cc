"""The noise is written as a sum without brackets: the product of its weight reads as another one."""
from attack import *
S2 = Parameter("sig_sum", r"\nu+1", "noise", NONNEGATIVE, weaker="larger")
orc = BiasedOracle(f, B, C, M, S2.symbol)
def cert(t):
    c0 = sgd_nonconvex.step.certificate(t); x = t.now.x
    return Certificate(using=[(w, orc.at(i.rule, x) if i.rule != "descent" else smooth.descent(x, t.next.x)) for w, i in c0.using],
        squares=[Square(S / gamma**2 - L / 2, t.next.x - x), Square(U - T, orc.bias(x)), Square(N - S, orc.noise(x))],
        forms=[QuadraticForm(orc.bias(x), f.gradient(x), T - S, gamma / 2 - S, gamma - S - (c + U*B + N*M))])
evil = replace(sgd_nonconvex, name="evil", assumes=[smooth, sgdmod.below, orc], parameters=[S2 if q.name == "sigma2" else q for q in sgd_nonconvex.parameters],
   step=replace(sgd_nonconvex.step, certificate=cert, error={"bias": U*C, "noise": N*S2.symbol}))
