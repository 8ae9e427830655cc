"""Convex objectives, and the inequalities between a point and the minimiser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.kernel.algebra import Expression, Function, Gap, Vector, inner, norm2
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.kernel.printing import latex


@dataclass(frozen=True)
class SmoothConvex(Assumption):
    """``f`` is convex with an ``L``-Lipschitz gradient, and has a minimiser ``x_star``."""

    f: Function
    L: sp.Symbol
    least: ClassVar[Mapping[str, int]] = {"L": 0}
    name = "smooth and convex"
    rules: ClassVar[dict[str, str]] = {
        "interpolation": "interpolation of smooth convex functions",
        "gradient": "size of a smooth convex function's gradient",
    }

    def text(self) -> str:
        f = self.f.name
        return (
            f"{f} is convex, its gradient is Lipschitz with constant {self.L}, and it is least at"
            " some x_star"
        )

    def latex(self) -> str:
        f = self.f.name
        return (
            rf"${f}$ is convex and ${latex(self.L)}$-smooth, and attains its minimum "
            rf"${f}_\star$ at a point $x_\star$"
        )

    def interpolation(self, x: Vector) -> Instance:
        """``<grad f(x), x - x_star> >= f(x) - f_star + ||grad f(x)||^2/(2L)``."""
        return self.at("interpolation", x)

    def gradient(self, x: Vector) -> Instance:
        """``||grad f(x)||^2 <= 2L (f(x) - f_star)``."""
        return self.at("gradient", x)

    def _interpolation(self, x: Vector) -> Expression:
        g = self.f.gradient(x)
        linear = inner(g, x - self.f.minimiser) - 1 / (2 * self.L) * norm2(g)
        return linear - Gap(self.f, x).expression

    def _gradient(self, x: Vector) -> Expression:
        return 2 * self.L * Gap(self.f, x).expression - norm2(self.f.gradient(x))


@dataclass(frozen=True)
class StronglyConvex(Assumption):
    """``f`` minus ``(mu/2)||x||^2`` is convex; ``x_star`` is the minimiser of ``f``."""

    f: Function
    mu: sp.Symbol
    least: ClassVar[Mapping[str, int]] = {"mu": 0}
    name = "strongly convex"
    rules: ClassVar[dict[str, str]] = {
        "strong": "strong convexity",
        "growth": "quadratic growth",
    }

    def text(self) -> str:
        return f"{self.f.name} is strongly convex with constant {self.mu}"

    def latex(self) -> str:
        f, mu = self.f.name, latex(self.mu)
        return (
            rf"${f}$ is ${mu}$-strongly convex: ${f}(y)\ge {f}(x)+\langle\nabla {f}(x),y-x\rangle"
            rf"+\tfrac{{{mu}}}2\|y-x\|^2$ for all $x,y$"
        )

    def strong(self, x: Vector) -> Instance:
        """``f_star >= f(x) + <grad f(x), x_star - x> + (mu/2)||x - x_star||^2``."""
        return self.at("strong", x)

    def growth(self, x: Vector) -> Instance:
        """``f(x) - f_star >= (mu/2)||x - x_star||^2``."""
        return self.at("growth", x)

    def _strong(self, x: Vector) -> Expression:
        away = x - self.f.minimiser
        linear = inner(self.f.gradient(x), away) - self.mu / 2 * norm2(away)
        return linear - Gap(self.f, x).expression

    def _growth(self, x: Vector) -> Expression:
        return Gap(self.f, x).expression - self.mu / 2 * norm2(x - self.f.minimiser)
