"""Abstract vectors: finite linear combinations of basis vectors.

Orthogonality is never declared for a pair. Each basis vector carries the stage at which it becomes
known and whether it has mean zero given everything known earlier; ``E<z, u> = 0`` then follows for
a zero-mean ``z`` and a ``u`` known before it, and never for ``E<z, z>``.

Vectors of workers are those of one worker, drawn at random once and for all: a deviation from the
mean over workers has mean zero given what the server knows, not given what that worker does.

A basis vector is what it is by its origin, never by its name: a gradient by its function and point,
what an assumption draws by that assumption and the vectors that it is drawn at. Names are for
readers, and for the vectors of a method's state.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, NoReturn

import sympy as sp


def canonical(coefficient: Any) -> sp.Expr:
    """Return the coefficient in a form in which equal rational functions are equal objects."""
    expression = sp.sympify(coefficient)
    if not isinstance(expression, sp.Expr):
        raise TypeError(f"{coefficient!r} is not a scalar")
    expanded = sp.expand(expression)
    if not any(power.exp.is_negative for power in expanded.atoms(sp.Pow)):
        return expanded
    # Fractions in fractions first: cancel alone leaves some of them standing.
    return sp.cancel(sp.together(expanded, deep=True))


def of_kernel(kind: type) -> bool:
    """Return whether the class is the kernel's own: the attribute of a module of the kernel.

    What a class says of itself (``__module__``) is not enough.
    """
    module = sys.modules.get(str(kind.__module__))
    ours = str(kind.__module__).startswith("boundcalc.kernel.")
    return ours and getattr(module, str(kind.__name__), None) is kind


def identity(thing: Any) -> Hashable:
    """Return what tells an assumption, or a part of one, from all others.

    Objects of the kernel's own classes are the same where they are alike in every part. Anything
    else is the same as itself alone, whatever its ``==`` says.
    """
    if of_kernel(type(thing)) and is_dataclass(thing) and not isinstance(thing, Basis):
        parts = (identity(getattr(thing, entry.name)) for entry in fields(thing))
        return (type(thing), *parts)
    if type(thing) is tuple:
        return ("tuple", *map(identity, thing))
    if type(thing) in (str, int, bool, type(None)):
        return (type(thing).__name__, thing)
    if isinstance(thing, sp.Expr | Vector | Basis):
        return thing
    return (type(thing), id(thing))


@dataclass(frozen=True, eq=False)
class Basis:
    """A basis vector.

    ``stage`` is when it becomes known: 0 is the past, up to the current iterate; 1 is drawn after
    it, and so on. ``zero_mean`` says that its expectation given everything of an earlier stage
    is zero. ``role`` is what a vector with a name is: of a method's state, the first error, ...
    """

    name: str
    latex: str
    stage: int = 0
    zero_mean: bool = False
    role: str = ""

    def __post_init__(self) -> None:
        # The origin holds whole vectors: it is hashed once.
        object.__setattr__(self, "_origin", (*self.origin(), self.stage, self.zero_mean))
        object.__setattr__(self, "_hash", hash((type(self), self._origin)))  # type: ignore[attr-defined]

    def origin(self) -> tuple[Hashable, ...]:
        """Return what makes it this vector and no other of its class."""
        return (self.name, self.role)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(other) is type(self) and self._origin == other._origin  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return self._hash  # type: ignore[attr-defined]

    @property
    def order(self) -> tuple[str, int, int]:
        """Return what basis vectors are sorted by; two that differ may only read alike."""
        return self.name, self.stage, hash(self)

    @property
    def of_workers(self) -> bool:
        """Return whether every worker has one of its own."""
        return False

    @property
    def workers(self) -> frozenset[Hashable]:
        """The decompositions into workers that it speaks of, by their identities."""
        return frozenset()

    def centred(self, known: Basis) -> bool:
        """Return whether it has mean zero given the other one."""
        return self.zero_mean and known.stage < self.stage

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """Return what becomes of the vector when basis vectors are replaced."""
        return images.get(self, Vector({self: 1}))

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class GradientAt(Basis):
    """The gradient of a function at a point: one basis vector for each point."""

    function: str = ""
    point: Vector | None = None

    def origin(self) -> tuple[Hashable, ...]:
        return (self.function, self.point)

    @property
    def of_workers(self) -> bool:
        """As its point is."""
        return self.point is not None and self.point.of_workers

    @property
    def workers(self) -> frozenset[Hashable]:
        return frozenset() if self.point is None else self.point.workers

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """Return the gradient at the point as it is after the replacement."""
        assert self.point is not None
        return gradient_at(self.function, self.point.substitute(images))


@dataclass(frozen=True, eq=False)
class DrawnAt(Basis):
    """What an assumption draws or derives at vectors: one basis vector for each choice of them.

    ``source`` is the assumption, with its function, workers and constants; ``what`` its method that
    makes the vector; ``arguments`` are the vectors (and radii) that it is made at, the first being
    where, and ``label`` what names begin with. ``worker`` is the decomposition into workers of
    which every worker draws its own, None where the server does. A worker's ``deviation`` is what
    its gradient has beyond the mean over the workers, at a point of the server.
    """

    source: Any = None
    what: str = ""
    arguments: tuple[Any, ...] = ()
    worker: Any = None
    deviation: bool = False
    label: str = ""

    def origin(self) -> tuple[Hashable, ...]:
        return (
            identity(self.source),
            self.what,
            identity(self.arguments),
            identity(self.worker),
            self.deviation,
        )

    @property
    def point(self) -> Vector | None:
        """Return where it is drawn."""
        return next((a for a in self.arguments if isinstance(a, Vector)), None)

    @property
    def of_workers(self) -> bool:
        """Return whether each worker draws its own, or it is drawn at what each has of its own."""
        return self.worker is not None or any(
            a.of_workers for a in self.arguments if isinstance(a, Vector)
        )

    @property
    def workers(self) -> frozenset[Hashable]:
        own = frozenset() if self.worker is None else frozenset({identity(self.worker)})
        return own.union(*(a.workers for a in self.arguments if isinstance(a, Vector)))

    def centred(self, known: Basis) -> bool:
        """Return whether it is; a deviation is, given what no worker has of its own."""
        return super().centred(known) and not (self.deviation and known.of_workers)

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """Return what is drawn at the vectors as they are after the replacement."""
        moved = tuple(a.substitute(images) if isinstance(a, Vector) else a for a in self.arguments)
        if moved == self.arguments:
            return Vector({self: 1})
        here, there = _latest(self.arguments), _latest(moved)
        stage = self.stage - here + there
        name = _drawn_name(self.label, moved)
        return Vector({replace(self, name=name, stage=stage, arguments=moved): 1})

    @staticmethod
    def make(
        source: Any,
        what: str,
        label: str,
        latex: str,
        arguments: tuple[Any, ...],
        *,
        after: int = 0,
        zero_mean: bool = False,
        worker: Any = None,
        deviation: bool = False,
    ) -> Vector:
        """Return it as a vector, known ``after`` so many stages from the last of its arguments."""
        stage = _latest(arguments) + after
        name = _drawn_name(label, arguments)
        basis = DrawnAt(
            name, latex, stage, zero_mean, "", source, what, arguments, worker, deviation, label
        )
        return Vector({basis: 1})


def _latest(arguments: tuple[Any, ...]) -> int:
    return max((a.stage for a in arguments if isinstance(a, Vector)), default=0)


def _drawn_name(label: str, arguments: tuple[Any, ...]) -> str:
    shown = ", ".join(repr(a) if isinstance(a, Vector) else str(a) for a in arguments)
    return f"{label}[{shown}]"


@dataclass(frozen=True, eq=False)
class Own(Basis):
    """A vector that every worker has of its own: that of a worker drawn at random."""

    @property
    def of_workers(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True, eq=False)
class _Made(Basis):
    """What becomes of one ``argument``."""

    argument: Vector | None = None

    def origin(self) -> tuple[Hashable, ...]:
        return (self.argument,)

    @property
    def of_workers(self) -> bool:
        """As its argument is."""
        return self.argument is not None and self.argument.of_workers

    @property
    def workers(self) -> frozenset[Hashable]:
        return frozenset() if self.argument is None else self.argument.workers


@dataclass(frozen=True, eq=False)
class Projected(_Made):
    """A worker's vector with its coordinates cut to ``[-radius, radius]``."""

    radius: sp.Expr = sp.S.One

    def origin(self) -> tuple[Hashable, ...]:
        return (self.argument, self.radius)

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """Return the projection of the argument as it is after the replacement."""
        assert self.argument is not None
        return self.argument.substitute(images).projected(self.radius)


@dataclass(frozen=True, eq=False)
class SignOf(_Made):
    """The vector of the signs of another one, with ``sign(0) = 0``: known as soon as that is."""

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """Return the signs of the argument as it is after the replacement."""
        assert self.argument is not None
        return self.argument.substitute(images).sign()


@dataclass(frozen=True, eq=False)
class UnitOf(_Made):
    """``argument / ||argument||_2``, and 0 where that vanishes: known as soon as the argument."""

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """Return the direction of the argument as it is after the replacement."""
        assert self.argument is not None
        return self.argument.substitute(images).unit()


@dataclass(frozen=True, eq=False)
class MinimiserOf(Basis):
    """A point where a function is least: the same at every step."""

    function: str = ""

    def origin(self) -> tuple[Hashable, ...]:
        return (self.function,)


@dataclass(frozen=True, eq=False)
class MeanOf(Basis):
    """The mean over workers of a vector that each has: it belongs to none of them."""

    of: Basis | None = None

    def origin(self) -> tuple[Hashable, ...]:
        return (self.of,)

    @property
    def workers(self) -> frozenset[Hashable]:
        return frozenset() if self.of is None else self.of.workers

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """Return the mean of what becomes of the workers' vectors."""
        assert self.of is not None
        return self.of.substitute(images).mean()


@dataclass(frozen=True, eq=False)
class Asked(_Made):
    """What an update asks for in place of a gradient, before it is known who answers.

    ``what`` names the question (a sample's gradient, the gradient itself, a message, ...), put at
    the ``argument``; ``own`` says that every worker has its own answer.
    """

    what: str = ""
    radius: sp.Expr | None = None
    own: bool = False

    def origin(self) -> tuple[Hashable, ...]:
        return (self.what, self.argument, self.radius, self.own)

    @property
    def of_workers(self) -> bool:
        """As it says."""
        return self.own

    def substitute(self, images: Mapping[Basis, Vector]) -> Vector:
        """Return the answer, or the question as it is after the replacement."""
        if self in images:
            return images[self]
        assert self.argument is not None
        argument = self.argument.substitute(images)
        return Asked.make(self.what, argument, self.radius, own=self.own)

    @staticmethod
    def make(what: str, argument: Vector, radius: sp.Expr | None, *, own: bool) -> Vector:
        """Return the answer as a vector, whose name says what was asked."""
        name = f"{what}[{argument!r}]" if radius is None else f"{what}[{argument!r}, {radius}]"
        basis = Asked(
            name, rf"\mathrm{{{what}}}", argument=argument, what=what, radius=radius, own=own
        )
        return Vector({basis: 1})


class Vector:
    """A linear combination of basis vectors with rational coefficients in the parameters."""

    __slots__ = ("_hash", "coefficients")
    coefficients: Mapping[Basis, sp.Expr]
    _hash: int

    def __init__(self, coefficients: Mapping[Basis, Any]) -> None:
        canon = {basis: canonical(value) for basis, value in coefficients.items()}
        kept = MappingProxyType({b: c for b, c in canon.items() if c != 0})
        object.__setattr__(self, "coefficients", kept)
        object.__setattr__(self, "_hash", hash(frozenset(kept.items())))

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"a vector stays as it was made: {name} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        return Vector, (dict(self.coefficients),)

    @property
    def stage(self) -> int:
        """The stage at which the whole vector is known."""
        return max((basis.stage for basis in self.coefficients), default=0)

    @property
    def of_workers(self) -> bool:
        """Return whether every worker has one of its own."""
        return any(basis.of_workers for basis in self.coefficients)

    @property
    def workers(self) -> frozenset[Hashable]:
        """The decompositions into workers that it speaks of, by their identities."""
        return frozenset().union(*(basis.workers for basis in self.coefficients))

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
        """Return the vector with basis vectors replaced, also in the points at which gradients
        are.
        """
        total = Vector({})
        for basis, coefficient in self.coefficients.items():
            total = total + coefficient * basis.substitute(images)
        return total

    def sign(self) -> Vector:
        """Return the signs of its coordinates, with ``sign(0) = 0``."""
        symbol = r"\mathrm{sign}(\cdot)"
        if len(self.coefficients) == 1:
            (basis,) = self.coefficients
            if self.coefficients[basis] == 1:
                symbol = rf"\mathrm{{sign}}({basis.latex})"
        return Vector({SignOf(f"sign[{self!r}]", symbol, self.stage, argument=self): 1})

    def unit(self) -> Vector:
        """Return the direction: the vector over its Euclidean norm, and 0 where that vanishes."""
        name, symbol = f"unit[{self!r}]", r"u"
        return Vector({UnitOf(name, symbol, self.stage, argument=self): 1})

    def projected(self, radius: sp.Expr) -> Vector:
        """Return the coordinates cut to ``[-radius, radius]``."""
        name, symbol = f"projected[{self!r}, {radius}]", r"\Pi(\cdot)"
        basis = Projected(name, symbol, self.stage, argument=self, radius=radius)
        return Vector({basis: 1})

    def mean(self) -> Vector:
        """Return the mean over the workers: linear, zero for the deviations, and the server's own
        vectors.

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
        # In a fixed order, so that equal vectors read alike.
        items = sorted(self.coefficients.items(), key=lambda item: item[0].order)
        return " + ".join(f"({c})*{basis}" for basis, c in items) or "0"


def vector(
    name: str, latex: str, stage: int = 0, zero_mean: bool = False, role: str = ""
) -> Vector:
    """Return the basis vector of that name and role as a :class:`Vector`."""
    return Vector({Basis(name, latex, stage, zero_mean, role): 1})


def gradient_at(function: str, point: Vector) -> Vector:
    """Return the gradient of the function of that name at ``point``: known as soon as the point
    is.
    """
    name, latex = f"grad_{function}[{point!r}]", rf"\nabla {function}"
    basis = GradientAt(name, latex, point.stage, function=function, point=point)
    return Vector({basis: 1})
