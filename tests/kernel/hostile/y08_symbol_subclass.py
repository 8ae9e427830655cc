"""A symbol of the author's own class says that it is not different from its namesake.

False: T, S and c are tied for a symbol of that class, not for the one that the bound has.
"""
from attack import *
class Sly(sp.Symbol):
    def __ne__(self, other): return False
    def __eq__(self, other): return self is other
    def __hash__(self): return 7
c2 = Sly("c", real=True)
def s(e): return e
given = [q for q in sgd_nonconvex.step.given if not q.symbols & {c}]
evil = replace(sgd_nonconvex, name="evil", step=replace(sgd_nonconvex.step, unroll=Telescoping(c2), certificate=sgd_nonconvex.step.certificate))
