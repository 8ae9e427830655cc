"""Abstract vectors and the expressions a proof is made of.

A :class:`Vector` is a finite linear combination of basis vectors. An :class:`Expression` is linear
in *atoms*: expected inner products ``E<u, v>`` of basis vectors, function values, infima and named
scalars; its coefficients are rational functions of the parameters (SymPy expressions).

Orthogonality is never declared for a pair. Each basis vector carries the stage at which it becomes
known and whether it has mean zero given everything known earlier; ``E<z, u> = 0`` then follows for
a zero-mean ``z`` and a ``u`` known before it, and never for ``E<z, z>``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sympy as sp

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
    "Norm1",
    "One",
    "Scalar",
    "SignOf",
    "SquaredNorm",
    "Vector",
    "constant",
    "inner",
    "norm1",
    "norm2",
    "scalar",
    "vector",
]


def canonical(coefficient: Any) -> sp.Expr:
    """The coefficient in a form in which equal rational functions are equal objects."""
    expression = sp.sympify(coefficient)
    if not isinstance(expression, sp.Expr):
        raise TypeError(f"{coefficient!r} is not a scalar")
    expanded = sp.expand(expression)
    if not any(power.exp.is_negative for power in expanded.atoms(sp.Pow)):
        return expanded
    # Fractions in fractions first: cancel alone leaves some of them standing.
    return sp.cancel(sp.together(expanded, deep=True))


@dataclass(frozen=True)
class Basis:
    """A basis vector.

    ``stage`` is when it becomes known: 0 is the past, up to the current iterate; 1 is drawn after
    it, and so on. ``zero_mean`` says that its expectation given everything of an earlier stage
    is zero.
    """

    name: str
    latex: str
    stage: int = 0
    zero_mean: bool = False

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """What becomes of the vector when basis vectors are replaced."""
        return images.get(self, Vector({self: 1}))

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class GradientAt(Basis):
    """The gradient of a function at a point: one basis vector for each point."""

    function: str = ""
    point: Vector | None = None

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """The gradient at the point as it is after the replacement."""
        assert self.point is not None
        return Function(self.function).gradient(self.point.substitute(images))


@dataclass(frozen=True)
class DrawnAt(Basis):
    """What an oracle adds at a point: one basis vector for each point, whatever it is called."""

    point: Vector | None = None


@dataclass(frozen=True)
class SignOf(Basis):
    """The vector of the signs of another one, with ``sign(0) = 0``: known as soon as that is."""

    argument: Vector | None = None

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """The signs of the argument as it is after the replacement."""
        assert self.argument is not None
        return self.argument.substitute(images).sign()


@dataclass(frozen=True)
class MinimiserOf(Basis):
    """A point where a function is least: the same at every step."""

    function: str = ""


@dataclass(frozen=True)
class MeanOf(Basis):
    """The mean over workers of a vector that each has: it belongs to none of them."""

    of: DrawnAt | None = None


class Vector:
    """A linear combination of basis vectors with rational coefficients in the parameters."""

    __slots__ = ("_hash", "coefficients")

    def __init__(self, coefficients: Mapping[Basis, Any]) -> None:
        canon = {basis: canonical(value) for basis, value in coefficients.items()}
        self.coefficients: Mapping[Basis, sp.Expr] = MappingProxyType(
            {b: c for b, c in canon.items() if c != 0}
        )
        self._hash = hash(frozenset(self.coefficients.items()))

    @property
    def stage(self) -> int:
        """The stage at which the whole vector is known."""
        return max((basis.stage for basis in self.coefficients), default=0)

    def _combined(self, other: Vector, factor: int) -> Vector:
        total = dict(self.coefficients)
        for basis, coefficient in other.coefficients.items():
            total[basis] = total.get(basis, sp.S.Zero) + factor * coefficient
        return Vector(total)

    def __add__(self, other: Vector) -> Vector:
        return self._combined(other, 1) if isinstance(other, Vector) else NotImplemented

    def __sub__(self, other: Vector) -> Vector:
        return self._combined(other, -1) if isinstance(other, Vector) else NotImplemented

    def __neg__(self) -> Vector:
        return self * -1

    def __mul__(self, factor: Any) -> Vector:
        if isinstance(factor, Vector):
            return NotImplemented
        value = sp.sympify(factor)
        return Vector({basis: value * c for basis, c in self.coefficients.items()})

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Vector:
        return self * (1 / sp.sympify(divisor))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vector) and self.coefficients == other.coefficients

    def __hash__(self) -> int:
        return self._hash

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """The vector with basis vectors replaced, also in the points at which gradients are."""
        total = Vector({})
        for basis, coefficient in self.coefficients.items():
            total = total + coefficient * basis.substitute(images)
        return total

    def sign(self) -> Vector:
        """The signs of its coordinates, with ``sign(0) = 0``."""
        symbol = r"\mathrm{sign}(\cdot)"
        if len(self.coefficients) == 1:
            (basis,) = self.coefficients
            if self.coefficients[basis] == 1:
                symbol = rf"\mathrm{{sign}}({basis.latex})"
        return Vector({SignOf(f"sign[{self!r}]", symbol, self.stage, False, argument=self): 1})

    def __repr__(self) -> str:
        # In the order of names, so that equal vectors read alike (gradients are named by points).
        items = sorted(self.coefficients.items(), key=lambda item: item[0].name)
        return " + ".join(f"({c})*{basis}" for basis, c in items) or "0"


def vector(name: str, latex: str, stage: int = 0, zero_mean: bool = False) -> Vector:
    """A fresh basis vector as a :class:`Vector`."""
    return Vector({Basis(name, latex, stage, zero_mean): 1})


@dataclass(frozen=True)
class Atom:
    """What an expression is linear in."""

    def substitute(self, images: Mapping[Basis, Vector]) -> Expression:
        """What becomes of the atom when basis vectors are replaced."""
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
class Norm1(Atom):
    """``E||argument||_1``."""

    argument: Vector

    def substitute(self, images: Mapping[Basis, Vector]) -> Expression:
        return norm1(self.argument.substitute(images))

    def __str__(self) -> str:
        return f"||{self.argument!r}||_1"


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

    def __init__(self, coefficients: Mapping[Atom, Any]) -> None:
        read = ((atom, sp.sympify(value)) for atom, value in coefficients.items())
        self.coefficients: Mapping[Atom, sp.Expr] = MappingProxyType(
            {atom: value for atom, value in read if value != 0}
        )

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
        """The expression with basis vectors replaced everywhere, points included."""
        total = Expression({})
        for atom, coefficient in self.coefficients.items():
            total = total + coefficient * atom.substitute(images)
        return total

    def expanded(self) -> Expression:
        """The same expression with canonical coefficients; zero exactly when it is empty."""
        return Expression({atom: canonical(c) for atom, c in self.coefficients.items()})

    def items(self) -> Iterator[tuple[Atom, sp.Expr]]:
        return iter(self.coefficients.items())

    def __repr__(self) -> str:
        return " + ".join(f"({c})*{atom}" for atom, c in self.coefficients.items()) or "0"


def constant(value: Any) -> Expression:
    """A constant (an expression of the parameters alone) as an :class:`Expression`."""
    return Expression({One(): value})


def scalar(name: str, latex: str, nonnegative: bool = False) -> Expression:
    """A named scalar quantity as an :class:`Expression`."""
    return Expression({Scalar(name, latex, nonnegative): 1})


def _expectation_vanishes(left: Basis, right: Basis) -> bool:
    return (left.zero_mean and right.stage < left.stage) or (
        right.zero_mean and left.stage < right.stage
    )


def inner(left: Vector, right: Vector) -> Expression:
    """``E<left, right>``, expanded by bilinearity; terms that vanish by the tower rule dropped."""
    total: dict[Atom, sp.Expr] = {}
    for a, ca in left.coefficients.items():
        for b, cb in right.coefficients.items():
            if a != b and _expectation_vanishes(a, b):
                continue
            first, second = sorted((a, b), key=lambda basis: (basis.stage, basis.name))
            atom = Gram(first, second)
            total[atom] = total.get(atom, sp.S.Zero) + ca * cb
    return Expression(total)


def norm2(argument: Vector) -> Expression:
    """``E||argument||^2``."""
    return inner(argument, argument)


def norm1(argument: Vector) -> Expression:
    """``E||argument||_1``."""
    return Expression({Norm1(argument): 1})


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
        """The gradient at ``point``: known as soon as the point is."""
        name = f"grad_{self.name}[{point!r}]"
        latex = rf"\nabla {self.name}"
        return Vector(
            {GradientAt(name, latex, point.stage, False, function=self.name, point=point): 1}
        )


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
