"""One pass over a finite sum in random order, as one step.

From x the pass runs ``x^{i+1} = x^i - (gamma/m) grad f_{pi_i}(x^i)`` for a random permutation pi;
the estimate is ``(x - x^m)/gamma``, the mean of the gradients met. With i drawn at random, the
distance ``x^i - x`` is ``p + r``: p is what the gradients at x would make, r what the pass adds by
having moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.kernel.algebra import Expression, Function, Vector, constant, norm2
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.kernel.printing import latex


@dataclass(frozen=True)
class Shuffled(Assumption):
    """Every step is one pass over f = mean f_j in random order, every f_j smooth."""

    f: Function
    m: sp.Expr
    gamma: sp.Expr
    L_max: sp.Expr
    B_h: sp.Expr
    delta2: sp.Expr
    least: ClassVar[Mapping[str, int]] = {"m": 1, "gamma": 0, "L_max": 0, "B_h": 0, "delta2": 0}
    name = "random order"
    rules: ClassVar[dict[str, str]] = {
        "dissimilarity": "dissimilarity of the components",
        "bias": "smoothness of the components along the pass",
        "planned": "sampling without replacement",
        "moved": "smoothness and Cauchy-Schwarz for what the pass adds",
    }
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {
        "bias": ("Jensen",),
        "planned": ("sampling without replacement", "finite sums"),
        "moved": ("Cauchy-Schwarz", "finite sums"),
    }

    def text(self) -> str:
        g = f"grad {self.f.name}"
        return (
            f"each step is one pass over {self.f.name} = mean of {self.m} components in random "
            f"order, with inner steps {self.gamma}/{self.m}; every component is smooth with "
            f"constant {self.L_max}, and mean ||{g}_j - {g}||^2 <= {self.B_h} ||{g}||^2 + "
            f"{self.delta2}"
        )

    def latex(self) -> str:
        f, m, step = self.f.name, latex(self.m), rf"\frac{{{latex(self.gamma)}}}{{{latex(self.m)}}}"
        return (
            rf"${f}=\frac1{{{m}}}\sum_{{j=1}}^{{{m}}}{f}_j$, every ${f}_j$ is "
            rf"${latex(self.L_max)}$-smooth, and $\frac1{{{m}}}\sum_j\|\nabla {f}_j(x)-\nabla "
            rf"{f}(x)\|^2\le {latex(self.B_h)}\|\nabla {f}(x)\|^2+{latex(self.delta2)}$ for all "
            rf"$x$; a pass from "
            rf"$x^0=x_k$ makes $x^{{i+1}}=x^i-{step}\nabla {f}_{{\pi_i}}(x^i)$ for a random "
            r"permutation $\pi$, drawn afresh and independently of the past"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        g, L, m = rf"\nabla {self.f.name}(x_k)", latex(self.L_max), latex(self.m)
        step, spread = rf"{latex(self.gamma)}^2", rf"\nabla {self.f.name}_j-\nabla {self.f.name}"
        own = rf"\frac{{({m}-1)(2{m}-1)}}{{6{m}^2}}\|{g}\|^2"
        return {
            "dissimilarity": rf"\mathbb E\|{spread}\|^2\le {latex(self.B_h)}\,\|{g}\|^2+"
            rf"{latex(self.delta2)}",
            "bias": rf"\mathbb E\|b_k\|^2\le {L}^2\,\mathbb E\|p+r\|^2",
            "planned": rf"\mathbb E\|p\|^2\le {step}\left({own}+"
            rf"\frac{{{m}+1}}{{6{m}^2}}\,\mathbb E\|{spread}\|^2\right)",
            "moved": rf"\mathbb E\|r\|^2\le \frac{{{m}-1}}{{2{m}}}{step}{L}^2\,"
            r"\mathbb E\|p+r\|^2",
        }[rule]

    def aggregate(self, x: Vector) -> Vector:
        """Return what the server steps with: the mean of the gradients met."""
        return self.f.gradient(x) + self.bias(x)

    aggregate_text = "a step is a pass: the estimate is the mean of the gradients met"

    def aggregate_latex(self) -> str:
        """Return the same in LaTeX."""
        m = latex(self.m)
        return rf"\tilde g_k=(x^0-x^{{{m}}})/{latex(self.gamma)}"

    # -- vectors --------------------------------------------------------------------

    def deviation(self, x: Vector) -> Vector:
        """``grad f_j - grad f`` of a component drawn at random."""
        f = self.f.name
        shown = rf"\nabla {f}_j-\nabla {f}"
        return self.drawn("deviation", "hj", shown, x, after=1, zero_mean=True)

    def bias(self, x: Vector) -> Vector:
        """Return the mean of the gradients met, less the gradient at x."""
        return self.drawn("bias", "pass", "b_k", x, after=1)

    def planned_part(self, x: Vector) -> Vector:
        """``p``: where the gradients at x would have led by a random moment of the pass."""
        return self.drawn("planned_part", "planned", "p", x, after=1)

    def moved_part(self, x: Vector) -> Vector:
        """``r``: the rest of the way."""
        return self.drawn("moved_part", "moved", "r", x, after=1)

    # -- inequalities -----------------------------------------------------------------

    def dissimilarity(self, x: Vector) -> Instance:
        """``mean ||grad f_j - grad f||^2 <= B_h ||grad f||^2 + delta2``."""
        return self.at("dissimilarity", x)

    def bias_bound(self, x: Vector) -> Instance:
        """``E||b||^2 <= L_max^2 E||p + r||^2``: Jensen's inequality, and every f_j is smooth."""
        return self.at("bias", x)

    def planned(self, x: Vector) -> Instance:
        """``E||p||^2`` from sampling without replacement.

        The sum of i gradients drawn without replacement has the second moment
        ``i^2 ||grad f||^2 + i (m - i)/(m - 1) mean ||grad f_j - grad f||^2``; summed over i < m and
        divided by m^3 that makes ``(m-1)(2m-1)/(6 m^2)`` and ``(m+1)/(6 m^2)``.
        """
        return self.at("planned", x)

    def moved(self, x: Vector) -> Instance:
        """``E||r||^2 <= (m-1)/(2m) gamma^2 L_max^2 E||p + r||^2``.

        ``||r^i||^2 <= (gamma/m)^2 i sum_{j<i} L_max^2 ||x^j - x||^2`` by Cauchy and Schwarz, and
        the sum of i over j < i < m is at most ``m (m-1)/2``.
        """
        return self.at("moved", x)

    def _dissimilarity(self, x: Vector) -> Expression:
        bound = self.B_h * norm2(self.f.gradient(x)) + constant(self.delta2)
        return bound - norm2(self.deviation(x))

    def _bias(self, x: Vector) -> Expression:
        way = self.planned_part(x) + self.moved_part(x)
        return self.L_max**2 * norm2(way) - norm2(self.bias(x))

    def _planned(self, x: Vector) -> Expression:
        m, step = self.m, self.gamma**2
        gradient = step * (m - 1) * (2 * m - 1) / (6 * m**2) * norm2(self.f.gradient(x))
        spread = step * (m + 1) / (6 * m**2) * norm2(self.deviation(x))
        return gradient + spread - norm2(self.planned_part(x))

    def _moved(self, x: Vector) -> Expression:
        way = self.planned_part(x) + self.moved_part(x)
        part = (self.m - 1) / (2 * self.m) * (self.gamma * self.L_max) ** 2
        return part * norm2(way) - norm2(self.moved_part(x))
