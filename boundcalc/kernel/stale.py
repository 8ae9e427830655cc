"""Stale gradients: taken at points that are a few iterations old.

A delay is at most ``tau``, and may depend on the past; what a compressor draws is drawn after it.
The squared distance to a stale point is at most ``tau`` times the sum of the squared steps since
then, by Cauchy and Schwarz.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import (
    Expression,
    Function,
    Vector,
    WorkerValue,
    inner,
    norm2,
)
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.kernel.local import Minimised
from boundcalc.kernel.printing import latex
from boundcalc.kernel.windows import past_steps, past_steps_latex
from boundcalc.kernel.workers import LOCAL, Averaged

_NEAR = "distance to the stale point"


def _near_latex(tau: sp.Expr, x: str, y: str) -> str:
    return rf"\mathbb E\|{x}-{y}\|^2\le {latex(tau)}{past_steps_latex(tau)}"


def _present(x: Vector) -> Vector:
    """Return the point, if it is where the step begins: the window of past steps ends there."""
    roles = [(basis.role, weight) for basis, weight in x.coefficients.items()]
    if roles != [("state", 1)]:
        raise ProofError(f"the past steps lead to the present point, not to {x!r}")
    return x


@dataclass(frozen=True)
class StaleGradient(Assumption):
    """The estimate is Q(grad f(y_k)) with y_k one of the last tau + 1 iterates, Q unbiased."""

    f: Function
    omega: sp.Symbol
    tau: sp.Symbol
    least: ClassVar[Mapping[str, int]] = {"omega": 0, "tau": 0}
    name = "stale gradient"
    rules: ClassVar[dict[str, str]] = {
        "compression": "error of the compressor",
        "staleness": _NEAR,
    }
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {"staleness": ("Cauchy-Schwarz",)}

    def text(self) -> str:
        f = self.f.name
        return (
            f"the estimate is Q(grad {f}(x_(k - tau_k))) with 0 <= tau_k <= {self.tau} (x_j = x_0 "
            f"for j < 0), E Q(v) = v and E||Q(v) - v||^2 <= {self.omega} ||v||^2 for all v, drawn "
            "afresh in each step, independently of the past and of the delays"
        )

    def latex(self) -> str:
        f, tau, omega = self.f.name, latex(self.tau), latex(self.omega)
        return (
            rf"$\tilde g_k=Q(\nabla {f}(x_{{k-\tau_k}}))$ with delays $0\le\tau_k\le {tau}$ "
            r"($x_j=x_0$ for $j<0$) and an unbiased compressor: $\mathbb E\,Q(v)=v$ and "
            rf"$\mathbb E\|Q(v)-v\|^2\le {omega}\|v\|^2$ for all $v$, drawn afresh in each step, "
            "independently of the past and of the delays"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        (x,) = arguments
        if rule == "staleness":
            return _near_latex(self.tau, x, r"x_{k-\tau_k}")
        g = rf"\nabla {self.f.name}(x_{{k-\tau_k}})"
        return rf"\mathbb E\|Q({g})-{g}\|^2\le {latex(self.omega)}\,\mathbb E\|{g}\|^2"

    def stale(self, x: Vector) -> Vector:
        """Return the point at which the gradient is taken, when the method is at ``x``."""
        return self.drawn("stale", "y", r"x_{k-\tau_k}", x)

    def noise(self, x: Vector) -> Vector:
        """Return what the compressor adds."""
        g = rf"\nabla {self.f.name}(x_{{k-\tau_k}})"
        return self.drawn("noise", "q", rf"Q({g})-{g}", x, after=1, zero_mean=True)

    def gradient(self, x: Vector) -> Vector:
        """Return the true gradient at ``x``."""
        return self.f.gradient(x)

    def estimate(self, x: Vector) -> Vector:
        """Return what the server steps with."""
        return self.gradient(self.stale(x)) + self.noise(x)

    def compression(self, x: Vector) -> Instance:
        """``E||Q(g) - g||^2 <= omega ||g||^2`` for the gradient g at the stale point."""
        return self.at("compression", x)

    def staleness(self, x: Vector) -> Instance:
        """``E||x - y||^2 <= tau`` times the past steps."""
        return self.at("staleness", x)

    def _compression(self, x: Vector) -> Expression:
        return self.omega * norm2(self.gradient(self.stale(x))) - norm2(self.noise(x))

    def _staleness(self, x: Vector) -> Expression:
        return self.tau * past_steps(self.tau) - norm2(_present(x) - self.stale(x))


@dataclass(frozen=True)
class StaleWorkers(Minimised):
    """Convex workers whose gradients are taken at points up to tau iterations old.

    Worker i computes ``grad f_i(y_i)``. No coordinate is touched by more than ``s`` of them.
    """

    tau: sp.Symbol
    s: sp.Symbol
    least: ClassVar[Mapping[str, int]] = {"tau": 0, "s": 1}
    taken: ClassVar[str] = "y_i"
    settled: ClassVar[str] = "the past and of the delays"
    name = "stale workers"
    rules: ClassVar[dict[str, str]] = {
        "interpolation": "interpolation between the stale points and the minimiser",
        "descent": "descent lemma from the stale points",
        "drift": "change of the mean gradient since the stale points",
        "sparsity": "sparsity of the workers' gradients",
        "optimum": "gradients at the minimiser",
        "staleness": _NEAR,
        **Averaged.rules,
    }
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {
        "staleness": ("Cauchy-Schwarz",),
        "sparsity": ("Cauchy-Schwarz",),
        "drift": ("Jensen",),
        **Averaged.trusts,
    }

    def text(self) -> str:
        f = self.f.name
        return (
            f"{f} is the mean of the functions {f}_i of {self.n} workers and least at x_star; "
            f"every {f}_i is convex, its gradient is Lipschitz with constant {self.L_max}, and "
            f"mean ||grad {f}_i(x_star)||^2 <= {self.sigma_star2}; no coordinate has a non-zero "
            f"entry in the gradients of more than {self.s} workers; worker i computes grad {f}_i "
            f"at x_(k - tau_i), 0 <= tau_i <= {self.tau} (x_j = x_0 for j < 0)"
        )

    def latex(self) -> str:
        f = self.f.name
        return (
            rf"{self._mean_latex()} attains its minimum ${f}_\star$ at a point $x_\star$; every "
            rf"${f}_i$ is convex and ${latex(self.L_max)}$-smooth, "
            rf"$\frac1{{{latex(self.n)}}}\sum_i\|\nabla {f}_i(x_\star)\|^2\le "
            rf"{latex(self.sigma_star2)}$, and no coordinate is non-zero in the gradients of more "
            rf"than ${latex(self.s)}$ workers; worker $i$ takes its gradient at "
            rf"$y_i=x_{{k-\tau_i^k}}$ with delays $0\le\tau_i^k\le {latex(self.tau)}$ "
            r"($x_j=x_0$ for $j<0$)"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        if rule in Averaged.rules:
            return super().rule_latex(rule, arguments)
        f, (x,), L_max = self.f.name, arguments, latex(self.L_max)
        apart = rf"\mathbb E\|\nabla {f}_i(y_i)-\nabla {f}_i(x_\star)\|^2"
        return {
            "interpolation": rf"\mathbb E\,{f}_i(y_i)+\mathbb E\langle\nabla {f}_i(y_i),"
            rf"x_\star-y_i\rangle+\tfrac1{{2{L_max}}}\,{apart}\le {f}_\star",
            "descent": rf"\mathbb E\,{f}({x})\le\mathbb E\,{f}_i(y_i)+\mathbb E\langle"
            rf"\nabla {f}_i(y_i),{x}-y_i\rangle+\tfrac{{{L_max}}}2\,\mathbb E\|{x}-y_i\|^2",
            "drift": rf"\mathbb E\|\nabla {f}({x})-\overline{{\nabla {f}_i(y_i)}}\|^2\le "
            rf"{L_max}^2\,\mathbb E\|{x}-y_i\|^2",
            "sparsity": rf"\mathbb E\|\overline{{\nabla {f}_i(y_i)}}\|^2\le "
            rf"\tfrac{{{latex(self.s)}}}{{{latex(self.n)}}}\,{apart}",
            "optimum": rf"\mathbb E\|\nabla {f}_i(x_\star)\|^2\le {latex(self.sigma_star2)}",
            "staleness": _near_latex(self.tau, x, "y_i"),
        }[rule]

    # -- vectors --------------------------------------------------------------------

    def stale(self, x: Vector) -> Vector:
        """Return the point at which a worker drawn at random takes its gradient."""
        return self.drawn("stale", "y", "y_i", x, after=LOCAL, worker=self)

    def mean_gradient(self, x: Vector) -> Vector:
        """Return the mean of the workers' stale gradients."""
        shown = rf"\overline{{\nabla {self.f.name}_i(y_i)}}"
        return self.drawn("mean_gradient", "h", shown, x)

    def local(self, x: Vector) -> Vector:
        """Return the gradient of a worker drawn at random."""
        return self.mean_gradient(x) + self.deviation(x)

    # -- inequalities -----------------------------------------------------------------

    def interpolation(self, x: Vector) -> Instance:
        """``f_star >= mean f_i(y_i) + <grad f_i(y_i), x_star - y_i> + ||away||^2/(2 L_max)``.

        Interpolation of f_i between y_i and x_star; ``grad f_i(x_star)`` is zero in the mean.
        """
        return self.at("interpolation", x)

    def descent(self, x: Vector) -> Instance:
        """``f(x) <= mean f_i(y_i) + <grad f_i(y_i), x - y_i> + (L_max/2)||x - y_i||^2``."""
        return self.at("descent", x)

    def drift(self, x: Vector) -> Instance:
        """``||grad f(x) - mean grad f_i(y_i)||^2 <= L_max^2 mean ||x - y_i||^2``."""
        return self.at("drift", x)

    def sparsity(self, x: Vector) -> Instance:
        """``||mean grad f_i(y_i)||^2 <= (s/n) mean ||away||^2``.

        The mean of ``away`` is that of the gradients, and a sum of at most s numbers in every
        coordinate.
        """
        return self.at("sparsity", x)

    def staleness(self, x: Vector) -> Instance:
        """``mean E||x - y_i||^2 <= tau`` times the past steps."""
        return self.at("staleness", x)

    def _value(self, x: Vector) -> Expression:
        return Expression({WorkerValue(self, self.f.name, self.stale(x)): 1})

    def _interpolation(self, x: Vector) -> Expression:
        linear = inner(self.local(x), self.f.minimiser - self.stale(x))
        curved = 1 / (2 * self.L_max) * norm2(self.away(x))
        return self.f.infimum - self._value(x) - linear - curved

    def _descent(self, x: Vector) -> Expression:
        way = x - self.stale(x)
        above = self._value(x) + inner(self.local(x), way) + self.L_max / 2 * norm2(way)
        return above - self.f.value(x)

    def _drift(self, x: Vector) -> Expression:
        change = self.f.gradient(x) - self.mean_gradient(x)
        return self.L_max**2 * norm2(x - self.stale(x)) - norm2(change)

    def _sparsity(self, x: Vector) -> Expression:
        return self.s / self.n * norm2(self.away(x)) - norm2(self.mean_gradient(x))

    def _staleness(self, x: Vector) -> Expression:
        return self.tau * past_steps(self.tau) - norm2(_present(x) - self.stale(x))
