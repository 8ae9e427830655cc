"""The parameters theorems speak of: name, symbol, meaning, domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy as sp

from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.printing import declare


@dataclass(frozen=True)
class Domain:
    """An interval of reals; ``None`` for an end at infinity."""

    lower: sp.Expr | None
    upper: sp.Expr | None
    lower_open: bool = False
    upper_open: bool = False

    def conditions(self, symbol: sp.Expr) -> list[Condition]:
        """Return the interval as conditions on ``symbol``."""
        found = []
        if self.lower is not None:
            found.append((exceeds if self.lower_open else at_least)(symbol, self.lower))
        if self.upper is not None:
            found.append((exceeds if self.upper_open else at_least)(self.upper, symbol))
        return found

    def __contains__(self, value: sp.Expr) -> bool:
        return all(
            bool(c.expression > 0 if c.strict else c.expression >= 0)
            for c in self.conditions(value)
        )

    def __str__(self) -> str:
        left = "(" if self.lower_open or self.lower is None else "["
        right = ")" if self.upper_open or self.upper is None else "]"
        lower = "-inf" if self.lower is None else self.lower
        upper = "inf" if self.upper is None else self.upper
        return f"{left}{lower}, {upper}{right}"

    def latex(self) -> str:
        left = "(" if self.lower_open or self.lower is None else "["
        right = ")" if self.upper_open or self.upper is None else "]"
        lower = r"-\infty" if self.lower is None else sp.latex(self.lower)
        upper = r"\infty" if self.upper is None else sp.latex(self.upper)
        return f"{left}{lower},{upper}{right}"


POSITIVE = Domain(sp.S.Zero, None, lower_open=True)
NONNEGATIVE = Domain(sp.S.Zero, None)
LEFT_OPEN_UNIT = Domain(sp.S.Zero, sp.S.One, lower_open=True)
RIGHT_OPEN_UNIT = Domain(sp.S.Zero, sp.S.One, upper_open=True)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a theorem.

    ``role``: ``constant`` (of the problem or the oracle), ``algorithm`` (the user sets it),
    ``start`` (of the first iterate), ``free`` (of the proof alone: the bound holds for every
    admissible value and the tool picks the best). ``weaker`` tells which change of a constant
    makes the assumption weaker: a theorem used with a weaker constant stays true.
    ``default`` is the value where none is given, maybe that of a parameter before it; ``derived``
    makes it no input but a formula in other parameters (the root of the dimension). ``typical`` is
    a value to look for examples around, where the least of the domain makes a poor one. ``whole``
    says that only whole numbers make sense.
    """

    name: str
    latex: str
    meaning: str
    domain: Domain
    role: Literal["constant", "algorithm", "start", "free"] = "constant"
    weaker: Literal["larger", "smaller", None] = None
    default: sp.Expr | None = None
    derived: sp.Expr | None = None
    typical: sp.Expr | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        declare(self.name, self.latex)

    @property
    def given(self) -> bool:
        """Return whether it is an input, and not derived from others."""
        return self.derived is None

    @property
    def symbol(self) -> sp.Symbol:
        return sp.Symbol(self.name, real=True)


SMOOTHNESS = Parameter("L", "L", "smoothness of f", POSITIVE, weaker="larger")
MU = Parameter("mu", r"\mu", "Polyak-Lojasiewicz constant", POSITIVE, weaker="smaller")
GAMMA = Parameter("gamma", r"\gamma", "step size", POSITIVE, role="algorithm")
BETA = Parameter(
    "beta",
    r"\beta",
    "weight of the new gradient in the average (1: no momentum)",
    LEFT_OPEN_UNIT,
    role="algorithm",
)
BIAS_RELATIVE = Parameter(
    "B", "B", "bias relative to the squared gradient norm", RIGHT_OPEN_UNIT, weaker="larger"
)
BIAS_ABSOLUTE = Parameter("C", "C", "absolute bias", NONNEGATIVE, weaker="larger")
NOISE_RELATIVE = Parameter(
    "M", "M", "noise variance relative to the squared gradient norm", NONNEGATIVE, weaker="larger"
)
NOISE_ABSOLUTE = Parameter(
    "sigma2", r"\sigma^2", "absolute noise variance", NONNEGATIVE, weaker="larger"
)
DELTA = Parameter(
    "Delta", r"\Delta", "f(first point) - inf f", NONNEGATIVE, role="start", weaker="larger"
)
E0 = Parameter(
    "E0",
    "E_0",
    "initial squared error of the average (0: start at the exact gradient)",
    NONNEGATIVE,
    role="start",
    weaker="larger",
    default=sp.S.Zero,
)
E0_LOCAL = Parameter(
    "E0_local",
    r"E_0^{\mathrm{loc}}",
    "initial squared error of a worker's estimate, in the mean over workers",
    NONNEGATIVE,
    role="start",
    weaker="larger",
    default=sp.S.Zero,
)
D0 = Parameter(
    "D0", "D_0", "||x_0 - x_star||^2", NONNEGATIVE, role="start", weaker="larger"
)  # fmt: skip
THETA = Parameter(
    "theta",
    r"\theta",
    "share of beta by which the error of the average contracts",
    LEFT_OPEN_UNIT,
    role="free",
)
P = Parameter(
    "p", "p", "balance of descent against error (1: the readable form)", LEFT_OPEN_UNIT, role="free"
)
RHO = Parameter("rho", r"\rho", "contraction per iteration", LEFT_OPEN_UNIT, role="free")
ITERATIONS = Parameter("K", "K", "iterations", NONNEGATIVE, role="algorithm")
