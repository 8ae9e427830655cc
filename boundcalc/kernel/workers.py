"""Workers with gradients of their own, and the mean of what they hold.

Averages over workers are expectations over one worker drawn at random: its deviation from the mean
gradient is a vector of mean zero, known one stage after the point; its sampling noise is drawn
after that, and what a compressor adds after the noise. ``E||v||^2`` of such a vector is the average
over the workers, and :meth:`Averaged.mean` is the average itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import (
    DrawnAt,
    Expression,
    Function,
    Vector,
    constant,
    norm2,
    vector,
)
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.kernel.printing import latex
from boundcalc.kernel.vectors import identity

#: The role of the error of the first average.
FIRST_ERROR = "first error"
#: Where the method starts.
FIRST_POINT = vector("x0", "x_0", role="first point")

#: Stages after the point: the worker is drawn,
LOCAL = 1
# then its sample.
_SAMPLED = 2


def average(term: str, n: sp.Expr) -> str:
    """Return the mean of ``term`` over the workers, in LaTeX."""
    return rf"\frac1{{{latex(n)}}}\sum_{{i=1}}^{{{latex(n)}}} {term}"


@dataclass(frozen=True)
class Averaged(Assumption):
    """Vectors of workers, of which the mean is taken; the workers draw independently."""

    f: Function
    n: sp.Expr
    least: ClassVar[Mapping[str, int]] = {"n": 1}
    rules: ClassVar[dict[str, str]] = {
        "jensen": "Jensen's inequality for the mean over workers",
        "independence": "independence of the workers",
        "averaging": "independence of the workers, from below",
    }
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {
        "jensen": ("Jensen",),
        "independence": ("independence",),
        "averaging": ("independence",),
    }

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        own = rf"\mathbb E\|{arguments[0]}\|^2"
        mean, part = (
            rf"\mathbb E\|\overline{{{arguments[0]}}}\|^2",
            rf"\tfrac1{{{latex(self.n)}}}\,",
        )
        return {
            "jensen": rf"{mean}\le{own}",
            "independence": rf"{mean}\le{part}{own}",
            "averaging": rf"{part}{own}\le{mean}",
        }.get(rule)

    # -- vectors --------------------------------------------------------------------

    def gradient(self, x: Vector) -> Vector:
        """Return the mean gradient."""
        return self.f.gradient(x)

    def deviation(self, x: Vector) -> Vector:
        """``grad f_i - grad f`` of a worker drawn at random, at a point of the server.

        Raises :class:`ProofError` for a point that workers have of their own: there the mean of
        these is not zero.
        """
        if x.of_workers:
            raise ProofError(f"the workers are not at one point: {x!r}")
        f = self.f.name
        symbol = rf"\nabla {f}_i-\nabla {f}"
        return self.drawn(
            "deviation", "h", symbol, x, after=LOCAL, zero_mean=True, worker=self, deviation=True
        )

    def mean(self, vector: Vector) -> Vector:
        """Return the mean over the workers: linear, and zero for the deviations.

        Raises :class:`ProofError` for a vector of other workers.
        """
        return self._of_these(vector).mean()

    def _of_these(self, vector: Vector) -> Vector:
        """Return the vector; raises :class:`ProofError` where it is of other workers."""
        if not vector.workers <= {identity(self)}:
            raise ProofError(f"{vector!r} is not of the workers of {self.f.name} that are meant")
        return vector

    # -- inequalities -----------------------------------------------------------------

    def jensen(self, vector: Vector) -> Instance:
        """``||mean v_i||^2 <= mean ||v_i||^2``."""
        return self.at("jensen", vector)

    def independence(self, vector: Vector) -> Instance:
        """``E||mean v_i||^2 <= (1/n) mean E||v_i||^2`` for independent ``v_i`` of mean zero."""
        return self.at("independence", vector)

    def averaging(self, vector: Vector) -> Instance:
        """``E||mean v_i||^2 >= (1/n) mean E||v_i||^2`` for the same: it is an equality."""
        return self.at("averaging", vector)

    def _jensen(self, vector: Vector) -> Expression:
        return norm2(vector) - norm2(self.mean(vector))

    def _independence(self, vector: Vector) -> Expression:
        for basis in vector.coefficients:
            own = type(basis) is DrawnAt and basis.worker is not None and not basis.deviation
            if not own or not basis.zero_mean:
                raise ProofError(f"{basis} is not a worker's own randomness of mean zero")
        return norm2(vector) * (1 / self.n) - norm2(self.mean(vector))

    def _averaging(self, vector: Vector) -> Expression:
        return -self._independence(vector)


@dataclass(frozen=True)
class Samplers(Averaged):
    """n workers with gradients grad f_i and noise of their own, however different they are."""

    sigma0_2: sp.Expr
    least: ClassVar[Mapping[str, int]] = {"sigma0_2": 0}
    name = "workers"
    rules: ClassVar[dict[str, str]] = {
        "variance": "variance of a worker's gradient",
        **Averaged.rules,
    }

    def text(self) -> str:
        f = self.f.name
        return (
            f"{self.n} workers, {f} the mean of their {f}_i: g_i = grad {f}_i + xi_i with "
            f"E xi_i = 0 and E||xi_i||^2 <= {self.sigma0_2} given the past, independent of each "
            "other"
        )

    def latex(self) -> str:
        f = self.f.name
        return (
            rf"${f}={average(f'{f}_i', self.n)}$; worker $i$ draws "
            rf"$g_i=\nabla {f}_i(x_k)+\xi_i$ with $\mathbb E_k\xi_i=0$ and "
            rf"$\mathbb E_k\|\xi_i\|^2\le {latex(self.sigma0_2)}$ given the past, independently of "
            "the others"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        if rule == "variance":
            return rf"\mathbb E\|\xi_i\|^2\le {latex(self.sigma0_2)}"
        return super().rule_latex(rule, arguments)

    def aggregate(self, x: Vector) -> Vector:
        """Return what the server steps with: the mean of the samples."""
        return self.mean(self.sample(x))

    aggregate_text = "the server steps with the mean of the g_i"

    def aggregate_latex(self) -> str:
        """Return the same in LaTeX."""
        return rf"\tilde g_k={average('g_i', self.n)}"

    def noise(self, x: Vector) -> Vector:
        """Return the sampling noise of that worker."""
        return self.drawn("noise", "xi", r"\xi_i", x, after=_SAMPLED, zero_mean=True, worker=self)

    def local(self, x: Vector) -> Vector:
        """``grad f_i`` of that worker."""
        return self.gradient(x) + self.deviation(x)

    def sample(self, x: Vector) -> Vector:
        """Return what that worker draws."""
        return self.local(x) + self.noise(x)

    def variance(self, x: Vector) -> Instance:
        """``E||xi_i||^2 <= sigma0_2``."""
        return self.at("variance", x)

    def _variance(self, x: Vector) -> Expression:
        return constant(self.sigma0_2) - norm2(self.noise(x))


@dataclass(frozen=True)
class Workers(Samplers):
    """The same with a bounded dissimilarity of the workers."""

    B_h: sp.Expr
    delta2: sp.Expr
    least: ClassVar[Mapping[str, int]] = {"B_h": 0, "delta2": 0}
    rules: ClassVar[dict[str, str]] = {
        "dissimilarity": "dissimilarity of the workers",
        **Samplers.rules,
    }

    def text(self) -> str:
        g = f"grad {self.f.name}"
        return (
            f"{super().text()}, and mean ||{g}_i - {g}||^2 <= {self.B_h} ||{g}||^2 + {self.delta2}"
        )

    def latex(self) -> str:
        g, B_h, delta2 = rf"\nabla {self.f.name}", latex(self.B_h), latex(self.delta2)
        spread = average(rf"\|{g}_i(x)-{g}(x)\|^2", self.n)
        return rf"{super().latex()}; for all $x$, ${spread}\le {B_h}\|{g}(x)\|^2+{delta2}$"

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        if rule == "dissimilarity":
            g = rf"\nabla {self.f.name}(x_k)"
            return (
                rf"\mathbb E\|\nabla {self.f.name}_i(x_k)-{g}\|^2\le "
                rf"{latex(self.B_h)}\,\mathbb E\|{g}\|^2+{latex(self.delta2)}"
            )
        return super().rule_latex(rule, arguments)

    def dissimilarity(self, x: Vector) -> Instance:
        """``mean ||grad f_i - grad f||^2 <= B_h ||grad f||^2 + delta2``."""
        return self.at("dissimilarity", x)

    def _dissimilarity(self, x: Vector) -> Expression:
        bound = self.B_h * norm2(self.gradient(x)) + constant(self.delta2)
        return bound - norm2(self.deviation(x))
