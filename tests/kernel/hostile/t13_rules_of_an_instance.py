"""A Smooth with a rule of its own in its instance.

False: mean E||grad f||^2 <= Delta/K for every step and noise.
"""
from attack import *
sm = Smooth(f, L)
vars(sm)["rules"] = {"wish": "wish"}
vars(sm)["_wish"] = magic
evil = greedy(sm, certificate=lambda t: Certificate(using=[(1, Instance(sm, "wish", (t.now.x, t.next.x)))]))
