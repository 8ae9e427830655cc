"""Steps along the direction of an estimate: the vector over its Euclidean norm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.kernel.algebra import Expression, Vector, constant, inner, norm, norm2
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.printing import latex
from boundcalc.kernel.scalar_lemmas import ScalarLemma
from boundcalc.kernel.signs import SignFact, Signs

a, b, e, i, w = sp.symbols("a b e i w", real=True)


@dataclass(frozen=True)
class Directions(ScalarLemma):
    """The worth of a step along the direction ``v/||v||``, with the ``weight`` of a proof.

    ``<g, v>/||v|| >= ||g|| - 2||g - v|| >= ||g|| - w - ||g - v||^2/w``; 0 has the direction 0.
    """

    weight: sp.Expr
    name = "direction lemma"
    rules: ClassVar[dict[str, str]] = {"directions": "direction lemma"}
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {"directions": ("Cauchy-Schwarz", "Minkowski")}

    def latex(self) -> str:
        return "the direction lemma"

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        first, second = arguments
        own = latex(self.weight)
        return (
            rf"\mathbb E\|{first}\|\le\mathbb E\langle {first},{second}/\|{second}\|\rangle+{own}"
            rf"+\tfrac1{{{own}}}\mathbb E\|{first}-{second}\|^2"
        )

    def directions(self, gradient: Vector, estimate: Vector) -> Instance:
        """``E<g, v/||v||> >= E||g|| - w - E||g - v||^2/w``."""
        return self.at("directions", gradient, estimate)

    def _directions(self, gradient: Vector, estimate: Vector) -> Expression:
        price = constant(self.weight) + norm2(gradient - estimate) * (1 / self.weight)
        return inner(gradient, estimate.unit()) - norm("2", gradient) + price

    def check(self, given: Sequence[Condition]) -> tuple[SignFact, ...]:
        """Decide the inequalities of numbers; raises :class:`ProofError`.

        With a = ||g||, b = ||v||, e = ||g - v||: the inner product i of g with the direction of v
        is b plus that of g - v, so at least b - e, and b >= a - e; where v = 0, e = a and i = 0.
        """
        weight = Signs(given).require(exceeds(self.weight))
        sizes = [exceeds(w), at_least(a), at_least(e)]
        paid = at_least(i, a - w - e**2 / w)
        moving = Signs([*sizes, at_least(i, b - e), at_least(b, a - e)])
        still = Signs([*sizes, at_least(i), at_least(e, a)])
        return weight, moving.require(paid), still.require(paid)
