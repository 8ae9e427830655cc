"""Gradients of samples: of the same one at several points, and of batches of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.kernel.algebra import DrawnAt, Expression, Function, Vector, constant, norm2
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.writing import latex

__all__ = ["Sampled"]


@dataclass(frozen=True)
class Sampled(Assumption):
    """Every step draws a fresh sample; its gradient is unbiased and has bounded variance.

    ``grad f(x; xi)`` may be taken at several points for the same xi; ``L_avg`` is its mean-square
    Lipschitz constant, or None where that is not assumed. The gradient used is the mean over a
    ``batch`` of independent samples (None: one), each of variance ``sigma2``.
    """

    f: Function
    sigma2: sp.Expr
    L_avg: sp.Expr | None = None
    batch: sp.Expr | None = None
    name = "sampled gradient"
    rules: ClassVar[dict[str, str]] = {
        "variance": "variance of a sample's gradient",
        "mean_square": "mean-square smoothness",
    }

    def text(self) -> str:
        more = (
            ""
            if self.L_avg is None
            else f", and E||grad f(x; xi) - grad f(y; xi)||^2 <= {self.L_avg}^2 ||x - y||^2"
        )
        return (
            "a fresh sample xi in every step, independent of the past, with E grad f(x; xi) = "
            f"grad f(x) and E||grad f(x; xi) - grad f(x)||^2 <= {self.of_batch}{more}"
        )

    def latex(self) -> str:
        f = self.f.name
        own = rf"\nabla {f}(x;\xi)"
        more = (
            ""
            if self.L_avg is None
            else rf", and $\mathbb E\|{own}-\nabla {f}(y;\xi)\|^2\le {latex(self.L_avg)}^2"
            r"\|x-y\|^2$ for all $x,y$"
        )
        return (
            r"every step draws a fresh sample $\xi$, independent of the past, with "
            rf"$\mathbb E\,{own}=\nabla {f}(x)$ and "
            rf"$\mathbb E\|{own}-\nabla {f}(x)\|^2\le {latex(self.of_batch)}$ for all $x${more}"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        f = self.f.name
        if rule == "variance":
            x = arguments[0]
            off = rf"\nabla {f}({x};\xi)-\nabla {f}({x})"
            return rf"\mathbb E\|{off}\|^2\le {latex(self.of_batch)}"
        assert self.L_avg is not None
        x, y = arguments
        return (
            rf"\mathbb E\|\nabla {f}({x};\xi)-\nabla {f}({y};\xi)\|^2\le "
            rf"{latex(self.L_avg)}^2\,\mathbb E\|{x}-{y}\|^2"
        )

    @property
    def of_batch(self) -> sp.Expr:
        """The variance of the gradient that is used."""
        return self.sigma2 if self.batch is None else self.sigma2 / self.batch

    def gradient(self, x: Vector) -> Vector:
        """The true gradient at ``x``."""
        return self.f.gradient(x)

    def error(self, x: Vector) -> Vector:
        """``grad f(x; xi) - grad f(x)`` for the sample of this step."""
        basis = DrawnAt(f"xi[{x!r}]", r"\zeta", x.stage + 1, zero_mean=True, point=x)
        return Vector({basis: 1})

    def estimate(self, x: Vector) -> Vector:
        """The sample's gradient at ``x``."""
        return self.gradient(x) + self.error(x)

    def variance(self, x: Vector) -> Instance:
        """``E||grad f(x; xi) - grad f(x)||^2 <= sigma2``."""
        return self.at("variance", x)

    def mean_square(self, x: Vector, y: Vector) -> Instance:
        """``E||grad f(x; xi) - grad f(y; xi)||^2 <= L_avg^2 ||x - y||^2``."""
        return self.at("mean_square", x, y)

    def _variance(self, x: Vector) -> Expression:
        return constant(self.of_batch) - norm2(self.error(x))

    def _mean_square(self, x: Vector, y: Vector) -> Expression:
        if self.L_avg is None:
            raise TypeError("mean-square smoothness is not assumed")
        return self.L_avg**2 * norm2(x - y) - norm2(self.estimate(x) - self.estimate(y))
