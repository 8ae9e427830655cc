"""The smoothness of f and the absolute bias have one name, C; the estimator has no bias, so C is 0.

False: the bound is that of a linear function.
"""
from attack import *
sm = Smooth(f, C)
def to(e): return sp.sympify(e).subs(L, C)
def cert(t):
    x, g, b = t.now.x, f.gradient(t.now.x), oracle.bias(t.now.x)
    left = c + U * B + N * M
    return Certificate(using=[(1, sm.descent(x, t.next.x)), (U, oracle.bias_bound(x)), (N, oracle.noise_bound(x))],
        squares=[Square(S / gamma**2 - C / 2, t.next.x - x), Square(U - T, b), Square(N - S, oracle.noise(x))],
        forms=[QuadraticForm(b, g, T - S, gamma / 2 - S, gamma - S - left)])
def cond(cs): return [Condition(to(q.left), to(q.right), q.strict, q.meaning) for q in cs]
forms = [replace(fm, formulas={k: to(v) for k, v in fm.formulas.items()}, given=cond(fm.given)) for fm in sgd_nonconvex.forms]
evil = composed(wk.stochastic, replace(sgd_nonconvex, name="one-name", assumes=[sm, sgdmod.below, oracle], forms=forms, parameters=[q for q in sgd_nonconvex.parameters if q.name != "L"],
   step=replace(sgd_nonconvex.step, certificate=cert, given=cond(sgd_nonconvex.step.given))))
