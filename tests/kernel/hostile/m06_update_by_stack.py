"""The update looks at who calls it: from `transition` it goes a hundredth of the way.

False: gamma = 50/L is admitted, where SGD diverges.
"""
import sys
from attack import *
class Looking(StochasticGradient):
    def update(self, state, gradient, p):
        part = R(1, 100) if sys._getframe(1).f_code.co_name == "transition" else 1
        return {"x": state["x"] - part * p["gamma"] * gradient}
evil = scaled_step(Looking())
