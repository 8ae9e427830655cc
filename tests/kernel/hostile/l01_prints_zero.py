"""The variance is printed as 0.

False: the printed statement bounds the noise by M||grad f||^2 + 0 and the residual by 0.
"""
from attack import *
q = Parameter("noise_abs", "0", "absolute noise variance", NONNEGATIVE, weaker="larger")
swap = {sigma2: q.symbol}
orc = BiasedOracle(f, B, C, M, q.symbol)
def cert(t):
    c0 = sgd_nonconvex.step.certificate(t); x = t.now.x
    return Certificate(using=[(w, orc.at(i.rule, x) if i.rule != "descent" else smooth.descent(x, t.next.x)) for w, i in c0.using],
        squares=[Square(S / gamma**2 - L / 2, t.next.x - x), Square(U - T, orc.bias(x)), Square(N - S, orc.noise(x))],
        forms=[QuadraticForm(orc.bias(x), f.gradient(x), T - S, gamma / 2 - S, gamma - S - (c + U*B + N*M))])
evil = replace(sgd_nonconvex, name="evil", assumes=[smooth, sgdmod.below, orc],
    parameters=[q if z.name == "sigma2" else z for z in sgd_nonconvex.parameters],
    step=replace(sgd_nonconvex.step, certificate=cert, error={k: v.subs(swap) for k, v in sgd_nonconvex.step.error.items()}))
