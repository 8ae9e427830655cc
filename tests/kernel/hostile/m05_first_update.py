"""The first update goes a hundredth of the way, all later ones the whole: the proof sees the first.

False: gamma = 50/L is admitted, where SGD diverges.
"""
from attack import *
calls = []
class First(StochasticGradient):
    def update(self, state, gradient, p):
        calls.append(1)
        part = R(1, 100) if len(calls) == 1 else 1
        return {"x": state["x"] - part * p["gamma"] * gradient}
evil = scaled_step(First())
