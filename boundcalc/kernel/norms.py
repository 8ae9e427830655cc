"""Inequalities between norms: the triangle inequality, and what steps of signs cost in the norm.

Bounds in the squared norm lose the difference between a mean square and the square of a mean where
errors vary along a cycle; in the norm itself they add up. ``sqrt(d)`` is not rational; for every
``root > 0`` it is at most ``(root d + 1/root)/2``, which is what a proof speaks of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Expression, Vector, constant, inner, norm, norm1
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.printing import latex
from boundcalc.kernel.scalar_lemmas import ScalarLemma
from boundcalc.kernel.signs import SignFact, Signs
from boundcalc.kernel.vectors import canonical

g, v, r, D = sp.symbols("g v r D", real=True)


@dataclass(frozen=True)
class Norms(ScalarLemma):
    """Norms of random vectors: ``E||.||`` and the largest that a coordinate can be.

    ``scales`` are the factors by which vectors are multiplied, never negative; ``d`` is the
    dimension and ``root`` the free parameter that stands for ``1/sqrt(d)``, where steps are signs.
    """

    scales: tuple[sp.Expr, ...] = ()
    d: sp.Expr | None = None
    root: sp.Expr | None = None
    least: ClassVar[Mapping[str, int]] = {"d": 1}
    name = "norms"
    rules: ClassVar[dict[str, str]] = {
        "triangle": "triangle inequality",
        "scaled": "homogeneity of the norm",
        "sup_triangle": "triangle inequality in the largest coordinate",
        "sup_scaled": "homogeneity of the largest coordinate",
        "signs": "coordinate lemma in the norm",
        "length": "norm of a vector of signs",
    }
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {
        "triangle": ("Minkowski",),
        "sup_triangle": ("Minkowski",),
        "signs": ("Cauchy-Schwarz",),
    }

    def latex(self) -> str:
        return "the triangle inequality"

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        if rule == "length":
            return (
                rf"\mathbb E\|\mathrm{{sign}}({arguments[0]})\|\le\sqrt{{{self._dimension}}}\le"
                rf"{latex(self._root)}"
            )
        if rule == "signs":
            first, second = arguments
            return (
                rf"\mathbb E\|{first}\|_1\le\mathbb E\langle {first},"
                rf"\mathrm{{sign}}({second})\rangle"
                rf"+2\bigl({latex(self._root)}\bigr)\mathbb E\|{first}-{second}\|"
            )
        first, second = arguments
        expected, ending = r"\mathbb E", ""
        if rule in ("sup_triangle", "sup_scaled"):
            expected, ending = "", r"_\infty"
        if rule in ("scaled", "sup_scaled"):
            return rf"{expected}\|c\,u\|{ending}\le|c|\,{expected}\|u\|{ending},\ u={first}"
        total = first + (second if second.startswith("-") else f"+{second}")
        parts = [rf"{expected}\|{part}\|{ending}" for part in (total, first, second)]
        return rf"{parts[0]}\le{parts[1]}+{parts[2]}"

    @property
    def _dimension(self) -> str:
        return latex(self.d) if self.d is not None else "d"

    @property
    def _root(self) -> sp.Expr:
        """Return what is at least sqrt(d)."""
        if self.d is None or self.root is None:
            raise ProofError("a step of signs needs the dimension and the weight of its root")
        return (self.root * self.d + 1 / self.root) / 2

    # -- inequalities -----------------------------------------------------------------

    def triangle(self, first: Vector, second: Vector) -> Instance:
        """``E||u + v|| <= E||u|| + E||v||``."""
        return self.at("triangle", first, second)

    def scaled(self, vector: Vector, multiple: Vector) -> Instance:
        """``E||c u|| <= |c| E||u||`` for a scale |c|."""
        return self.at("scaled", vector, multiple)

    def sup_triangle(self, first: Vector, second: Vector) -> Instance:
        """``||u + v||_inf <= ||u||_inf + ||v||_inf``."""
        return self.at("sup_triangle", first, second)

    def sup_scaled(self, vector: Vector, multiple: Vector) -> Instance:
        """``||c u||_inf <= |c| ||u||_inf`` for a scale |c|."""
        return self.at("sup_scaled", vector, multiple)

    def signs(self, gradient: Vector, signed: Vector) -> Instance:
        """``E<g, sign v> >= E||g||_1 - 2 sqrt(d) E||g - v||``."""
        return self.at("signs", gradient, signed)

    def length(self, argument: Vector) -> Instance:
        """``E||sign v|| <= sqrt(d)``."""
        return self.at("length", argument)

    def _triangle(self, first: Vector, second: Vector) -> Expression:
        return norm("2", first) + norm("2", second) - norm("2", first + second)

    def _sup_triangle(self, first: Vector, second: Vector) -> Expression:
        return norm("sup", first) + norm("sup", second) - norm("sup", first + second)

    def _scaled(self, vector: Vector, multiple: Vector) -> Expression:
        return self._scale(vector, multiple) * norm("2", vector) - norm("2", multiple)

    def _sup_scaled(self, vector: Vector, multiple: Vector) -> Expression:
        return self._scale(vector, multiple) * norm("sup", vector) - norm("sup", multiple)

    def _scale(self, vector: Vector, multiple: Vector) -> sp.Expr:
        for scale in self.scales:
            if multiple in (vector * scale, vector * -scale):
                return canonical(scale)
        raise ProofError(f"{multiple!r} is not {vector!r} times a known scale")

    def _signs(self, gradient: Vector, signed: Vector) -> Expression:
        along = inner(gradient, signed.sign()) - norm1(gradient)
        return along + 2 * self._root * norm("2", gradient - signed)

    def _length(self, argument: Vector) -> Expression:
        return constant(self._root) - norm("2", argument.sign())

    # -- why they hold ----------------------------------------------------------------

    def check(self, given: Sequence[Condition]) -> tuple[SignFact, ...]:
        """Decide the signs of the scales and the inequalities of numbers; ProofError if not.

        ``g sign(v) >= |g| - 2|g - v|`` for every coordinate; the sum of ``|g - v|`` over them is at
        most ``sqrt(d) ||g - v||`` by Cauchy and Schwarz, and ``D = sqrt(d)`` at most the root.
        """
        known = Signs(given)
        facts = [known.require(at_least(scale)) for scale in self.scales]
        if self.root is None:
            return tuple(facts)
        facts.append(known.require(exceeds(self.root)))
        half = (r * D**2 + 1 / r) / 2
        facts.append(Signs([exceeds(r), at_least(D)]).require(at_least(half, D)))
        for of_g, size in ((at_least(g), g), (at_least(-g), -g)):
            for of_v, s in (
                ([exceeds(v)], 1),
                ([exceeds(-v)], -1),
                ([at_least(v), at_least(-v)], 0),
            ):
                for side, off in ((at_least(g - v), g - v), (at_least(v - g), v - g)):
                    case = Signs([of_g, *of_v, side])
                    facts.append(case.require(at_least(g * s, size - 2 * off)))
        return tuple(facts)
