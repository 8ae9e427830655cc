"""Gradients of the components of a finite sum, in whatever order they are taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.kernel.algebra import Expression, Function, Vector, norm, norm2
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.kernel.printing import latex


@dataclass(frozen=True)
class Components(Assumption):
    """f is the mean of m components with ``L_max``-Lipschitz gradients; a step takes one of them.

    Which one, and how it depends on the past, is left open: a random permutation is one way.
    """

    f: Function
    m: sp.Expr
    L_max: sp.Expr
    least: ClassVar[Mapping[str, int]] = {"m": 1, "L_max": 0}
    name = "smooth components"
    rules: ClassVar[dict[str, str]] = {
        "change": "smoothness of the components",
        "change_norm": "smoothness of the components, in the norm",
    }
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {
        "change": ("Minkowski",),
        "change_norm": ("Minkowski",),
    }

    def text(self) -> str:
        return (
            f"{self.f.name} is the mean of {self.m} functions whose gradients are Lipschitz with"
            f" constant {self.L_max}; every step takes one of them, in any order"
        )

    def latex(self) -> str:
        f, m = self.f.name, latex(self.m)
        return (
            rf"${f}=\frac1{{{m}}}\sum_{{i=1}}^{{{m}}}{f}_i$, every ${f}_i$ is"
            rf" ${latex(self.L_max)}$-smooth, and every step takes one of them, in any order"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        x, y = arguments
        f, factor = self.f.name, latex(self.factor)
        change = rf"\nabla {f}_i({x})-\nabla {f}_i({y})-\nabla {f}({x})+\nabla {f}({y})"
        if rule == "change_norm":
            return rf"\mathbb E\|{change}\|\le {factor}\,\mathbb E\|{x}-{y}\|"
        squared = latex(self.factor**2)
        return rf"\mathbb E\|{change}\|^2\le {squared}\,\mathbb E\|{x}-{y}\|^2"

    @property
    def factor(self) -> sp.Expr:
        """Return how far the change of one component's gradient is from that of the mean, per
        distance.

        It is ``1/m`` times the sum of m - 1 differences of two such changes, each of which is at
        most ``2 L_max ||x - y||``.
        """
        return 2 * self.L_max * (self.m - 1) / self.m

    def gradient(self, x: Vector) -> Vector:
        """Return the true gradient at ``x``."""
        return self.f.gradient(x)

    def estimate(self, x: Vector) -> Vector:
        """Return the gradient of this step's component at ``x``."""
        return self.drawn("estimate", "component", rf"\nabla {self.f.name}_i", x, after=1)

    def off(self, x: Vector, y: Vector) -> Vector:
        """Return the change of the component's gradient less that of the mean."""
        change = self.estimate(x) - self.estimate(y)
        return change - self.gradient(x) + self.gradient(y)

    def change(self, x: Vector, y: Vector) -> Instance:
        """``E||off||^2 <= factor^2 E||x - y||^2``."""
        return self.at("change", x, y)

    def change_norm(self, x: Vector, y: Vector) -> Instance:
        """``E||off|| <= factor E||x - y||``."""
        return self.at("change_norm", x, y)

    def _change(self, x: Vector, y: Vector) -> Expression:
        return self.factor**2 * norm2(x - y) - norm2(self.off(x, y))

    def _change_norm(self, x: Vector, y: Vector) -> Expression:
        return self.factor * norm("2", x - y) - norm("2", self.off(x, y))
