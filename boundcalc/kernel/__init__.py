"""The proof kernel: small, exact, suspicious.

``algebra`` has the abstract vectors and expressions; ``assumptions`` the inequalities a theorem may
suppose; ``transition`` one iteration of an algorithm on abstract vectors; ``conditions`` and
``signs`` the real arithmetic; ``certificate`` the check of one inequality; ``lemmas`` the way from
one step to all of them.
"""

from boundcalc.kernel.algebra import (
    Expression,
    Function,
    Gap,
    SquaredNorm,
    Vector,
    constant,
    inner,
    norm2,
)
from boundcalc.kernel.assumptions import (
    Assumption,
    BiasedOracle,
    BoundedBelow,
    PolyakLojasiewicz,
    Smooth,
)
from boundcalc.kernel.certificate import Certificate, QuadraticForm, Square
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.lemmas import Geometric, Growth, Telescoping
from boundcalc.kernel.transition import Start, State, Transition

__all__ = [
    "Assumption",
    "BiasedOracle",
    "BoundedBelow",
    "Certificate",
    "Condition",
    "Expression",
    "Function",
    "Gap",
    "Geometric",
    "Growth",
    "PolyakLojasiewicz",
    "QuadraticForm",
    "Smooth",
    "Square",
    "SquaredNorm",
    "Start",
    "State",
    "Telescoping",
    "Transition",
    "Vector",
    "at_least",
    "constant",
    "exceeds",
    "inner",
    "norm2",
]
