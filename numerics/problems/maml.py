"""Model-agnostic meta-learning: the loss of every task after one inner gradient step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError
from numerics.problems.base import PROBLEMS
from numerics.problems.composite import Composite, chosen_centres
from numerics.problems.losses import LOSSES, Loss
from numerics.problems.quadratic import chosen_spectrum
from numerics.rounding import down, gamma, up
from numerics.validation import choice, real, vector

# Each kind of task: its loss and a bound of the loss's third derivative.
_KINDS: dict[str, tuple[Loss, float]] = {
    "quadratic": (LOSSES["squared"], 0.0),
    "logcosh": (LOSSES["logcosh"], up(4 / (3 * math.sqrt(3)), 4)),
}


class Maml(Composite):
    """f(x) = (1/n) sum_i phi_i(x - a grad phi_i(x)), phi_i(x) = sum_j w_j phi(x_j - c_ij), with the
    inner step a (``inner_step``).

    Finn, Abbeel, Levine, "Model-agnostic meta-learning", ICML 2017. ``constants`` adds ``L_phi``,
    ``ell_phi`` and ``rho_phi``: the Lipschitz constants of grad phi_i, of phi_i (inf where there is
    none) and of its Hessian. ell_h = 1 + a L_phi. ``L`` is sharper than the general
    ell_h^2 L_phi + a rho_phi ell_phi, since everything happens in each coordinate by itself:

    - ``quadratic``, phi = u^2/2: f is a quadratic with curvatures w_j (1 - a w_j)^2. L and mu (the
      least positive one) are the extremes, computed exactly; min f is the variance of the centres.
    - ``logcosh``: h' = 1 - a w_j sech^2 lies in [1 - a w_j, 1], so
      L = max w_j (max(1, (1 - a w_j)^2) + a w_j 4/(3 sqrt 3)). No PL constant, f_inf by search.
    """

    name = "maml"

    def __init__(
        self, kind: str, inner_step: float, weights: Array, centres: Array, start: Array
    ) -> None:
        """``kind`` is "quadratic" or "logcosh"; ``weights`` (d,) > 0 and ``centres`` (n, d)."""
        loss, self._bend = _KINDS[kind]
        super().__init__(loss, weights, centres, start)
        self.inner_step = inner_step
        self.title = (
            f"MAML, {kind} tasks, n = {self.tasks}, d = {self.dimension}, a = {inner_step:g}"
        )
        top = self.constants["L_F"]
        self.constants |= {
            "L_phi": top,
            "ell_phi": self.constants["ell_F"],
            "rho_phi": up(self._bend * top),
            "ell_h": up(1 + inner_step * top),
        }
        if kind == "quadratic":
            self._settle_quadratic()
        else:
            self._settle_logcosh()

    def _settle_quadratic(self) -> None:
        """L, mu and min f = (1/2n) sum_ij k_j (c_ij - mean c_j)^2, k_j the curvatures."""
        a, n = Fraction(self.inner_step), self.tasks
        exact = [w * (1 - a * w) ** 2 for w in map(Fraction, self.weights.tolist())]
        positive = [_outward(k) for k in exact if k > 0]
        if not positive:
            raise InputError(
                f"inner_step = {self.inner_step:g} makes the objective constant: an inner step"
                " ends in every task's minimum; choose another"
            )
        self.constants |= {"L": max(k[1] for k in positive), "mu": min(k[0] for k in positive)}
        least, most = np.array([_outward(k) for k in exact]).T
        mean = self.centres.mean(axis=0)
        square = np.mean((self.centres - mean) ** 2, axis=0)
        # Around anything but the exact mean the square is larger, by the distance squared.
        shift = 1.01 * gamma(n + 2) * np.abs(self.centres).mean(axis=0)
        low = np.maximum(square * (1 - gamma(n + 8)) - shift**2, 0.0)
        terms = n + self.dimension + 8
        self.f_inf = down(0.5 * float(least @ low), terms)
        self.f_star = up(0.5 * float(most @ square), terms)

    def _settle_logcosh(self) -> None:
        """L and f_inf; beyond all centres by max(0, a w_j) if that is > 1, f rises outward."""
        reach = self.inner_step * self.weights
        bend = self.weights * (np.maximum(1.0, (1 - reach) ** 2) + reach * self._bend)
        bend *= 1 + gamma(16)
        self.constants["L"] = up(float(bend.max()), 8)
        beyond = np.where(reach * (1 + gamma(4)) > 1, reach * (1 + gamma(4)), 0.0)
        low = np.nextafter(self.centres.min(axis=0) - beyond, -np.inf)
        high = np.nextafter(self.centres.max(axis=0) + beyond, np.inf)
        self.f_inf, self.f_star = self._least(low, high, bend)

    def map(self, t: Array, c: Array, w: Array) -> Array:
        """t - a w phi'(t - c)."""
        h: Array = t - self.inner_step * w * self.loss.slope(t - c)
        return h

    def slope(self, t: Array, c: Array, w: Array) -> Array:
        """1 - a w phi''(t - c)."""
        slope: Array = 1 - self.inner_step * w * self.loss.curvature(t - c)
        return slope

    def slack(self, t: Array, c: Array, w: Array) -> tuple[Array, Array]:
        """From the error of t - c and the accuracy of phi' and phi''."""
        z, reach = t - c, self.inner_step * w
        off = gamma(2) * (np.abs(t) + np.abs(c))
        first, second = np.abs(self.loss.slope(z)), np.abs(self.loss.curvature(z))
        unit = gamma(24) * (1 + np.abs(z))
        of_map = reach * (self.loss.curvature_max * off + unit + gamma(24) * first)
        of_slope = reach * (self._bend * off + unit + gamma(24) * second)
        return 1.01 * of_map + gamma(4) * np.abs(t), 1.01 * of_slope + gamma(4)


@PROBLEMS.add("maml")
def maml(
    kind: str = "logcosh",
    tasks: int = 8,
    dimension: int = 10,
    inner_step: float = 0.1,
    mu_phi: float | None = None,
    L_phi: float = 1.0,
    spectrum: str = "log",
    spread: float = 1.0,
    start: float | Sequence[float] = 3.0,
    seed: int = 0,
) -> Maml:
    """Meta-learning over ``tasks`` tasks phi_i(x) = sum_j w_j phi(x_j - c_ij), with phi = u^2/2
    (``kind`` "quadratic") or log cosh ("logcosh").

    The weights run from ``mu_phi`` (default L_phi/10) to ``L_phi`` as ``spectrum`` says (see
    :func:`chosen_spectrum`); the centres are normal with standard deviation ``spread``.
    """
    choice("kind", kind, _KINDS)
    a, top = real("inner_step", inner_step, least=0), real("L_phi", L_phi, above=0)
    centres = chosen_centres(tasks, dimension, spread, seed)
    d = centres.shape[1]
    single = spectrum == "equal" or d == 1
    bottom = (top if single else top / 10) if mu_phi is None else real("mu_phi", mu_phi, above=0)
    if bottom > top:
        raise InputError(f"mu_phi must be <= L_phi, got mu_phi = {bottom:g} > L_phi = {top:g}")
    weights = chosen_spectrum(spectrum, d, bottom, top)
    return Maml(kind, a, weights, centres, vector("start", start, d))


def _outward(exact: Fraction) -> tuple[float, float]:
    """Return the nearest floats below and above, both the same where ``exact`` is one."""
    near = float(exact)
    if Fraction(near) == exact:
        return near, near
    if Fraction(near) < exact:
        return near, math.nextafter(near, math.inf)
    return math.nextafter(near, -math.inf), near
