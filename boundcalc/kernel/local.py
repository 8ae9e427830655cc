"""Functions of the workers themselves: smooth, bounded below, or convex with a common minimiser.

As in :mod:`boundcalc.kernel.workers`, averages over workers are expectations over one drawn at
random. The gradients at the minimiser of the mean add up to zero: for that worker theirs is a
vector of mean zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.kernel.algebra import (
    Expression,
    Gap,
    Vector,
    constant,
    inner,
    norm2,
)
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.estimation import Unbiased
from boundcalc.kernel.printing import latex
from boundcalc.kernel.workers import LOCAL, Averaged, average


@dataclass(frozen=True)
class Local(Averaged):
    """Gradients of workers' own functions, of which f is the mean."""

    L_max: sp.Symbol
    least: ClassVar[Mapping[str, int]] = {"L_max": 0}
    #: Where worker i takes its gradient, in LaTeX.
    taken: ClassVar[str] = "x_k"
    #: What is settled before a compressor draws.
    settled: ClassVar[str] = "the past"

    def local(self, x: Vector) -> Vector:
        """Return the gradient that a worker drawn at random computes."""
        return self.gradient(x) + self.deviation(x)

    def sample(self, x: Vector) -> Vector:
        """Return what that worker compresses."""
        return self.local(x)

    def names(self, x: Vector) -> dict[Vector, str]:
        """Return the vectors of that worker, as a proof writes them."""
        return {self.local(x): rf"\nabla {self.f.name}_i({self.taken})"}

    def _mean_latex(self) -> str:
        f = self.f.name
        return rf"${f}={average(f'{f}_i', self.n)}$"


@dataclass(frozen=True)
class SmoothWorkers(Local):
    """Every ``f_i`` is ``L_max``-smooth and bounded below; ``D_inf = f_inf - mean inf f_i``."""

    D_inf: sp.Symbol
    least: ClassVar[Mapping[str, int]] = {"D_inf": 0}
    name = "smooth workers"
    rules: ClassVar[dict[str, str]] = {
        "size": "size of the workers' gradients",
        **Averaged.rules,
    }

    def text(self) -> str:
        f = self.f.name
        return (
            f"{f} is the mean of the functions {f}_i of {self.n} workers; every {f}_i is bounded "
            f"below, its gradient is Lipschitz with constant {self.L_max}, and inf {f} - mean of "
            f"inf {f}_i <= {self.D_inf}"
        )

    def latex(self) -> str:
        f = self.f.name
        lowest = average(rf"\inf {f}_i", self.n)
        return (
            rf"{self._mean_latex()}; every ${f}_i$ is ${latex(self.L_max)}$-smooth and bounded "
            rf"below, and ${f}_{{\inf}}-{lowest}\le {latex(self.D_inf)}$"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        if rule != "size":
            return super().rule_latex(rule, arguments)
        f, (x,) = self.f.name, arguments
        return (
            rf"\mathbb E\|\nabla {f}_i({x})\|^2\le 2{latex(self.L_max)}\,\mathbb E[{f}({x})"
            rf"-{f}_{{\inf}}+{latex(self.D_inf)}]"
        )

    def size(self, x: Vector) -> Instance:
        """``mean ||grad f_i(x)||^2 <= 2 L_max (f(x) - f_inf + D_inf)``: a gradient step from x
        lowers each f_i by ``||grad f_i(x)||^2/(2 L_max)`` at least.
        """
        return self.at("size", x)

    def _size(self, x: Vector) -> Expression:
        gap = Gap(self.f, x).expression + constant(self.D_inf)
        return 2 * self.L_max * gap - norm2(self.local(x))


@dataclass(frozen=True)
class Minimised(Local):
    """Workers whose gradients at a minimiser of f are bounded: ``mean ||grad f_i(x_star)||^2``."""

    sigma_star2: sp.Symbol

    least: ClassVar[Mapping[str, int]] = {"sigma_star2": 0}

    def at_minimiser(self, x: Vector) -> Vector:
        """``grad f_i(x_star)`` of the worker drawn at ``x``: zero in the mean over workers."""
        written = rf"\nabla {self.f.name}_i(x_\star)"
        return self.drawn(
            "at_minimiser",
            "h*",
            written,
            x,
            after=LOCAL,
            zero_mean=True,
            worker=self,
            deviation=True,
        )

    def away(self, x: Vector) -> Vector:
        """Return the worker's gradient less ``grad f_i(x_star)``."""
        return self.local(x) - self.at_minimiser(x)

    def optimum(self, x: Vector) -> Instance:
        """``mean ||grad {f}_i(x_star)||^2 <= sigma_star2``."""
        return self.at("optimum", x)

    def _optimum(self, x: Vector) -> Expression:
        return constant(self.sigma_star2) - norm2(self.at_minimiser(x))


@dataclass(frozen=True)
class ConvexWorkers(Minimised):
    """Every ``f_i`` is convex and ``L_max``-smooth; ``mean ||grad f_i(x_star)||^2`` is bounded."""

    name = "convex workers"
    rules: ClassVar[dict[str, str]] = {
        "interpolation": "interpolation of the workers' functions",
        "closeness": "distance of the workers' gradients from those at the minimiser",
        "optimum": "gradients at the minimiser",
        **Averaged.rules,
    }

    def text(self) -> str:
        f = self.f.name
        return (
            f"{f} is the mean of the functions {f}_i of {self.n} workers; every {f}_i is convex, "
            f"its gradient is Lipschitz with constant {self.L_max}, and mean "
            f"||grad {f}_i(x_star)||^2 <= {self.sigma_star2}"
        )

    def latex(self) -> str:
        f = self.f.name
        spread = average(rf"\|\nabla {f}_i(x_\star)\|^2", self.n)
        return (
            rf"{self._mean_latex()}; every ${f}_i$ is convex and ${latex(self.L_max)}$-smooth, and "
            rf"${spread}\le {latex(self.sigma_star2)}$"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        f, limit = self.f.name, latex(self.L_max)
        if rule == "optimum":
            return rf"\mathbb E\|\nabla {f}_i(x_\star)\|^2\le {latex(self.sigma_star2)}"
        if rule not in ("interpolation", "closeness"):
            return super().rule_latex(rule, arguments)
        (x,) = arguments
        apart = rf"\mathbb E\|\nabla {f}_i({x})-\nabla {f}_i(x_\star)\|^2"
        gap = rf"\mathbb E[{f}({x})-{f}_\star]"
        if rule == "closeness":
            return rf"{apart}\le 2{limit}\,{gap}"
        return (
            rf"{gap}+\tfrac1{{2{limit}}}\,{apart}\le "
            rf"\mathbb E\langle\nabla {f}({x}),{x}-x_\star\rangle"
        )

    def names(self, x: Vector) -> dict[Vector, str]:
        """Return the vectors of that worker, as a proof writes them."""
        local, star = (rf"\nabla {self.f.name}_i({at})" for at in (self.taken, r"x_\star"))
        return {**super().names(x), self.away(x): f"{local}-{star}"}

    def interpolation(self, x: Vector) -> Instance:
        """``<grad f(x), x - x_star> >= f(x) - f_star + mean ||away||^2/(2 L_max)``."""
        return self.at("interpolation", x)

    def closeness(self, x: Vector) -> Instance:
        """``mean ||away||^2 <= 2 L_max (f(x) - f_star)``: the same from the minimiser to x."""
        return self.at("closeness", x)

    def _interpolation(self, x: Vector) -> Expression:
        linear = inner(self.gradient(x), x - self.f.minimiser)
        return linear - Gap(self.f, x).expression - 1 / (2 * self.L_max) * norm2(self.away(x))

    def _closeness(self, x: Vector) -> Expression:
        return 2 * self.L_max * Gap(self.f, x).expression - norm2(self.away(x))


@dataclass(frozen=True)
class CompressedGradients(Unbiased):
    """Each worker sends its gradient through an unbiased compressor; the server takes the mean."""

    workers: Local  # type: ignore[assignment]
    bound: sp.Symbol

    def text(self) -> str:
        return (
            f"every worker sends Q(grad {self.workers.f.name}_i), E Q(v) = v and "
            f"E||Q(v) - v||^2 <= {self.bound} ||v||^2 for all v, drawn afresh for each worker and "
            f"step, independently of {self.workers.settled}; the server steps with the mean"
        )

    def latex(self) -> str:
        sent = rf"Q_i(\nabla {self.workers.f.name}_i({self.workers.taken}))"
        return (
            rf"$\tilde g_k={average(sent, self.workers.n)}$ with unbiased compressors: "
            rf"$\mathbb E\,Q_i(v)=v$ and $\mathbb E\|Q_i(v)-v\|^2\le {latex(self.bound)}\|v\|^2$ "
            "for all $v$, drawn afresh for each worker and step, independently of "
            f"{self.workers.settled}"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        (v,) = arguments
        return rf"\mathbb E\|Q_i({v})-{v}\|^2\le {self._limit(v)}"

    def error(self, vector: Vector) -> Vector:
        """Return what the compressor adds to the vector."""
        f = self.workers.f.name
        shown = rf"Q_i(\nabla {f}_i)-\nabla {f}_i"
        return self.drawn("error", "c", shown, vector, after=1, zero_mean=True, worker=self.workers)

    def estimate(self, x: Vector) -> Vector:
        """Return what the server steps with."""
        return self.aggregate(x)

    def gradient(self, x: Vector) -> Vector:
        """Return the true gradient at ``x``."""
        return self.workers.gradient(x)

    def transmitted(self, x: Vector, weight: sp.Expr) -> list[tuple[sp.Expr, Instance]]:
        """``weight ||mean error||^2 <= weight (omega/n) mean ||local||^2``, in two inequalities."""
        sample = self.workers.sample(x)
        return [
            (weight, self.workers.independence(self.error(sample))),
            (weight / self.workers.n, self.compression(sample)),
        ]
