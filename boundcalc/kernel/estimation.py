"""What is assumed of compressors, clipping and aggregation, and the vectors proofs speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Expression, Vector, constant, inner, norm2, vector
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.kernel.printing import latex
from boundcalc.kernel.workers import LOCAL, Samplers, Workers, average


@dataclass(frozen=True)
class _Compressor(Assumption):
    """What a map adds to a vector, independently for each worker."""

    workers: Samplers
    bound: sp.Expr
    least: ClassVar[Mapping[str, int]] = {"bound": 0}
    name = "compressor"
    rules: ClassVar[dict[str, str]] = {"compression": "error of the compressor"}
    centred: ClassVar[bool] = False

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        (v,) = arguments
        return rf"\mathbb E\|\mathcal C({v})-{v}\|^2\le {self._limit(v)}"

    def _limit(self, vector: str) -> str:
        raise TypeError(f"{self.name} says nothing of its error")

    def error(self, vector: Vector) -> Vector:
        """Return what the compressor adds to the vector."""
        symbol, centred = r"\mathcal C(g_i)-g_i", type(self).centred
        return self.drawn(
            "error", "c", symbol, vector, after=1, zero_mean=centred, worker=self.workers
        )

    def aggregate(self, x: Vector) -> Vector:
        """Return what the server steps with: the mean of what the workers send."""
        sample = self.workers.sample(x)
        return self.workers.mean(sample + self.error(sample))

    aggregate_text = "every worker sends C(g_i); the server steps with the mean of these"

    def aggregate_latex(self) -> str:
        """Return the same in LaTeX."""
        sent = average(r"\mathcal C(g_i)", self.workers.n)
        return rf"\tilde g_k={sent}"

    def compression(self, vector: Vector) -> Instance:
        """Return the bound of the error at this vector."""
        return self.at("compression", vector)


@dataclass(frozen=True)
class Unbiased(_Compressor):
    """E C(v) = v and E||C(v) - v||^2 <= omega ||v||^2, drawn afresh for each worker and step."""

    name = "unbiased compressor"
    centred = True
    kinds: ClassVar[frozenset[str]] = frozenset({"unbiased"})

    @property
    def constant(self) -> sp.Expr:
        """Return what a lemma on the compressor has to bound."""
        return self.bound

    def latex(self) -> str:
        return (
            r"the compressor is unbiased, $\mathbb E\,\mathcal C(v)=v$, with "
            rf"$\mathbb E\|\mathcal C(v)-v\|^2\le {latex(self.bound)}\|v\|^2$ for all $v$, drawn "
            "afresh for each worker and step, independently of the past"
        )

    def _limit(self, vector: str) -> str:
        return rf"{latex(self.bound)}\,\mathbb E\|{vector}\|^2"

    def _compression(self, vector: Vector) -> Expression:
        return self.bound * norm2(vector) - norm2(self.error(vector))


@dataclass(frozen=True)
class Contractive(_Compressor):
    """E||C(v) - v||^2 <= (1 - alpha) ||v||^2 for every v, given the past."""

    name = "contractive compressor"
    most: ClassVar[Mapping[str, int]] = {"bound": 1}
    kinds: ClassVar[frozenset[str]] = frozenset({"contractive"})

    @property
    def constant(self) -> sp.Expr:
        """Return what a lemma on the compressor has to bound."""
        return 1 - self.bound

    def latex(self) -> str:
        return (
            r"the compressor is contractive, "
            rf"$\mathbb E_k\|\mathcal C(v)-v\|^2\le (1-{latex(self.bound)})\|v\|^2$ for all $v$, "
            "given the past (what is random in it is drawn afresh)"
        )

    def _limit(self, vector: str) -> str:
        return rf"(1-{latex(self.bound)})\,\mathbb E\|{vector}\|^2"

    def _compression(self, vector: Vector) -> Expression:
        return (1 - self.bound) * norm2(vector) - norm2(self.error(vector))


@dataclass(frozen=True)
class Absolute(_Compressor):
    """||C(v) - v||^2 <= c^2 for every v, with c the absolute error."""

    name = "absolute compressor"
    kinds: ClassVar[frozenset[str]] = frozenset({"absolute"})

    @property
    def constant(self) -> sp.Expr:
        """Return what a lemma on the compressor has to bound."""
        return self.bound**2

    def latex(self) -> str:
        limit = rf"\|\mathcal C(v)-v\|^2\le {latex(self.bound)}^2"
        return rf"the compressor has a bounded error, ${limit}$ for all $v$"

    def _limit(self, vector: str) -> str:
        return rf"{latex(self.bound)}^2"

    def _compression(self, vector: Vector) -> Expression:
        return constant(self.bound**2) - norm2(self.error(vector))


@dataclass(frozen=True)
class Clipped(Assumption):
    """Gradients are clipped at a level, and ||grad f_i|| <= G2 where the method goes."""

    workers: Workers
    level: sp.Expr
    G2: sp.Expr
    least: ClassVar[Mapping[str, int]] = {"level": 0, "G2": 0}
    name = "clipping"
    rules: ClassVar[dict[str, str]] = {
        "projection": "projection onto the ball",
        "distance": "distance to the ball",
        "shortening": "clipping shortens in proportion",
    }

    def latex(self) -> str:
        level, G2 = latex(self.level), latex(self.G2)
        g = rf"\nabla {self.workers.f.name}_i(x_k)"
        return (
            rf"each worker sends $\mathrm{{clip}}(g_i)=g_i\min\{{1,{level}/\|g_i\|\}}$, and "
            rf"$\|{g}\|\le {G2}$"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        g = rf"\nabla {self.workers.f.name}_i(x_k)"
        kept = rf"\mathbb E\|\mathrm{{clip}}({g})-{g}\|^2"
        if rule == "shortening":
            part = rf"\left(1-\tfrac{{{latex(self.level)}}}{{{latex(self.G2)}}}\right)^2"
            return rf"{kept}\le {part}\,\mathbb E\|{g}\|^2"
        if rule == "distance":
            limit = f"({latex(self.G2)}-{latex(self.level)})^2"
            return rf"{kept}\le {limit}"
        v, w = (rf"\mathrm{{clip}}({argument})" for argument in arguments)
        return rf"0\le\mathbb E\langle {arguments[0]}-{v},\,{v}-{w}\rangle"

    def aggregate(self, x: Vector) -> Vector:
        """Return what the server steps with: the mean of the clipped samples."""
        return self.workers.mean(self.clip(self.workers.sample(x)))

    aggregate_text = "every worker sends clip(g_i); the server steps with the mean of these"

    def aggregate_latex(self) -> str:
        """Return the same in LaTeX."""
        sent = average(r"\mathrm{clip}(g_i)", self.workers.n)
        return rf"\tilde g_k={sent}"

    def clip(self, vector: Vector) -> Vector:
        """Return the vector's projection onto the ball of radius lambda."""
        local = vector.stage == LOCAL
        own = rf"\nabla {self.workers.f.name}_i(x_k)" if local else "g_i"
        symbol = rf"\mathrm{{clip}}({own})"
        return self.drawn("clip", "clip", symbol, vector, worker=self.workers)

    def text(self) -> str:
        g = f"grad {self.workers.f.name}_i(x_k)"
        return f"clip(v) = v min(1, {self.level}/||v||), and ||{g}|| <= {self.G2}"

    def projection(self, vector: Vector, other: Vector) -> Instance:
        """``<v - clip(v), clip(v) - clip(w)> >= 0``: the ball is convex."""
        return self.at("projection", vector, other)

    def distance(self, x: Vector) -> Instance:
        """``||clip(grad f_i) - grad f_i|| <= G2 - lambda``."""
        return self.at("distance", x)

    def _projection(self, vector: Vector, other: Vector) -> Expression:
        return inner(vector - self.clip(vector), self.clip(vector) - self.clip(other))

    def _distance(self, x: Vector) -> Expression:
        local = self.workers.local(_where_it_goes(x))
        return constant((self.G2 - self.level) ** 2) - norm2(self.clip(local) - local)

    def shortening(self, x: Vector) -> Instance:
        """``||clip(grad f_i) - grad f_i|| <= (1 - lambda/G2) ||grad f_i||``."""
        return self.at("shortening", x)

    def _shortening(self, x: Vector) -> Expression:
        local = self.workers.local(_where_it_goes(x))
        part = (1 - self.level / self.G2) ** 2
        return part * norm2(local) - norm2(self.clip(local) - local)


def _where_it_goes(x: Vector) -> Vector:
    """Return the point, if it is an iterate: elsewhere nothing is said of the gradients' size."""
    if x != vector("x", "x_k"):
        raise ProofError(f"the gradients are bounded at the iterates, not at {x!r}")
    return x


@dataclass(frozen=True)
class Robust(Assumption):
    """||Agg(g) - mean g||^2 <= kappa mean ||g_i - mean g||^2 over the n honest workers."""

    workers: Workers
    kappa: sp.Expr
    least: ClassVar[Mapping[str, int]] = {"kappa": 0}
    name = "robust aggregation"
    rules: ClassVar[dict[str, str]] = {"aggregation": "robustness of the aggregation"}
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {"aggregation": ("independence",)}

    def latex(self) -> str:
        spread = average(r"\|g_i-\bar g\|^2", self.workers.n)
        return (
            r"the server aggregates so that, whatever faulty workers send, "
            rf"$\|\mathrm{{Agg}}-\bar g\|^2\le {latex(self.kappa)}\,{spread}$ over the honest "
            r"workers, with $\bar g$ their mean"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        noise = r"\mathbb E\|\xi_i\|^2-\mathbb E\|\overline{\xi_i}\|^2"
        f = self.workers.f.name
        return (
            r"\mathbb E\|\mathrm{Agg}-\bar g\|^2\le "
            rf"{latex(self.kappa)}\bigl(\mathbb E\|\nabla {f}_i-\nabla {f}\|^2+{noise}\bigr)"
        )

    kinds: ClassVar[frozenset[str]] = frozenset({"order"})

    @property
    def constant(self) -> sp.Expr:
        """Return what a lemma on the aggregator has to bound."""
        return self.kappa

    def aggregate(self, x: Vector) -> Vector:
        """Return what the server steps with."""
        return self.workers.mean(self.workers.sample(x)) + self.error(x)

    aggregate_text = "the server steps with the aggregate of all that is sent"

    def aggregate_latex(self) -> str:
        """Return the same in LaTeX."""
        return r"\tilde g_k=\mathrm{Agg}"

    def error(self, x: Vector) -> Vector:
        """Return what the aggregate at ``x`` differs from the mean by."""
        after = self.workers.sample(x).stage - x.stage
        return self.drawn("error", "agg", r"\mathrm{Agg}-\bar g", x, after=after)

    def aggregation(self, x: Vector) -> Instance:
        """Return the inequality at the gradients drawn at ``x``.

        ``E mean ||g_i - mean g||^2`` is ``E||h_i||^2 + E||xi_i||^2 - E||mean xi||^2`` since the
        deviations have mean zero over the workers and the noise is independent.
        """
        return self.at("aggregation", x)

    def _aggregation(self, x: Vector) -> Expression:
        noise = self.workers.noise(x)
        spread = norm2(self.workers.deviation(x)) + norm2(noise) - norm2(self.workers.mean(noise))
        return self.kappa * spread - norm2(self.error(x))
