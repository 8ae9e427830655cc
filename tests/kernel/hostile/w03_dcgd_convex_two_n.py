"""Convex workers of number n, averaged by the rule of smooth workers of number n2.

False: at n = 1 and n2 large the compression error disappears from bound and step size.
"""
from attack import *
base = und.dcgd_convex
n2 = Parameter("n2", "n_2", "another number", Domain(sp.S.One, None))
Dm = Parameter("D_w", "D_w", "gap", NONNEGATIVE)
other = SmoothWorkers(f, n2.symbol, und.L_max, Dm.symbol)
def s(v): return sp.sympify(v).subs(und.n, n2.symbol)
def cert(t):
    c0 = base.step.certificate(t)
    return Certificate(using=[(s(w), other.independence(*i.arguments) if i.rule == "independence" else i) for w, i in c0.using],
        squares=[Square(s(q.weight), q.argument) for q in c0.squares])
def cond(cs): return [Condition(s(q.left), s(q.right), q.strict, q.meaning) for q in cs]
evil = replace(base, name="evil", assumes=[*base.assumes, other], parameters=[*base.parameters, n2, Dm],
    forms=[replace(fm, formulas={k: s(v) for k, v in fm.formulas.items()}, given=cond(fm.given)) for fm in base.forms],
    step=replace(base.step, certificate=cert, error={k: s(v) for k, v in base.step.error.items()}, given=cond(base.step.given)))
