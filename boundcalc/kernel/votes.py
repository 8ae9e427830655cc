"""Workers that send stochastic signs of their estimates, and what the server makes of them.

The vectors of a worker are those of one drawn at random, as in :mod:`boundcalc.kernel.workers`;
what it tosses is drawn after its sample, and what the server tosses after that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import DrawnAt, Expression, Vector, constant, norm, norm2
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.printing import latex
from boundcalc.kernel.sampling import require_one_sample
from boundcalc.kernel.vectors import Own, Projected
from boundcalc.kernel.workers import FIRST_ERROR, FIRST_POINT, Averaged

# Stages after the point: the worker, then its sample.
_SAMPLED = 2


@dataclass(frozen=True)
class Voters(Averaged):
    """n workers with samples of their own, whose messages are stochastic signs.

    ``S_R(v)`` has ``d`` independent coordinates +-1 with mean ``v/R``, which asks for
    ``||v||_inf <= R``. ``G`` bounds the coordinates of the stochastic gradients, or of the true
    ones, as ``bounded`` says. ``sigma2`` is the variance of each worker's samples, ``L_avg`` their
    mean-square Lipschitz constant; None where that is not assumed.
    """

    d: sp.Expr
    G: sp.Expr
    bounded: Literal["samples", "gradients"] = "samples"
    sigma2: sp.Expr | None = None
    L_avg: sp.Expr | None = None
    least: ClassVar[Mapping[str, int]] = {"d": 1, "G": 0, "sigma2": 0, "L_avg": 0}
    name = "voting workers"
    rules: ClassVar[dict[str, str]] = {
        "variance": "variance of a worker's gradient",
        "mean_square": "mean-square smoothness of a worker's samples",
        "bound": "bound of the coordinates",
        "first_bound": "bound of the first estimates",
        "length": "length of a vector of signs",
        "vote": "coordinates of a mean of signs",
        "projection": "projection onto the cube",
        "cube": "coordinates of a projection",
        **Averaged.rules,
    }
    of_signs: ClassVar[frozenset[str]] = frozenset({"length", "vote"})
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {
        "projection": ("projection",),
        **Averaged.trusts,
    }

    def text(self) -> str:
        g = f"grad {self.f.name}_i"
        more = [] if self.sigma2 is None else [f"E||{g}(x; xi_i) - {g}(x)||^2 <= {self.sigma2}"]
        if self.L_avg is not None:
            more.append(f"E||{g}(x; xi_i) - {g}(y; xi_i)||^2 <= {self.L_avg}^2 ||x - y||^2")
        sample = f"{g}(x; xi_i)" if self.bounded == "samples" else f"{g}(x)"
        more.append(f"||{sample}||_inf <= {self.G}, and so are the first estimates, if any")
        return (
            f"{self.n} workers, {self.f.name} the mean of their {self.f.name}_i; in every step each"
            f" draws a fresh sample, unbiased, independent of the past and of the others;"
            f" {'; '.join(more)}; stochastic signs S_R(v) of mean v/R, drawn independently"
        )

    def latex(self) -> str:
        f, n = self.f.name, latex(self.n)
        g, h = rf"\nabla {f}_i(x;\xi_i)", rf"\nabla {f}_i(x)"
        more = [] if self.sigma2 is None else [rf"\mathbb E\|{g}-{h}\|^2\le {latex(self.sigma2)}"]
        if self.L_avg is not None:
            change = rf"{g}-\nabla {f}_i(y;\xi_i)"
            more.append(rf"\mathbb E\|{change}\|^2\le {latex(self.L_avg)}^2\|x-y\|^2")
        sample = g if self.bounded == "samples" else h
        size = rf"\infty\le {latex(self.G)}"
        more.append(rf"\|{sample}\|_{size}")
        assumed = ", ".join(f"${inequality}$" for inequality in more)
        return (
            rf"${f}=\frac1{{{n}}}\sum_{{i=1}}^{{{n}}}{f}_i$ over ${n}$ workers; in every step"
            rf" worker $i$ draws a sample $\xi_i$, independent of the past and the other workers,"
            rf" with $\mathbb E\,{g}={h}$; for all $x,y$, {assumed}, and any first"
            rf" estimates $v_{{-1}}^i$ have $\|v_{{-1}}^i\|_{size}$; a stochastic sign $S_r(v)$ of"
            rf" $\|v\|_\infty\le r$, for $r>0$, has ${latex(self.d)}$ independent coordinates"
            r" $\pm1$ with $\mathbb E\,S_r(v)=v/r$"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        f, first = self.f.name, arguments[0]
        if rule == "length":
            return rf"\mathbb E\|{first}\|^2\le {latex(self.d)}"
        if rule == "variance" and self.sigma2 is not None:
            off = rf"\nabla {f}_i({first};\xi_i)-\nabla {f}_i({first})"
            return rf"\mathbb E\|{off}\|^2\le {latex(self.sigma2)}"
        if rule == "mean_square" and self.L_avg is not None:
            x, y = arguments
            change = rf"\nabla {f}_i({x};\xi_i)-\nabla {f}_i({y};\xi_i)"
            size = rf"\mathbb E\|{x}-{y}\|^2"
            return rf"\mathbb E\|{change}\|^2\le {latex(self.L_avg)}^2\,{size}"
        if rule == "projection":
            return (
                rf"\mathbb E\|\Pi({first})-\nabla {f}_i({arguments[1]})\|^2\le"
                rf"\mathbb E\|{first}-\nabla {f}_i({arguments[1]})\|^2"
            )
        if rule == "bound":
            sample = r";\xi_i" if self.bounded == "samples" else ""
            return rf"\|\nabla {f}_i({first}{sample})\|_\infty\le {latex(self.G)}"
        if rule in ("first_bound", "vote", "cube"):
            limit = {"first_bound": self.G, "vote": sp.S.One, "cube": self.G}[rule]
            vector = {"first_bound": "v_{-1}^i", "vote": rf"\overline{{{first}}}"}.get(rule, first)
            return rf"\|{vector}\|_\infty\le {latex(limit)}"
        return super().rule_latex(rule, arguments)

    # -- vectors ----------------------------------------------------------------------

    def noise(self, x: Vector) -> Vector:
        """Return the sampling noise of that worker."""
        return self.drawn("noise", "xi", r"\zeta_i", x, after=_SAMPLED, zero_mean=True, worker=self)

    def local(self, x: Vector) -> Vector:
        """``grad f_i`` of that worker."""
        return self.gradient(x) + self.deviation(x)

    def estimate(self, x: Vector) -> Vector:
        """Return the gradient of that worker's sample."""
        return self.local(x) + self.noise(x)

    def coins(self, vector: Vector, radius: sp.Expr) -> Vector:
        """Return what the stochastic sign has beyond its mean."""
        own = self if self._of_these(vector).of_workers else None
        return self.drawn(
            "coins", "coins", r"\chi_i", vector, radius, after=1, zero_mean=True, worker=own
        )

    def stochastic_signs(self, vector: Vector, radius: sp.Expr) -> Vector:
        """``S_R(v)``, of a worker's vector or of the server's."""
        return vector / radius + self.coins(vector, radius)

    # -- inequalities -----------------------------------------------------------------

    def variance(self, x: Vector) -> Instance:
        """``E||grad f_i(x; xi_i) - grad f_i(x)||^2 <= sigma2``."""
        return self.at("variance", x)

    def mean_square(self, x: Vector, y: Vector) -> Instance:
        """``E||grad f_i(x; xi_i) - grad f_i(y; xi_i)||^2 <= L_avg^2 ||x - y||^2``."""
        return self.at("mean_square", x, y)

    def bound(self, x: Vector) -> Instance:
        """``||grad f_i||_inf <= G``, of the sample's gradient at x or of the true one."""
        return self.at("bound", x)

    def first_bound(self, x: Vector, error: Vector) -> Instance:
        """``||v_i||_inf <= G`` of the workers' first estimates at x, off by ``error``."""
        return self.at("first_bound", x, error)

    def length(self, signs: Vector) -> Instance:
        """``E||S_R(v)||^2 <= d``."""
        return self.at("length", signs)

    def vote(self, signs: Vector) -> Instance:
        """``||mean of S_R(v)||_inf <= 1``."""
        return self.at("vote", signs)

    def projection(self, vector: Vector, radius: Vector, x: Vector) -> Instance:
        """``||Pi(v) - grad f_i(x)||^2 <= ||v - grad f_i(x)||^2`` where the cube holds the gradient.

        ``radius`` is the projected vector, which knows the size of the cube.
        """
        return self.at("projection", vector, radius, x)

    def cube(self, projected: Vector) -> Instance:
        """``||Pi(v)||_inf <= G`` of a projection onto the cube of that size."""
        return self.at("cube", projected)

    def _variance(self, x: Vector) -> Expression:
        if self.sigma2 is None:
            raise ProofError("no variance is assumed")
        return constant(self.sigma2) - norm2(self.noise(x))

    def _mean_square(self, x: Vector, y: Vector) -> Expression:
        if self.L_avg is None:
            raise ProofError("mean-square smoothness is not assumed")
        require_one_sample(x, y)
        return self.L_avg**2 * norm2(x - y) - norm2(self.estimate(x) - self.estimate(y))

    def _bound(self, x: Vector) -> Expression:
        bounded = self.estimate(x) if self.bounded == "samples" else self.local(x)
        return constant(self.G) - norm("sup", bounded)

    def _first_bound(self, x: Vector, error: Vector) -> Expression:
        if x != FIRST_POINT:
            raise ProofError(f"{x!r} is not where the first estimates are made")
        for basis, weight in error.coefficients.items():
            if type(basis) is not Own or basis.role != FIRST_ERROR or weight != 1:
                raise ProofError(f"{error!r} is not the error of the first estimates")
        return constant(self.G) - norm("sup", self.local(x) + error)

    def _length(self, signs: Vector) -> Expression:
        self._require_signs(signs)
        return constant(self.d) - norm2(signs)

    def _vote(self, signs: Vector) -> Expression:
        self._require_signs(signs)
        return constant(sp.S.One) - norm("sup", signs.mean())

    def _require_signs(self, signs: Vector) -> None:
        for basis in signs.coefficients:
            if isinstance(basis, DrawnAt) and basis.point is not None and basis.zero_mean:
                mean = signs - Vector({basis: 1})
                radius = _ratio(basis.point, mean)
                if radius is not None and signs == self.stochastic_signs(basis.point, radius):
                    return
        raise ProofError(f"{signs!r} is no stochastic sign")

    def _projection(self, vector: Vector, projected: Vector, x: Vector) -> Expression:
        if _cut(projected).argument != vector:
            raise ProofError(f"{projected!r} is not the projection of {vector!r}")
        if self.bounded != "gradients" or _cut(projected).radius != self.G:
            raise ProofError("the cube is not known to hold the workers' gradients")
        return norm2(vector - self.local(x)) - norm2(projected - self.local(x))

    def _cube(self, projected: Vector) -> Expression:
        # A cube of another size might have none: nothing says that its radius is not negative.
        if _cut(projected).radius != self.G:
            raise ProofError(f"{projected!r} is not cut to a cube of a known size")
        return constant(self.G) - norm("sup", projected)


def _cut(projected: Vector) -> Projected:
    """Return the projection that the vector is."""
    for basis, weight in projected.coefficients.items():
        if isinstance(basis, Projected) and weight == 1 and len(projected.coefficients) == 1:
            return basis
    raise ProofError(f"{projected!r} is not a projection")


def _ratio(vector: Vector, part: Vector) -> sp.Expr | None:
    """Return the number by which ``part`` is divided to make ``vector``; None where there is
    none.
    """
    for basis, coefficient in part.coefficients.items():
        return vector.coefficients.get(basis, sp.S.Zero) / coefficient
    return None
