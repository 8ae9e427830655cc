"""Gradients of samples: of the same one at several points, and of batches of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Expression, Function, Vector, constant, norm2
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.kernel.printing import latex


def require_one_sample(x: Vector, y: Vector) -> None:
    """Raise :class:`ProofError` unless one sample is taken at both points.

    What is drawn after the later of two points is not what was drawn after the earlier one.
    """
    if x.stage != y.stage:
        raise ProofError("no sample is taken at points that are not known at one time")


def _of_server(vector: Vector) -> Vector:
    """Return the vector; raises :class:`ProofError` for what workers have of their own."""
    if vector.of_workers:
        raise ProofError(f"{vector!r} is the workers' own, and the server compresses and tosses")
    return vector


@dataclass(frozen=True)
class Sampled(Assumption):
    """Every step draws a fresh sample; its gradient is unbiased and has bounded variance.

    ``grad f(x; xi)`` may be taken at several points for the same xi; ``L_avg`` is its mean-square
    Lipschitz constant; each is None where it is not assumed. The gradient used is the mean over a
    ``batch`` of independent samples (None: one), each of variance ``sigma2``.
    """

    f: Function
    sigma2: sp.Expr | None
    L_avg: sp.Expr | None = None
    batch: sp.Expr | None = None
    least: ClassVar[Mapping[str, int]] = {"sigma2": 0, "L_avg": 0, "batch": 1}
    name = "sampled gradient"
    rules: ClassVar[dict[str, str]] = {
        "variance": "variance of a sample's gradient",
        "mean_square": "mean-square smoothness",
    }

    def text(self) -> str:
        g = f"grad {self.f.name}"
        limits = [] if self.sigma2 is None else [f"E||{g}(x; xi) - {g}(x)||^2 <= {self.of_batch}"]
        if self.L_avg is not None:
            limits.append(f"E||{g}(x; xi) - {g}(y; xi)||^2 <= {self.L_avg}^2 ||x - y||^2")
        return (
            f"a fresh sample xi in every step, independent of the past, with E {g}(x; xi) = "
            f"{g}(x) and {', and '.join(limits)}"
        )

    def latex(self) -> str:
        f = self.f.name
        own = rf"\nabla {f}(x;\xi)"
        limits = (
            []
            if self.sigma2 is None
            else [rf"$\mathbb E\|{own}-\nabla {f}(x)\|^2\le {latex(self.of_batch)}$ for all $x$"]
        )
        if self.L_avg is not None:
            limits.append(
                rf"$\mathbb E\|{own}-\nabla {f}(y;\xi)\|^2\le {latex(self.L_avg)}^2\|x-y\|^2$"
                " for all $x,y$"
            )
        return (
            rf"every step draws a fresh {self._drawn_latex()}, independent of the past, with "
            rf"$\mathbb E\,{own}=\nabla {f}(x)$ and {', and '.join(limits)}"
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

    def _drawn_latex(self) -> str:
        if self.batch is None:
            return r"sample $\xi$"
        own = rf"\nabla {self.f.name}(x;\xi)"
        return rf"batch $\xi$ of ${latex(self.batch)}$ samples, ${own}$ being their mean gradient"

    @property
    def of_batch(self) -> sp.Expr:
        """The variance of the gradient that is used; TypeError where none is assumed."""
        if self.sigma2 is None:
            raise TypeError("no variance is assumed")
        return self.sigma2 if self.batch is None else self.sigma2 / self.batch

    def gradient(self, x: Vector) -> Vector:
        """Return the true gradient at ``x``."""
        return self.f.gradient(x)

    def error(self, x: Vector) -> Vector:
        """``grad f(x; xi) - grad f(x)`` for the sample of this step."""
        return self.drawn("error", "xi", r"\zeta", x, after=1, zero_mean=True)

    def estimate(self, x: Vector) -> Vector:
        """Return the sample's gradient at ``x``."""
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
        require_one_sample(x, y)
        return self.L_avg**2 * norm2(x - y) - norm2(self.estimate(x) - self.estimate(y))


@dataclass(frozen=True)
class SecondMoment(Assumption):
    """Every step draws a fresh sample, whose gradient is unbiased with a bounded second moment."""

    f: Function
    G2: sp.Expr
    least: ClassVar[Mapping[str, int]] = {"G2": 0}
    name = "second moment"
    rules: ClassVar[dict[str, str]] = {"moment": "second moment of a sample's gradient"}

    def text(self) -> str:
        f = self.f.name
        return (
            "a fresh sample xi in every step, independent of the past, with E grad "
            f"{f}(x; xi) = grad {f}(x) and E||grad {f}(x; xi)||^2 <= {self.G2}^2"
        )

    def latex(self) -> str:
        f = self.f.name
        own = rf"\nabla {f}(x;\xi)"
        return (
            r"every step draws a fresh sample $\xi$, independent of the past, with "
            rf"$\mathbb E\,{own}=\nabla {f}(x)$ and $\mathbb E\|{own}\|^2\le {latex(self.G2)}^2$"
            " for all $x$"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        own = rf"\nabla {self.f.name}({arguments[0]};\xi)"
        return rf"\mathbb E\|{own}\|^2\le {latex(self.G2)}^2"

    def gradient(self, x: Vector) -> Vector:
        """Return the true gradient at ``x``."""
        return self.f.gradient(x)

    def estimate(self, x: Vector) -> Vector:
        """Return the sample's gradient at ``x``."""
        return self.gradient(x) + self.error(x)

    def error(self, x: Vector) -> Vector:
        """Return ``grad f(x; xi) - grad f(x)`` for the sample of this step."""
        return self.drawn("error", "xi", r"\zeta", x, after=1, zero_mean=True)

    def moment(self, x: Vector) -> Instance:
        """``E||grad f(x; xi)||^2 <= G2^2``."""
        return self.at("moment", x)

    def _moment(self, x: Vector) -> Expression:
        return constant(self.G2**2) - norm2(self.estimate(x))


@dataclass(frozen=True)
class Compressed(Assumption):
    """The method compresses by a contraction: ``E||C(v) - v||^2 <= (1 - alpha) ||v||^2``."""

    alpha: sp.Expr
    most: ClassVar[Mapping[str, int]] = {"alpha": 1}
    least: ClassVar[Mapping[str, int]] = {"alpha": 0}
    name = "contractive compressor"
    rules: ClassVar[dict[str, str]] = {"contraction": "contraction of the compressor"}

    def latex(self) -> str:
        return (
            r"$\mathcal C$ is contractive: $\mathbb E\|\mathcal C(v)-v\|^2\le "
            rf"(1-{latex(self.alpha)})\|v\|^2$ for every $v$, given the past"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        v = arguments[0]
        return rf"\mathbb E\|\mathcal C({v})-{v}\|^2\le (1-{latex(self.alpha)})\,\mathbb E\|{v}\|^2"

    def lost(self, vector: Vector) -> Vector:
        """``v - C(v)``: what the compressor keeps back."""
        return self.drawn("lost", "lost", r"p-\mathcal C(p)", _of_server(vector), after=1)

    def compressed(self, vector: Vector) -> Vector:
        """``C(v)``."""
        return vector - self.lost(vector)

    def contraction(self, vector: Vector) -> Instance:
        """``E||v - C(v)||^2 <= (1 - alpha) E||v||^2``."""
        return self.at("contraction", vector)

    def _contraction(self, vector: Vector) -> Expression:
        return (1 - self.alpha) * norm2(vector) - norm2(self.lost(vector))


@dataclass(frozen=True)
class StochasticDirections(Assumption):
    """The stochastic sign of v has the mean ``v/||v||_2``; at v = 0 its coins are fair."""

    d: sp.Expr
    least: ClassVar[Mapping[str, int]] = {"d": 1}
    name = "stochastic sign"
    rules: ClassVar[dict[str, str]] = {"length": "length of a vector of signs"}

    def latex(self) -> str:
        return (
            rf"the ${latex(self.d)}$ coordinates of the stochastic sign $S(v)$ are $\pm1$, drawn"
            r" independently given the past with $\mathbb E\,S(v)=v/\|v\|$, and with fair coins at"
            r" $v=0$"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        return rf"\mathbb E\|S({arguments[0]})\|^2\le {latex(self.d)}"

    def stochastic_directions(self, vector: Vector) -> Vector:
        """``S(v)``."""
        return vector.unit() + self.coins(vector)

    def coins(self, vector: Vector) -> Vector:
        """Return what ``S(v)`` has beyond its mean."""
        return self.drawn("coins", "coins", r"\chi", _of_server(vector), after=1, zero_mean=True)

    def length(self, vector: Vector) -> Instance:
        """``E||S(v)||^2 <= d``."""
        return self.at("length", vector)

    def _length(self, vector: Vector) -> Expression:
        return constant(self.d) - norm2(self.stochastic_directions(vector))
