"""A clean Smooth is assumed; its namesake with another inequality in its instance is used.

False: mean E||grad f||^2 <= Delta/K for every step and noise.
"""
from attack import *
other = Smooth(f, L)
vars(other)["_descent"] = magic
evil = greedy(certificate=lambda t: Certificate(using=[(1, other.descent(t.now.x, t.next.x))]))
