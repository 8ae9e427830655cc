"""The expressions that a proof is made of: linear in expected inner products and the like.

An :class:`Expression` is linear in *atoms*: expected inner products ``E<u, v>`` of basis vectors,
norms, function values, infima and named scalars; its coefficients are rational functions of the
parameters (SymPy expressions). The vectors are those of :mod:`boundcalc.kernel.vectors`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NoReturn

import sympy as sp

from boundcalc.kernel.vectors import (
    Basis,
    DrawnAt,
    GradientAt,
    MeanOf,
    MinimiserOf,
    Own,
    Projected,
    SignOf,
    UnitOf,
    Vector,
    canonical,
    gradient_at,
    identity,
    vector,
)

__all__ = [
    "Atom",
    "Basis",
    "DrawnAt",
    "Expression",
    "Function",
    "FunctionValue",
    "Gap",
    "GradientAt",
    "Gram",
    "Infimum",
    "MeanOf",
    "MinimiserOf",
    "Norm",
    "One",
    "Own",
    "PastSteps",
    "Projected",
    "Scalar",
    "SignOf",
    "SquaredNorm",
    "UnitOf",
    "Vector",
    "WorkerValue",
    "constant",
    "inner",
    "norm",
    "norm1",
    "norm2",
    "scalar",
    "vector",
]


@dataclass(frozen=True)
class Atom:
    """What an expression is linear in."""

    def substitute(self, images: Mapping[Basis, Vector]) -> Expression:
        """Return what becomes of the atom when basis vectors are replaced."""
        return Expression({self: 1})


@dataclass(frozen=True)
class One(Atom):
    """The constant atom."""

    def __str__(self) -> str:
        return "1"


@dataclass(frozen=True)
class Gram(Atom):
    """``E<left, right>`` of two basis vectors, in an order fixed by :func:`inner`."""

    left: Basis
    right: Basis

    def substitute(self, images: Mapping[Basis, Vector]) -> Expression:
        return inner(self.left.substitute(images), self.right.substitute(images))

    def __str__(self) -> str:
        return f"<{self.left},{self.right}>"


@dataclass(frozen=True)
class FunctionValue(Atom):
    """``E f(point)``."""

    function: str
    point: Vector

    def substitute(self, images: Mapping[Basis, Vector]) -> Expression:
        return Function(self.function).value(self.point.substitute(images))

    def __str__(self) -> str:
        return f"{self.function}({self.point!r})"


@dataclass(frozen=True)
class Norm(Atom):
    """A norm of a random vector: ``E||argument||_1``, ``E||argument||_2`` or, of kind ``sup``,
    the least number that ``||argument||_inf`` surely does not exceed.
    """

    kind: Literal["1", "2", "sup"]
    argument: Vector

    def substitute(self, images: Mapping[Basis, Vector]) -> Expression:
        return norm(self.kind, self.argument.substitute(images))

    def __str__(self) -> str:
        return f"||{self.argument!r}||_{self.kind}"


@dataclass(frozen=True, eq=False)
class WorkerValue(Atom):
    """``E f_i(point)`` of a worker drawn at random, by the decomposition ``of`` that it is of."""

    of: Any
    function: str
    point: Vector

    def _origin(self) -> tuple[Hashable, ...]:
        return identity(self.of), self.function, self.point

    def __eq__(self, other: object) -> bool:
        return type(other) is WorkerValue and self._origin() == other._origin()

    def __hash__(self) -> int:
        return hash(self._origin())

    def substitute(self, images: Mapping[Basis, Vector]) -> Expression:
        return Expression({WorkerValue(self.of, self.function, self.point.substitute(images)): 1})

    def __str__(self) -> str:
        return f"{self.function}_i({self.point!r})"


@dataclass(frozen=True)
class PastSteps(Atom):
    """The sum of the expected squared lengths of the last ``count`` steps before this one."""

    count: sp.Expr

    def __str__(self) -> str:
        return f"window[{self.count}]"


@dataclass(frozen=True)
class Infimum(Atom):
    """The infimum of a function (its minimum where one exists)."""

    function: str

    def __str__(self) -> str:
        return f"inf {self.function}"


@dataclass(frozen=True)
class Scalar(Atom):
    """A named scalar quantity, such as a Lyapunov value in an unrolling lemma."""

    name: str
    latex: str
    nonnegative: bool = False

    def __str__(self) -> str:
        return self.name


class Expression:
    """A linear combination of atoms with rational coefficients in the parameters."""

    __slots__ = ("coefficients",)
    coefficients: Mapping[Atom, sp.Expr]

    def __init__(self, coefficients: Mapping[Atom, Any]) -> None:
        read = ((atom, sp.sympify(value)) for atom, value in coefficients.items())
        kept = MappingProxyType({atom: value for atom, value in read if value != 0})
        object.__setattr__(self, "coefficients", kept)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"an expression stays as it was made: {name} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        return Expression, (dict(self.coefficients),)

    def _combined(self, other: Expression, factor: int) -> Expression:
        total = dict(self.coefficients)
        for atom, coefficient in other.coefficients.items():
            total[atom] = total.get(atom, sp.S.Zero) + factor * coefficient
        return Expression(total)

    def __add__(self, other: Expression) -> Expression:
        return self._combined(other, 1) if isinstance(other, Expression) else NotImplemented

    def __sub__(self, other: Expression) -> Expression:
        return self._combined(other, -1) if isinstance(other, Expression) else NotImplemented

    def __neg__(self) -> Expression:
        return self * -1

    def __mul__(self, factor: Any) -> Expression:
        if isinstance(factor, Expression):
            return NotImplemented
        value = sp.sympify(factor)
        return Expression({atom: value * c for atom, c in self.coefficients.items()})

    __rmul__ = __mul__

    def substitute(self, images: Mapping[Basis, Vector]) -> Expression:
        """Return the expression with basis vectors replaced everywhere, points included."""
        total = Expression({})
        for atom, coefficient in self.coefficients.items():
            total = total + coefficient * atom.substitute(images)
        return total

    def expanded(self) -> Expression:
        """Return the same expression with canonical coefficients; zero exactly when it is empty."""
        return Expression({atom: canonical(c) for atom, c in self.coefficients.items()})

    def items(self) -> Iterator[tuple[Atom, sp.Expr]]:
        return iter(self.coefficients.items())

    def __repr__(self) -> str:
        return " + ".join(f"({c})*{atom}" for atom, c in self.coefficients.items()) or "0"


def constant(value: Any) -> Expression:
    """Return a constant (an expression of the parameters alone) as an :class:`Expression`."""
    return Expression({One(): value})


def scalar(name: str, latex: str, nonnegative: bool = False) -> Expression:
    """Return a named scalar quantity as an :class:`Expression`."""
    return Expression({Scalar(name, latex, nonnegative): 1})


def _expectation_vanishes(left: Basis, right: Basis) -> bool:
    return left.centred(right) or right.centred(left)


def inner(left: Vector, right: Vector) -> Expression:
    """``E<left, right>``, expanded by bilinearity; terms that vanish by the tower rule dropped."""
    total: dict[Atom, sp.Expr] = {}
    for a, ca in left.coefficients.items():
        for b, cb in right.coefficients.items():
            if a != b and _expectation_vanishes(a, b):
                continue
            first, second = sorted((a, b), key=lambda basis: (basis.stage, basis.order))
            atom = Gram(first, second)
            total[atom] = total.get(atom, sp.S.Zero) + ca * cb
    return Expression(total)


def norm2(argument: Vector) -> Expression:
    """``E||argument||^2``."""
    return inner(argument, argument)


def norm(kind: Literal["1", "2", "sup"], argument: Vector) -> Expression:
    """Return a norm of a random vector, see :class:`Norm`; ``u`` and ``-u`` have the same."""
    if not argument.coefficients:
        return Expression({})
    first = min(argument.coefficients, key=lambda basis: basis.order)
    if argument.coefficients[first].could_extract_minus_sign():
        argument = -argument
    return Expression({Norm(kind, argument): 1})


def norm1(argument: Vector) -> Expression:
    """``E||argument||_1``."""
    return norm("1", argument)


@dataclass(frozen=True)
class Function:
    """An objective: its values, gradients and infimum as atoms and basis vectors."""

    name: str

    def value(self, point: Vector) -> Expression:
        """``E f(point)``."""
        return Expression({FunctionValue(self.name, point): 1})

    @property
    def infimum(self) -> Expression:
        """``inf f``."""
        return Expression({Infimum(self.name): 1})

    @property
    def minimiser(self) -> Vector:
        """A point at which f is least, where an assumption says that there is one."""
        return Vector({MinimiserOf(f"argmin_{self.name}", r"x_\star", function=self.name): 1})

    def gradient(self, point: Vector) -> Vector:
        """Return the gradient at ``point``: known as soon as the point is."""
        return gradient_at(self.name, point)


@dataclass(frozen=True)
class SquaredNorm:
    """``||argument||^2`` as a quantity that is non-negative by what it is."""

    argument: Vector

    @property
    def expression(self) -> Expression:
        return norm2(self.argument)


@dataclass(frozen=True)
class Gap:
    """``f(point) - inf f``: non-negative because the infimum is a lower bound."""

    function: Function
    point: Vector

    @property
    def expression(self) -> Expression:
        return self.function.value(self.point) - self.function.infimum
