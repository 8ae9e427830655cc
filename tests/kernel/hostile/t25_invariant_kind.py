"""The kind of an invariant is a text that is no str: a square where it is proved, a norm where it is used."""
from attack import *
from boundcalc.kernel.cycles import Invariant
from dataclasses import dataclass
import sys
@dataclass(frozen=True, eq=False, init=False)
class Kind(str):
    def __eq__(self, o): return o == "square" and sys._getframe(1).f_code.co_name != "claim"
    def __hash__(self): return hash("square")
inv = Invariant(Kind("2"), ("x",), sp.S.Zero, lambda t, p: Certificate())
evil = replace(without_noise(), step=replace(without_noise().step, invariants=[inv]))
