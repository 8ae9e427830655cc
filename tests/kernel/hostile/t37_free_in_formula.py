"""A free parameter is given a formula beyond its domain."""
from attack import *
evil = replace(sgd_nonconvex, name="evil", forms=[replace(fm, formulas={p: sp.Integer(100), **{k: v for k, v in fm.formulas.items() if k != p}}) for fm in sgd_nonconvex.forms])
