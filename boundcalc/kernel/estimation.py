"""What is assumed of workers, compressors and clipping, and the vectors that proofs speak of.

Averages over workers are expectations over one worker drawn at random: its deviation from the mean
gradient is a vector of mean zero, known one stage after the point; its sampling noise is drawn
after that, and what a compressor adds after the noise. ``E||v||^2`` of such a vector is the average
over the workers, and :meth:`Workers.mean` is the average itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import DrawnAt, Expression, Function, Vector, constant, inner, norm2
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.writing import latex

__all__ = ["Absolute", "Clipped", "Contractive", "Unbiased", "Workers"]

_DEVIATION = 1  # stages after the point: the worker is drawn,
_NOISE = 2  # then its sample.


def _average(square: str) -> str:
    return rf"\frac1{{n}}\sum_{{i=1}}^n {square}"


@dataclass(frozen=True)
class Workers(Assumption):
    """n workers with gradients grad f_i, noise of their own, and a bounded dissimilarity."""

    f: Function
    n: sp.Expr
    B_h: sp.Expr
    delta2: sp.Expr
    sigma0_2: sp.Expr
    name = "workers"
    rules: ClassVar[dict[str, str]] = {
        "dissimilarity": "dissimilarity of the workers",
        "variance": "variance of a worker's gradient",
        "jensen": "Jensen's inequality for the mean over workers",
        "independence": "independence of the workers",
    }

    def text(self) -> str:
        return (
            f"n workers: g_i = grad f_i + xi_i with E xi_i = 0, E||xi_i||^2 <= {self.sigma0_2}, "
            f"independent, and mean ||grad f_i - grad f||^2 <= {self.B_h} ||grad f||^2 + "
            f"{self.delta2}"
        )

    def latex(self) -> str:
        g, B_h, delta2 = rf"\nabla {self.f.name}", latex(self.B_h), latex(self.delta2)
        spread = _average(rf"\|{g}_i(x)-{g}(x)\|^2")
        return (
            rf"${self.f.name}={_average(f'{self.f.name}_i')}$ with "
            rf"${spread}\le {B_h}\|{g}(x)\|^2+{delta2}$ for all $x$; worker $i$ draws "
            rf"$g_i={g}_i(x_k)+\xi_i$ with $\mathbb E\xi_i=0$ and "
            rf"$\mathbb E\|\xi_i\|^2\le {latex(self.sigma0_2)}$, independently of the others"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        v = arguments[0]
        g = rf"\nabla {self.f.name}(x_k)"
        return {
            "dissimilarity": rf"\mathbb E\|\nabla {self.f.name}_i(x_k)-{g}\|^2\le "
            rf"{latex(self.B_h)}\,\mathbb E\|{g}\|^2+{latex(self.delta2)}",
            "variance": rf"\mathbb E\|\xi_i\|^2\le {latex(self.sigma0_2)}",
            "jensen": rf"\mathbb E\|\overline{{{v}}}\|^2\le\mathbb E\|{v}\|^2",
            "independence": rf"\mathbb E\|\overline{{{v}}}\|^2\le"
            rf"\tfrac1{{{latex(self.n)}}}\,\mathbb E\|{v}\|^2",
        }[rule]

    # -- vectors --------------------------------------------------------------------

    def gradient(self, x: Vector) -> Vector:
        """The mean gradient."""
        return self.f.gradient(x)

    def deviation(self, x: Vector) -> Vector:
        """``grad f_i - grad f`` of a worker drawn at random."""
        stage = x.stage + _DEVIATION
        return Vector({DrawnAt(f"h[{x!r}]", r"\nabla f_i-\nabla f", stage, True, point=x): 1})

    def noise(self, x: Vector) -> Vector:
        """The sampling noise of that worker."""
        return Vector({DrawnAt(f"xi[{x!r}]", r"\xi_i", x.stage + _NOISE, True, point=x): 1})

    def local(self, x: Vector) -> Vector:
        """``grad f_i`` of that worker."""
        return self.gradient(x) + self.deviation(x)

    def sample(self, x: Vector) -> Vector:
        """What that worker draws."""
        return self.local(x) + self.noise(x)

    def mean(self, vector: Vector) -> Vector:
        """The mean over the workers: linear, and zero for the deviations."""
        total = Vector({})
        for basis, weight in vector.coefficients.items():
            if type(basis) is not DrawnAt:
                total = total + weight * Vector({basis: 1})
            elif not self._deviates(basis):
                mean = DrawnAt(
                    f"mean({basis.name})",
                    rf"\overline{{{basis.latex}}}",
                    basis.stage,
                    basis.zero_mean,
                    point=basis.point,
                )
                total = total + weight * Vector({mean: 1})
        return total

    def _deviates(self, basis: DrawnAt) -> bool:
        return basis.point is not None and basis in self.deviation(basis.point).coefficients

    # -- inequalities -----------------------------------------------------------------

    def dissimilarity(self, x: Vector) -> Instance:
        """``mean ||grad f_i - grad f||^2 <= B_h ||grad f||^2 + delta2``."""
        return self.at("dissimilarity", x)

    def variance(self, x: Vector) -> Instance:
        """``E||xi_i||^2 <= sigma0_2``."""
        return self.at("variance", x)

    def jensen(self, vector: Vector) -> Instance:
        """``||mean v_i||^2 <= mean ||v_i||^2``."""
        return self.at("jensen", vector)

    def independence(self, vector: Vector) -> Instance:
        """``E||mean v_i||^2 <= (1/n) mean E||v_i||^2`` for independent ``v_i`` of mean zero."""
        return self.at("independence", vector)

    def _dissimilarity(self, x: Vector) -> Expression:
        bound = self.B_h * norm2(self.gradient(x)) + constant(self.delta2)
        return bound - norm2(self.deviation(x))

    def _variance(self, x: Vector) -> Expression:
        return constant(self.sigma0_2) - norm2(self.noise(x))

    def _jensen(self, vector: Vector) -> Expression:
        return norm2(vector) - norm2(self.mean(vector))

    def _independence(self, vector: Vector) -> Expression:
        for basis in vector.coefficients:
            if type(basis) is not DrawnAt or not basis.zero_mean or self._deviates(basis):
                raise ProofError(f"{basis} is not a worker's own randomness of mean zero")
        return norm2(vector) * (1 / self.n) - norm2(self.mean(vector))


@dataclass(frozen=True)
class _Compressor(Assumption):
    """What a map adds to a vector, independently for each worker."""

    bound: sp.Expr
    name = "compressor"
    rules: ClassVar[dict[str, str]] = {"compression": "error of the compressor"}
    centred: ClassVar[bool] = False

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        (v,) = arguments
        return rf"\mathbb E\|\mathcal C({v})-{v}\|^2\le {self._limit(v)}"

    def _limit(self, vector: str) -> str:
        raise TypeError(f"{self.name} says nothing of its error")

    def error(self, vector: Vector) -> Vector:
        """What the compressor adds to the vector."""
        symbol = r"\mathcal C(g_i)-g_i"
        basis = DrawnAt(
            f"c[{vector!r}]", symbol, vector.stage + 1, type(self).centred, point=vector
        )
        return Vector({basis: 1})

    def compression(self, vector: Vector) -> Instance:
        """The bound of the error at this vector."""
        return self.at("compression", vector)


@dataclass(frozen=True)
class Unbiased(_Compressor):
    """E Q(v) = v and E||Q(v) - v||^2 <= omega ||v||^2, independently across workers."""

    name = "unbiased compressor"
    centred = True

    def latex(self) -> str:
        return (
            r"$Q$ is unbiased, $\mathbb E Q(v)=v$, with "
            rf"$\mathbb E\|Q(v)-v\|^2\le {latex(self.bound)}\|v\|^2$ for all $v$, independently "
            "across workers and of the past"
        )

    def _limit(self, vector: str) -> str:
        return rf"{latex(self.bound)}\,\mathbb E\|{vector}\|^2"

    def _compression(self, vector: Vector) -> Expression:
        return self.bound * norm2(vector) - norm2(self.error(vector))


@dataclass(frozen=True)
class Contractive(_Compressor):
    """E||C(v) - v||^2 <= (1 - alpha) ||v||^2 for every v."""

    name = "contractive compressor"

    def latex(self) -> str:
        return (
            r"$\mathcal C$ is contractive, "
            rf"$\mathbb E\|\mathcal C(v)-v\|^2\le (1-{latex(self.bound)})\|v\|^2$ for all $v$"
        )

    def _limit(self, vector: str) -> str:
        return rf"(1-{latex(self.bound)})\,\mathbb E\|{vector}\|^2"

    def _compression(self, vector: Vector) -> Expression:
        return (1 - self.bound) * norm2(vector) - norm2(self.error(vector))


@dataclass(frozen=True)
class Absolute(_Compressor):
    """||C(v) - v||^2 <= c^2 for every v, with c the absolute error."""

    name = "absolute compressor"

    def latex(self) -> str:
        return rf"$\|\mathcal C(v)-v\|^2\le {latex(self.bound)}^2$ for all $v$"

    def _limit(self, vector: str) -> str:
        return rf"{latex(self.bound)}^2"

    def _compression(self, vector: Vector) -> Expression:
        return constant(self.bound**2) - norm2(self.error(vector))


@dataclass(frozen=True)
class Clipped(Assumption):
    """Gradients are clipped at level lambda, and ||grad f_i|| <= G2 with lambda <= G2."""

    workers: Workers
    level: sp.Expr
    G2: sp.Expr
    name = "clipping"
    rules: ClassVar[dict[str, str]] = {
        "projection": "projection onto the ball",
        "distance": "distance to the ball",
    }

    def latex(self) -> str:
        level, G2 = latex(self.level), latex(self.G2)
        return (
            rf"each worker sends $\mathrm{{clip}}(g_i)=g_i\min\{{1,{level}/\|g_i\|\}}$, and "
            rf"$\|\nabla f_i(x_k)\|\le {G2}$"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        if rule == "distance":
            limit = f"({latex(self.G2)}-{latex(self.level)})^2"
            return rf"\mathbb E\|\mathrm{{clip}}(\nabla f_i(x_k))-\nabla f_i(x_k)\|^2\le {limit}"
        v, w = (rf"\mathrm{{clip}}({argument})" for argument in arguments)
        return rf"0\le\mathbb E\langle {arguments[0]}-{v},\,{v}-{w}\rangle"

    def clip(self, vector: Vector) -> Vector:
        """The vector's projection onto the ball of radius lambda."""
        local = vector.stage == _DEVIATION
        symbol = r"\mathrm{clip}(\nabla f_i(x_k))" if local else r"\mathrm{clip}(g_i)"
        basis = DrawnAt(f"clip[{vector!r}]", symbol, vector.stage, point=vector)
        return Vector({basis: 1})

    def projection(self, vector: Vector, other: Vector) -> Instance:
        """``<v - clip(v), clip(v) - clip(w)> >= 0``: the ball is convex."""
        return self.at("projection", vector, other)

    def distance(self, x: Vector) -> Instance:
        """``||clip(grad f_i) - grad f_i|| <= G2 - lambda``."""
        return self.at("distance", x)

    def _projection(self, vector: Vector, other: Vector) -> Expression:
        return inner(vector - self.clip(vector), self.clip(vector) - self.clip(other))

    def _distance(self, x: Vector) -> Expression:
        local = self.workers.local(x)
        return constant((self.G2 - self.level) ** 2) - norm2(self.clip(local) - local)
