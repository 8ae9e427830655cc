"""The class of the conclusion's words: SymPy symbols are kept by name, and one is renamed after the proof.

(True until then.)  False: sigma2 reads as B.
"""
from attack import *
import sympy
evil = without_noise()
object.__setattr__ if False else None
sympy.Symbol("sigma2", real=True).name = "B"
