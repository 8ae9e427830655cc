"""Abstract vectors: finite linear combinations of basis vectors.

Orthogonality is never declared for a pair. Each basis vector carries the stage at which it becomes
known and whether it has mean zero given everything known earlier; ``E<z, u> = 0`` then follows for
a zero-mean ``z`` and a ``u`` known before it, and never for ``E<z, z>``.

Vectors of workers are those of one worker, drawn at random once and for all: a deviation from the
mean over workers has mean zero given what the server knows, not given what that worker does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import sympy as sp

__all__ = [
    "Basis",
    "DrawnAt",
    "GradientAt",
    "MeanOf",
    "MinimiserOf",
    "Own",
    "Projected",
    "SignOf",
    "UnitOf",
    "Vector",
    "canonical",
    "gradient_at",
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

    @property
    def of_workers(self) -> bool:
        """Whether every worker has one of its own."""
        return False

    def centred(self, known: Basis) -> bool:
        """Whether it has mean zero given the other one."""
        return self.zero_mean and known.stage < self.stage

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

    @property
    def of_workers(self) -> bool:
        """As its point is."""
        return self.point is not None and self.point.of_workers

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """The gradient at the point as it is after the replacement."""
        assert self.point is not None
        return gradient_at(self.function, self.point.substitute(images))


@dataclass(frozen=True)
class DrawnAt(Basis):
    """What an oracle adds at a point: one basis vector for each point, whatever it is called.

    ``worker`` says that every worker draws its own. A worker's ``deviation`` is what its gradient
    has beyond the mean over the workers, at a point of the server.
    """

    point: Vector | None = None
    deviation: bool = False
    worker: bool = False

    @property
    def of_workers(self) -> bool:
        """As it says."""
        return self.worker or self.deviation

    def centred(self, known: Basis) -> bool:
        """A deviation is, given what no worker has of its own."""
        return super().centred(known) and not (self.deviation and known.of_workers)

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """What is drawn at the point as it is after the replacement."""
        if self.point is None:
            return Vector({self: 1})
        moved = self.point.substitute(images)
        if moved == self.point:
            return Vector({self: 1})
        name = self.name.replace(repr(self.point), repr(moved))
        stage = self.stage - self.point.stage + moved.stage
        return Vector({replace(self, name=name, stage=stage, point=moved): 1})


@dataclass(frozen=True)
class Own(Basis):
    """A vector that every worker has of its own: that of a worker drawn at random."""

    @property
    def of_workers(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True)
class Projected(Basis):
    """A worker's vector with its coordinates cut to ``[-radius, radius]``."""

    argument: Vector | None = None
    radius: sp.Expr = sp.S.One

    @property
    def of_workers(self) -> bool:
        """As its argument is."""
        return self.argument is not None and self.argument.of_workers

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """The projection of the argument as it is after the replacement."""
        assert self.argument is not None
        return self.argument.substitute(images).projected(self.radius)


@dataclass(frozen=True)
class SignOf(Basis):
    """The vector of the signs of another one, with ``sign(0) = 0``: known as soon as that is."""

    argument: Vector | None = None

    @property
    def of_workers(self) -> bool:
        """As its argument is."""
        return self.argument is not None and self.argument.of_workers

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """The signs of the argument as it is after the replacement."""
        assert self.argument is not None
        return self.argument.substitute(images).sign()


@dataclass(frozen=True)
class UnitOf(Basis):
    """``argument / ||argument||_2``, and 0 where that vanishes: known as soon as the argument."""

    argument: Vector | None = None

    @property
    def of_workers(self) -> bool:
        """As its argument is."""
        return self.argument is not None and self.argument.of_workers

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """The direction of the argument as it is after the replacement."""
        assert self.argument is not None
        return self.argument.substitute(images).unit()


@dataclass(frozen=True)
class MinimiserOf(Basis):
    """A point where a function is least: the same at every step."""

    function: str = ""


@dataclass(frozen=True)
class MeanOf(Basis):
    """The mean over workers of a vector that each has: it belongs to none of them."""

    of: Basis | None = None

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """The mean of what becomes of the workers' vectors."""
        assert self.of is not None
        return self.of.substitute(images).mean()


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

    @property
    def of_workers(self) -> bool:
        """Whether every worker has one of its own."""
        return any(basis.of_workers for basis in self.coefficients)

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

    def unit(self) -> Vector:
        """The direction: the vector over its Euclidean norm, and 0 where that vanishes."""
        name, symbol = f"unit[{self!r}]", r"u"
        return Vector({UnitOf(name, symbol, self.stage, False, argument=self): 1})

    def projected(self, radius: sp.Expr) -> Vector:
        """The coordinates cut to ``[-radius, radius]``."""
        name, symbol = f"projected[{self!r}, {radius}]", r"\Pi(\cdot)"
        basis = Projected(name, symbol, self.stage, False, argument=self, radius=radius)
        return Vector({basis: 1})

    def mean(self) -> Vector:
        """The mean over the workers: linear, zero for the deviations, and the server's own vectors.

        What the workers brought into the step is known from its beginning; what they draw in it
        is independent of that, and so is its mean.
        """
        total = Vector({})
        for basis, weight in self.coefficients.items():
            if isinstance(basis, DrawnAt) and basis.deviation:
                continue
            if basis.of_workers:
                stage = 0 if isinstance(basis, Own) else basis.stage
                symbol = rf"\overline{{{basis.latex}}}"
                mean = MeanOf(f"mean({basis.name})", symbol, stage, basis.zero_mean, of=basis)
                total = total + weight * Vector({mean: 1})
            else:
                total = total + weight * Vector({basis: 1})
        return total

    def __repr__(self) -> str:
        # In the order of names, so that equal vectors read alike (gradients are named by points).
        items = sorted(self.coefficients.items(), key=lambda item: item[0].name)
        return " + ".join(f"({c})*{basis}" for basis, c in items) or "0"


def vector(name: str, latex: str, stage: int = 0, zero_mean: bool = False) -> Vector:
    """A fresh basis vector as a :class:`Vector`."""
    return Vector({Basis(name, latex, stage, zero_mean): 1})


def gradient_at(function: str, point: Vector) -> Vector:
    """The gradient of the function of that name at ``point``: known as soon as the point is."""
    name, latex = f"grad_{function}[{point!r}]", rf"\nabla {function}"
    basis = GradientAt(name, latex, point.stage, False, function=function, point=point)
    return Vector({basis: 1})
