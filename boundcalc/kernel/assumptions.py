"""Assumptions of theorems, and the inequalities they give at points.

An assumption states something about a function or an oracle for ALL points; its methods give the
inequality at the points a proof names. The checker calls the method again, so that an inequality
cannot be edited on its way into a certificate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import (
    DrawnAt,
    Expression,
    Function,
    Gap,
    Vector,
    constant,
    inner,
    norm,
    norm2,
)
from boundcalc.kernel.integrity import require_expression, require_part, require_vector
from boundcalc.kernel.printing import latex


@dataclass(frozen=True)
class Instance:
    """An assumption at particular points: an inequality ``expression >= 0``.

    Made by :meth:`Assumption.at`; ``arguments`` are the points. ``known`` is the inequality once it
    has been asked for (:meth:`settled`).
    """

    assumption: Assumption
    rule: str
    arguments: tuple[Any, ...]
    known: Expression | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.assumption.rules[self.rule]

    @property
    def expression(self) -> Expression:
        """The inequality, as its assumption states it at these points."""
        known = self.known if self.known is not None else self.settled().known
        assert known is not None
        return known

    def settled(self) -> Instance:
        """Return the same made of the kernel's own parts, with the inequality asked for anew.

        Raises :class:`ProofError` for what is no inequality of the assumption, or at what is no
        vector.
        """
        if type(self) is not Instance:
            raise ProofError("an inequality is an instance of an assumption")
        if type(self.rule) is not str or type(self.arguments) is not tuple:
            raise ProofError("an inequality is asked for by its name, at a tuple of points")
        assumption = require_part(self.assumption)
        rules = type(assumption).rules
        if not isinstance(assumption, Assumption) or self.rule not in rules:
            raise ProofError(f"{self.rule} is not an inequality of {assumption.name}")
        points = tuple(require_vector(argument) for argument in self.arguments)
        # The rule of the class, whatever the object has under its name.
        stated = getattr(type(assumption), f"_{self.rule}")(assumption, *points)
        return Instance(assumption, self.rule, points, require_expression(stated))


@dataclass(frozen=True)
class Assumption:
    """What a theorem supposes.

    ``rules`` maps the name of each inequality the assumption gives to the words a proof uses for
    it; the inequality itself is the method of that name with a leading underscore.
    """

    name: ClassVar[str]
    rules: ClassVar[dict[str, str]] = {}
    #: For a rule that rests on more than the assumption says: what else is taken on trust.
    trusts: ClassVar[dict[str, tuple[str, ...]]] = {}
    #: The least value that each constant of the class can have, and the largest; counts are 1 at
    #: least, and what bounds a norm or a variance is not negative.
    least: ClassVar[Mapping[str, int]] = {}
    most: ClassVar[Mapping[str, int]] = {}
    #: The rules on a stochastic sign: it must be one that the step tosses, within its radius.
    of_signs: ClassVar[frozenset[str]] = frozenset()

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """The constants the assumption speaks of, in the order it names them."""
        values = (getattr(self, field) for field in self.__dataclass_fields__)
        return tuple(value for value in values if isinstance(value, sp.Symbol))

    @classmethod
    def ranges(cls, which: Literal["least", "most"]) -> dict[str, int]:
        """Return the least or largest values of all constants, those of base classes included."""
        found: dict[str, int] = {}
        for kind in reversed(cls.__mro__):
            found.update(vars(kind).get(which, {}))
        return found

    def text(self) -> str:
        """Return the assumption as a line of plain text: the first of its class's documentation."""
        return (type(self).__doc__ or self.name).splitlines()[0].replace("`", "").rstrip(".")

    def latex(self) -> str:
        """Return the assumption as a sentence in LaTeX."""
        raise TypeError(f"the assumption {self.name} has no statement")

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        """Return an inequality in LaTeX, its points being written so; None: as its expression
        reads.
        """
        return None

    def drawn(
        self,
        what: str,
        label: str,
        latex: str,
        *arguments: Any,
        after: int = 0,
        zero_mean: bool = False,
        worker: Assumption | None = None,
        deviation: bool = False,
    ) -> Vector:
        """Return the vector that the method ``what`` of this assumption makes of the arguments.

        It is known ``after`` so many stages from the last of them, and has a name that begins with
        the ``label``. ``worker`` is the decomposition
        of which each worker draws its own; see :class:`boundcalc.kernel.vectors.DrawnAt`.
        """
        return DrawnAt.make(
            self,
            what,
            label,
            latex,
            arguments,
            after=after,
            zero_mean=zero_mean,
            worker=worker,
            deviation=deviation,
        )

    def at(self, rule: str, *arguments: Any) -> Instance:
        """Return the inequality ``rule`` at the given points; raises :class:`ProofError` if
        unknown.
        """
        if rule not in self.rules:
            raise ProofError(
                f"{self.name} gives {', '.join(self.rules) or 'no inequality'}, not {rule!r}"
            )
        return Instance(self, rule, arguments)


@dataclass(frozen=True)
class Smooth(Assumption):
    """``f`` has an ``L``-Lipschitz gradient."""

    f: Function
    L: sp.Symbol
    least: ClassVar[Mapping[str, int]] = {"L": 0}
    name = "smooth"
    rules: ClassVar[dict[str, str]] = {
        "descent": "descent lemma",
        "lipschitz": "Lipschitz gradient",
        "lipschitz_norm": "Lipschitz gradient, in the norm",
    }

    def text(self) -> str:
        return f"{self.f.name} is smooth: its gradient is Lipschitz with constant {self.L}"

    def latex(self) -> str:
        f = self.f.name
        return (
            rf"${f}$ is ${latex(self.L)}$-smooth: "
            rf"$\|\nabla {f}(x)-\nabla {f}(y)\|\le {latex(self.L)}\|x-y\|$ for all $x,y$"
        )

    def descent(self, x: Vector, y: Vector) -> Instance:
        """``f(y) <= f(x) + <grad f(x), y-x> + (L/2)||y-x||^2``."""
        return self.at("descent", x, y)

    def lipschitz(self, x: Vector, y: Vector) -> Instance:
        """``||grad f(x) - grad f(y)||^2 <= L^2 ||x-y||^2``."""
        return self.at("lipschitz", x, y)

    def lipschitz_norm(self, x: Vector, y: Vector) -> Instance:
        """``||grad f(x) - grad f(y)|| <= L ||x - y||``."""
        return self.at("lipschitz_norm", x, y)

    def _lipschitz_norm(self, x: Vector, y: Vector) -> Expression:
        change = self.f.gradient(x) - self.f.gradient(y)
        return self.L * norm("2", x - y) - norm("2", change)

    def _descent(self, x: Vector, y: Vector) -> Expression:
        f = self.f
        return f.value(x) + inner(f.gradient(x), y - x) + self.L / 2 * norm2(y - x) - f.value(y)

    def _lipschitz(self, x: Vector, y: Vector) -> Expression:
        return self.L**2 * norm2(x - y) - norm2(self.f.gradient(x) - self.f.gradient(y))


@dataclass(frozen=True)
class BoundedBelow(Assumption):
    """``f`` is bounded below by its infimum."""

    f: Function
    name = "bounded below"

    def latex(self) -> str:
        return rf"${self.f.name}$ is bounded below by ${self.f.name}_{{\inf}}$"


@dataclass(frozen=True)
class PolyakLojasiewicz(Assumption):
    """``||grad f(x)||^2 >= 2 mu (f(x) - f_star)``."""

    f: Function
    mu: sp.Symbol
    least: ClassVar[Mapping[str, int]] = {"mu": 0}
    name = "Polyak-Lojasiewicz"
    rules: ClassVar[dict[str, str]] = {"pl": "Polyak-Lojasiewicz inequality"}

    def text(self) -> str:
        f = self.f.name
        return f"||grad {f}(x)||^2 >= 2 {self.mu} ({f}(x) - min {f}) for all x"

    def latex(self) -> str:
        f, mu = self.f.name, latex(self.mu)
        return (
            rf"${f}$ attains its minimum ${f}_\star$ and satisfies the Polyak--{{\L}}ojasiewicz "
            rf"inequality $\|\nabla {f}(x)\|^2\ge 2{mu}\,({f}(x)-{f}_\star)$ for all $x$"
        )

    def pl(self, x: Vector) -> Instance:
        """Return the inequality at ``x``."""
        return self.at("pl", x)

    def _pl(self, x: Vector) -> Expression:
        gap = Gap(self.f, x).expression
        return norm2(self.f.gradient(x)) - 2 * self.mu * gap


@dataclass(frozen=True)
class BiasedOracle(Assumption):
    """The gradient estimate is ``grad f(x) + b + z`` with a bounded bias ``b`` and noise ``z``.

    ``E z = 0`` given the past, which includes ``b``; ``||b||^2 <= B||grad f(x)||^2 + C`` and
    ``E||z||^2 <= M||grad f(x)||^2 + sigma2``.
    """

    f: Function
    B: sp.Symbol
    C: sp.Symbol
    M: sp.Symbol
    sigma2: sp.Symbol
    least: ClassVar[Mapping[str, int]] = {"B": 0, "C": 0, "M": 0, "sigma2": 0}
    name = "biased oracle"
    rules: ClassVar[dict[str, str]] = {"bias_bound": "bias bound", "noise_bound": "noise bound"}

    def latex(self) -> str:
        B, C, M, s = (latex(p) for p in (self.B, self.C, self.M, self.sigma2))
        g = rf"\|\nabla {self.f.name}(x_k)\|^2"
        return (
            rf"$\tilde g_k=\nabla {self.f.name}(x_k)+b_k+z_k$ with $b_k$ known given the past, "
            rf"$\mathbb E_k z_k=0$, $\|b_k\|^2\le {B}{g}+{C}$ and "
            rf"$\mathbb E_k\|z_k\|^2\le {M}{g}+{s}$"
        )

    def bias(self, x: Vector) -> Vector:
        """Return the bias at ``x``: known as soon as ``x`` is."""
        return self.drawn("bias", "b", "b_k", x)

    def noise(self, x: Vector) -> Vector:
        """Return the noise at ``x``: drawn after it, with mean zero."""
        return self.drawn("noise", "z", "z_k", x, after=1, zero_mean=True)

    def text(self) -> str:
        g = f"grad {self.f.name}"
        return (
            f"the gradient estimate is {g} + b + z with ||b||^2 <= {self.B} ||{g}||^2 + "
            f"{self.C}, and, given the past and b, E z = 0 and E||z||^2 <= {self.M} "
            f"||{g}||^2 + {self.sigma2}"
        )

    def gradient(self, x: Vector) -> Vector:
        """Return the true gradient at ``x``."""
        return self.f.gradient(x)

    def estimate(self, x: Vector) -> Vector:
        """Return the gradient estimate at ``x``."""
        return self.gradient(x) + self.bias(x) + self.noise(x)

    def bias_bound(self, x: Vector) -> Instance:
        """``||b||^2 <= B||grad f(x)||^2 + C``."""
        return self.at("bias_bound", x)

    def noise_bound(self, x: Vector) -> Instance:
        """``E||z||^2 <= M||grad f(x)||^2 + sigma2``."""
        return self.at("noise_bound", x)

    def _bias_bound(self, x: Vector) -> Expression:
        return self.B * norm2(self.f.gradient(x)) + constant(self.C) - norm2(self.bias(x))

    def _noise_bound(self, x: Vector) -> Expression:
        return self.M * norm2(self.f.gradient(x)) + constant(self.sigma2) - norm2(self.noise(x))
