"""The transition that a theorem keeps is that of a step a hundredth as long.

False: gamma = 50/L is admitted, where SGD diverges.
"""
from attack import *
class Short(StochasticGradient):
    def update(self, state, gradient, p):
        return {"x": state["x"] - R(1, 100) * p["gamma"] * gradient}
evil = replace(scaled_step(Short()), algorithm=SGD)
vars(evil)["transition"] = scaled_step(Short()).transition
