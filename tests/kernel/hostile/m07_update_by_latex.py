"""The update tells the proof's point by how it is written (x_{k}).

False: gamma = 50/L is admitted, where SGD diverges.
"""
from attack import *
class Reading(StochasticGradient):
    def update(self, state, gradient, p):
        bases = getattr(state["x"], "coefficients", ())
        part = R(1, 100) if any(b.latex == "x_{k}" for b in bases) else 1
        return {"x": state["x"] - part * p["gamma"] * gradient}
evil = scaled_step(Reading())
