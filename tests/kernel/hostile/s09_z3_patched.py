"""z3 answers unsat to whatever it is asked.
"""
from attack import *
import z3
class Solver:
    def __init__(self, *a): pass
    def set(self, *a): pass
    def add(self, *a): pass
    def check(self): return z3.unsat
z3.SolverFor = Solver
evil = without_noise()
