"""Objectives composed of two levels, ``f_i(x) = F_i(h_i(x))``, estimated level by level.

The estimate of a task is ``J~' grad F~(h~)`` with mutually independent inner batches: of the inner
value h~, of its Jacobian J~ and of the outer gradient at h~. Its error splits into three parts,

    ``J'(grad F(h~) - grad F(h)) + J'(grad F~(h~) - grad F(h~)) + (J~ - J)' grad F~(h~)``,

drawn one after the other: the second has mean zero given the first, and the third given both where
the Jacobian is unbiased.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Expression, Vector, constant, inner, norm2
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.kernel.printing import latex
from boundcalc.kernel.workers import Averaged, average

_INNER, _OUTER, _JACOBIAN = 1, 2, 3  # the stage of each part after the point


@dataclass(frozen=True)
class Composite(Averaged):
    """f is the mean of n tasks F_i(h_i(x)), each estimated from independent inner batches."""

    batch: sp.Expr
    ell_h: sp.Expr
    ell_F: sp.Expr
    L_F: sp.Expr
    sigma_h2: sp.Expr
    sigma_J2: sp.Expr
    sigma_F2: sp.Expr
    jacobian_is: Literal["unbiased", "biased", "exact"]
    least: ClassVar[Mapping[str, int]] = {
        "batch": 1,
        "ell_h": 0,
        "ell_F": 0,
        "L_F": 0,
        "sigma_h2": 0,
        "sigma_J2": 0,
        "sigma_F2": 0,
    }
    name = "composite"
    rules: ClassVar[dict[str, str]] = {
        "inner": "error of the inner value",
        "outer": "error of the outer gradient",
        "jacobian": "error of the Jacobian",
        **Averaged.rules,
    }
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {
        "jacobian": ("independence",),
        **Averaged.trusts,
    }

    def text(self) -> str:
        known = "exact" if self.jacobian_is == "exact" else f"{self.jacobian_is}, its error"
        more = "" if self.jacobian_is == "exact" else f" at most {self.sigma_J2}/{self.batch}"
        bounded = "" if self.jacobian_is == "exact" else f", ||grad F_i|| <= {self.ell_F}"
        return (
            f"{self.f.name} is the mean of {self.n} tasks F_i(h_i(x)) with ||J_i|| <= "
            f"{self.ell_h}{bounded} and grad F_i Lipschitz with constant {self.L_F}; the inner "
            f"value has squared error at most {self.sigma_h2}/{self.batch}, grad F_i is unbiased "
            f"with variance at most {self.sigma_F2}/{self.batch}, the Jacobian is {known}{more}; "
            "all batches are drawn afresh, independent of each other, across tasks and of the past"
        )

    def latex(self) -> str:
        S = latex(self.batch)

        def within(what: str, size: sp.Expr) -> str:
            return rf"\mathbb E\|{what}\|^2\le {latex(size)}/{S}"

        parts = [
            within(r"\tilde h_i-h_i", self.sigma_h2),
            within(r"\nabla\tilde F_i-\nabla F_i", self.sigma_F2),
        ]
        norms = [rf"\|J_i\|\le {latex(self.ell_h)}"]
        if self.jacobian_is == "exact":
            jacobian = r"$\tilde J_i=J_i$"
        else:
            parts.append(within(r"\tilde J_i-J_i", self.sigma_J2))
            norms.append(rf"\|\nabla F_i\|\le {latex(self.ell_F)}")
            unbiased = r", $\mathbb E\tilde J_i=J_i$" if self.jacobian_is == "unbiased" else ""
            jacobian = rf"$\tilde J_i$ a random matrix{unbiased}"
        return (
            rf"${self.f.name}(x)=\frac1{{n}}\sum_{{i=1}}^n F_i(h_i(x))$, where $h_i$ has the "
            rf"Jacobian $J_i$, ${', '.join(norms)}$, and $\nabla F_i$ is "
            rf"${latex(self.L_F)}$-Lipschitz; $\tilde h_i$, $\tilde J_i$ and $\nabla\tilde F_i$ "
            r"come from batches drawn afresh, independent of each other, across the tasks and of "
            r"the past, with $\mathbb E\nabla\tilde F_i=\nabla F_i$, "
            rf"{jacobian}, and ${', '.join(parts)}$, wherever they are taken"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        S, ell_h = latex(self.batch), latex(self.ell_h)
        outer = rf"\frac{{{latex(self.sigma_F2)}}}{{{S}}}"
        square = {
            "inner": rf"{ell_h}^2{latex(self.L_F)}^2\frac{{{latex(self.sigma_h2)}}}{{{S}}}",
            "outer": rf"{ell_h}^2{outer}",
            "jacobian": rf"\frac{{{latex(self.sigma_J2)}}}{{{S}}}"
            rf"\left({latex(self.ell_F)}^2+{outer}\right)",
        }
        if rule not in square:
            return super().rule_latex(rule, arguments)
        letter, meaning = _WRITTEN[rule]
        return rf"\mathbb E\|{letter}\|^2\le {square[rule]},\quad {letter}={meaning}"

    def aggregate(self, x: Vector) -> Vector:
        """Return what the server steps with: the mean over the tasks of their estimates."""
        errors = self.inner_part(x) + self.outer_part(x) + self.jacobian_part(x)
        return self.gradient(x) + self.mean(errors)

    aggregate_text = "the step is the mean over the tasks of J~' grad F~(h~)"

    def aggregate_latex(self) -> str:
        """Return the same in LaTeX."""
        own = average(r"\tilde J_i^\top\nabla\tilde F_i(\tilde h_i)", self.n)
        return rf"\tilde g_k={own}"

    # -- the parts of the error ----------------------------------------------------

    def inner_part(self, x: Vector) -> Vector:
        """``J'(grad F(h~) - grad F(h))`` of a task drawn at random."""
        return self.drawn("inner_part", "inner", _WRITTEN["inner"][0], x, after=_INNER, worker=self)

    def outer_part(self, x: Vector) -> Vector:
        """``J'(grad F~(h~) - grad F(h~))``: of mean zero given h~."""
        letter = _WRITTEN["outer"][0]
        return self.drawn(
            "outer_part", "outer", letter, x, after=_OUTER, zero_mean=True, worker=self
        )

    def jacobian_part(self, x: Vector) -> Vector:
        """``(J~ - J)' grad F~(h~)``: of mean zero given the rest, if the Jacobian is unbiased."""
        if self.jacobian_is == "exact":
            return Vector({})
        letter, centred = _WRITTEN["jacobian"][0], self.jacobian_is == "unbiased"
        return self.drawn(
            "jacobian_part", "jacobian", letter, x, after=_JACOBIAN, zero_mean=centred, worker=self
        )

    # -- inequalities -----------------------------------------------------------------

    def inner(self, x: Vector) -> Instance:
        """``E||inner part||^2 <= ell_h^2 L_F^2 sigma_h2/S``."""
        return self.at("inner", x)

    def outer(self, x: Vector) -> Instance:
        """``E||outer part||^2 <= ell_h^2 sigma_F2/S``."""
        return self.at("outer", x)

    def jacobian(self, x: Vector) -> Instance:
        """``E||Jacobian part||^2 <= (sigma_J2/S)(ell_F^2 + sigma_F2/S)``: J~ is independent."""
        return self.at("jacobian", x)

    def _inner(self, x: Vector) -> Expression:
        square = self.ell_h**2 * self.L_F**2 * self.sigma_h2 / self.batch
        return constant(square) - norm2(self.inner_part(x))

    def _outer(self, x: Vector) -> Expression:
        return constant(self.ell_h**2 * self.sigma_F2 / self.batch) - norm2(self.outer_part(x))

    def _jacobian(self, x: Vector) -> Expression:
        if self.jacobian_is == "exact":
            raise ProofError("an exact Jacobian has no error to bound")
        gradient = self.ell_F**2 + self.sigma_F2 / self.batch
        square = self.sigma_J2 / self.batch * gradient
        return constant(square) - norm2(self.jacobian_part(x))


_WRITTEN = {
    "inner": ("u_i", r"J_i^\top(\nabla F_i(\tilde h_i)-\nabla F_i(h_i))"),
    "outer": ("v_i", r"J_i^\top(\nabla\tilde F_i(\tilde h_i)-\nabla F_i(\tilde h_i))"),
    "jacobian": ("w_i", r"(\tilde J_i-J_i)^\top\nabla\tilde F_i(\tilde h_i)"),
}


@dataclass(frozen=True)
class Adapted(Assumption):
    """MAML: F_i = phi_i and h_i(x) = x - a grad phi_i(x), with one inner step a.

    Every phi_i is ``L_phi``-smooth; its gradient is bounded by ``ell_phi`` where it is taken, and
    its Hessian Lipschitz with ``rho_phi`` (both 0 for quadratic tasks, whose Hessian is constant).
    Then ``grad f(x) - grad f(y)`` is, for each task, ``J(x)'(grad phi(h(x)) - grad phi(h(y))) +
    (J(x) - J(y))' grad phi(h(y))`` with ``J = I - a Hess phi``.
    """

    step: sp.Expr
    L_phi: sp.Expr
    ell_phi: sp.Expr
    rho_phi: sp.Expr
    sigma_g2: sp.Expr
    sigma_H2: sp.Expr
    least: ClassVar[Mapping[str, int]] = {
        "step": 0,
        "L_phi": 0,
        "ell_phi": 0,
        "rho_phi": 0,
        "sigma_g2": 0,
        "sigma_H2": 0,
    }
    name = "adapted tasks"
    rules: ClassVar[dict[str, str]] = {
        "outer": "change of the outer gradient",
        "jacobian": "change of the Jacobian",
        "both": "Cauchy-Schwarz for the two changes",
    }
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {
        "outer": ("Jensen",),
        "both": ("Cauchy-Schwarz",),
    }

    def text(self) -> str:
        return (
            f"F_i = phi_i and h_i(x) = x - {self.step} grad phi_i(x), where {self._tasks()}; inner "
            f"gradients have variance {self.sigma_g2} and Hessians {self.sigma_H2}"
        )

    def _tasks(self) -> str:
        if self.rho_phi == 0:
            return f"every phi_i is quadratic and smooth with constant {self.L_phi}"
        return (
            f"every phi_i is smooth with constant {self.L_phi}, ||grad phi_i|| <= {self.ell_phi}, "
            f"and its Hessian is Lipschitz with constant {self.rho_phi}"
        )

    def latex(self) -> str:
        L = latex(self.L_phi)
        more = (
            rf"a quadratic, ${L}$-smooth function"
            if self.rho_phi == 0
            else rf"${L}$-smooth with $\|\nabla\phi_i\|\le {latex(self.ell_phi)}$ and a "
            rf"${latex(self.rho_phi)}$-Lipschitz Hessian"
        )
        return (
            rf"$F_i=\phi_i$ and $h_i(x)=x-{latex(self.step)}\nabla\phi_i(x)$, where every "
            rf"$\phi_i$ is {more}; inner gradients are estimated with variance "
            rf"${latex(self.sigma_g2)}$ and Hessians with ${latex(self.sigma_H2)}$"
        )

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        x, y = arguments
        u, w = (written.format(x, y) for written in _CHANGES)
        left = {
            "outer": r"\mathbb E\|u_i\|^2",
            "jacobian": r"\mathbb E\|w_i\|^2",
            "both": r"\mathbb E\langle u_i,w_i\rangle",
        }[rule]
        meaning = {"outer": rf",\quad u_i={u}", "jacobian": rf",\quad w_i={w}"}.get(rule, "")
        return rf"{left}\le {latex(self._square(rule))}\|{x}-{y}\|^2{meaning}"

    def levels(self, of: Composite) -> dict[sp.Expr, sp.Expr]:
        """Return what the constants of the two levels are, for these F_i and h_i."""
        found = {
            of.ell_h: 1 + self.step * self.L_phi,
            of.L_F: self.L_phi,
            of.sigma_h2: self.step**2 * self.sigma_g2,
            of.ell_F: self.ell_phi,
            of.sigma_J2: self.step**2 * self.sigma_H2,
        }
        return {symbol: value for symbol, value in found.items() if symbol.is_Symbol}

    def changes(self, x: Vector, y: Vector) -> tuple[Vector, Vector]:
        """Return the two summands of ``grad f(x) - grad f(y)``, of a task drawn at random."""
        return self.outer_change(x, y), self.jacobian_change(x, y)

    def outer_change(self, x: Vector, y: Vector) -> Vector:
        """Return the first of these: the outer gradient changes, the Jacobian does not."""
        return self.drawn("outer_change", "du", "u_i", x, y, worker=self)

    def jacobian_change(self, x: Vector, y: Vector) -> Vector:
        """Return the second: the Jacobian changes."""
        return self.drawn("jacobian_change", "dJ", "w_i", x, y, worker=self)

    def outer(self, x: Vector, y: Vector) -> Instance:
        """``||first||^2 <= ((1 + a L_phi)^2 L_phi)^2 ||x - y||^2``."""
        return self.at("outer", x, y)

    def jacobian(self, x: Vector, y: Vector) -> Instance:
        """``||second||^2 <= (a rho_phi ell_phi)^2 ||x - y||^2``."""
        return self.at("jacobian", x, y)

    def both(self, x: Vector, y: Vector) -> Instance:
        """``<first, second>`` is at most the product of the two bounds."""
        return self.at("both", x, y)

    def _square(self, rule: str) -> sp.Expr:
        outer = (1 + self.step * self.L_phi) ** 2 * self.L_phi
        jacobian = self.step * self.rho_phi * self.ell_phi
        return {"outer": outer**2, "jacobian": jacobian**2, "both": outer * jacobian}[rule]

    def _outer(self, x: Vector, y: Vector) -> Expression:
        return self._square("outer") * norm2(x - y) - norm2(self.changes(x, y)[0])

    def _jacobian(self, x: Vector, y: Vector) -> Expression:
        return self._square("jacobian") * norm2(x - y) - norm2(self.changes(x, y)[1])

    def _both(self, x: Vector, y: Vector) -> Expression:
        return self._square("both") * norm2(x - y) - inner(*self.changes(x, y))


_CHANGES = (
    r"J_i({0})^\top(\nabla\phi_i(h_i({0}))-\nabla\phi_i(h_i({1})))",
    r"(J_i({0})-J_i({1}))^\top\nabla\phi_i(h_i({1}))",
)
