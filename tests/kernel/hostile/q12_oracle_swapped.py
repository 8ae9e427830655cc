"""The oracle calls its absolute noise M and its relative noise sigma2; the estimator fills in by names.

False: the absolute noise of the workers is used as the relative one.
"""
from attack import *
orc = BiasedOracle(f, B, C, sigma2, M)
def to(e): return sp.sympify(e).subs({sigma2: M, M: sigma2}, simultaneous=True)
def cert(t):
    x, g, b = t.now.x, f.gradient(t.now.x), orc.bias(t.now.x)
    left = c + U * B + N * sigma2
    return Certificate(using=[(1, smooth.descent(x, t.next.x)), (U, orc.bias_bound(x)), (N, orc.noise_bound(x))],
        squares=[Square(S / gamma**2 - L / 2, t.next.x - x), Square(U - T, b), Square(N - S, orc.noise(x))],
        forms=[QuadraticForm(b, g, T - S, gamma / 2 - S, gamma - S - left)])
def cond(cs): return [Condition(to(q.left), to(q.right), q.strict, q.meaning) for q in cs]
forms = [replace(fm, formulas={k: to(v) for k, v in fm.formulas.items()}, given=cond(fm.given)) for fm in sgd_nonconvex.forms]
evil = composed(wk.stochastic, replace(sgd_nonconvex, name="swapped", assumes=[smooth, sgdmod.below, orc], forms=forms,
   step=replace(sgd_nonconvex.step, certificate=cert, given=cond(sgd_nonconvex.step.given), error={k: to(v) for k, v in sgd_nonconvex.step.error.items()})))
