"""A dimension confined to (0, 1/2] contradicts what is known of norms, and proves anything.

False: `prove` shows that C(v) = 0 has no error; no dimension is in the domain, and nothing says so.
"""
from attack import *
d = replace(DIMENSION, domain=Domain(sp.S.Zero, HALF, lower_open=True))
evil = composed(instance(wk.absolute, NOTHING_SENT, {wk.c: sp.S.Zero}, [d]))
