"""Nothing but the kernel's own objects may stand in a proof: what is given is made again.

A subclass could answer differently each time it is asked, an object be changed after it was looked
at, and a basis vector be made that looks like a gradient but is not one. So every part is read
once, its type compared exactly, and a new one made of numbers, names and symbols, by the kernel's
own rules.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any, TypeVar, cast

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import (
    Basis,
    DrawnAt,
    Expression,
    Function,
    FunctionValue,
    GradientAt,
    Gram,
    Infimum,
    MeanOf,
    MinimiserOf,
    Norm,
    One,
    Own,
    PastSteps,
    Projected,
    Scalar,
    SignOf,
    UnitOf,
    Vector,
    WorkerValue,
)
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.vectors import Asked, identity, of_kernel

_NUMBERS = (
    sp.Integer,
    sp.Rational,
    type(sp.S.Half),
    type(sp.S.Zero),
    type(sp.S.One),
    type(sp.S.NegativeOne),
)
T = TypeVar("T")


def same(first: Any, second: Any) -> bool:
    """Return whether they are alike in every part; foreign objects are the same as themselves.

    No ``==`` of an author is asked.
    """
    return identity(first) == identity(second)


# -- formulas and text -----------------------------------------------------------------------


def require_plain(value: Any, kind: type[T], what: str) -> T:
    """Return the value; raises :class:`ProofError` unless it is of exactly that type."""
    if type(value) is not kind:
        raise ProofError(f"{what} is a {type(value).__name__}, not a {kind.__name__}")
    return value


def require_formula(value: Any, functions: tuple[type, ...] = ()) -> sp.Expr:
    """Return the formula made again of real symbols and rational numbers.

    Powers have rational exponents; ``functions`` are SymPy's that it may hold besides. Raises
    :class:`ProofError` for anything else: a subclass of a SymPy class, a float, another symbol.
    """
    kind = type(value)
    if kind is int:
        return sp.Integer(value)
    if kind is sp.Symbol:
        return _symbol(value)
    if kind in _NUMBERS:
        p, q = value.p, value.q
        return sp.Rational(require_plain(p, int, "a part"), require_plain(q, int, "a part"))
    if kind in (sp.Add, sp.Mul, *functions):
        return kind(*(require_formula(part, functions) for part in value.args))
    if kind is sp.Pow:
        base, exponent = (require_formula(part, functions) for part in value.args)
        if type(exponent) not in _NUMBERS:
            raise ProofError(f"{value} is not a rational function of the parameters")
        return base**exponent
    if isinstance(value, sp.Expr) and kind.__module__.startswith("sympy.") and value.is_infinite:
        raise ProofError("division by a quantity that is zero")
    raise ProofError(f"{_shown(value)} is a {kind.__name__}, which no formula is made of")


def _symbol(symbol: sp.Symbol) -> sp.Symbol:
    name = require_plain(symbol.name, str, "the name of a symbol")
    made = sp.Symbol(name, real=True)
    if made.name != name or made != symbol:
        raise ProofError(f"the symbol {name} must be declared real, and no more than that")
    return made


def _shown(value: Any) -> str:
    # The author's own way to write it is not asked for where it might answer otherwise.
    return f"a value of class {type(value).__name__}" if not isinstance(value, str) else repr(value)


def require_condition(condition: Any) -> Condition:
    """Return the condition made again; raises :class:`ProofError` for another object."""
    require_plain(condition, Condition, "what should be a condition")
    require_own(condition)
    return Condition(
        require_formula(condition.left),
        require_formula(condition.right),
        require_plain(condition.strict, bool, "strictness"),
        require_plain(condition.meaning, str, "the meaning of a condition"),
    )


def require_own(thing: Any) -> None:
    """Raise :class:`ProofError` for an object that carries anything beside its fields.

    What stands in its dictionary would be found before the methods of its class.
    """
    assert is_dataclass(thing)
    extra = set(vars(thing)) - {entry.name for entry in fields(thing)}
    if extra:
        told = ", ".join(sorted(map(str, extra)))
        raise ProofError(f"a {type(thing).__name__} carries {told} beside what it is made of")


# -- vectors -----------------------------------------------------------------------------------


def require_function(function: Any) -> Function:
    """Return the function; raises :class:`ProofError` for anything but a :class:`Function`."""
    if type(function) is not Function or type(function.name) is not str:
        raise ProofError(f"{_shown(function)} is not a function of the kernel")
    require_own(function)
    if not function.name.isidentifier():
        raise ProofError(f"{function.name!r} is not the name of a function")
    return Function(function.name)


def require_vector(vector: Any) -> Vector:
    """Return the vector made again; raises :class:`ProofError` for what only looks like one."""
    if type(vector) is not Vector:
        raise ProofError(f"{_shown(vector)} is not a vector of the kernel")
    total = Vector({})
    for basis, coefficient in dict(vector.coefficients).items():
        total = total + require_formula(coefficient) * Vector({_basis(basis): 1})
    return total


def require_expression(expression: Any) -> Expression:
    """Return the expression made again; raises :class:`ProofError` for what only looks like one."""
    if type(expression) is not Expression:
        raise ProofError(f"{_shown(expression)} is not an expression of the kernel")
    made: dict[Any, sp.Expr] = {}
    for atom, coefficient in dict(expression.coefficients).items():
        again = _atom(atom)
        made[again] = made.get(again, sp.S.Zero) + require_formula(coefficient)
    return Expression(made)


def _atom(atom: Any) -> Any:
    kind = type(atom)
    if kind is Gram:
        return Gram(_basis(atom.left), _basis(atom.right))
    if kind is FunctionValue:
        return FunctionValue(require_function(Function(atom.function)).name, _at(atom.point))
    if kind is Norm and atom.kind in ("1", "2", "sup"):
        return Norm(atom.kind, _at(atom.argument))
    if kind is One:
        return One()
    if kind is Infimum:
        return Infimum(require_function(Function(atom.function)).name)
    if kind is Scalar:
        name, latex = (require_plain(t, str, "a name") for t in (atom.name, atom.latex))
        return Scalar(name, latex, require_plain(atom.nonnegative, bool, "a sign"))
    if kind is PastSteps:
        return PastSteps(require_formula(atom.count))
    if kind is WorkerValue:
        name = require_function(Function(atom.function)).name
        return WorkerValue(require_part(atom.of), name, _at(atom.point))
    raise ProofError(f"a {kind.__name__} is not a quantity of the kernel")


def _at(point: Any) -> Vector:
    return require_vector(point)


def _basis(basis: Any) -> Basis:
    """Return the basis vector made again from what it is of."""
    kind = type(basis)
    if kind in (Basis, Own):
        name, latex, role = (
            require_plain(t, str, "a name") for t in (basis.name, basis.latex, basis.role)
        )
        stage = require_plain(basis.stage, int, "a stage")
        centred = require_plain(basis.zero_mean, bool, "what says that the mean is zero")
        return cast(Basis, kind(name, latex, stage, centred, role))
    made = _made_again(basis, kind)
    for again in made.coefficients:
        if again == basis:
            return again
    raise ProofError(f"{basis.name} is not what it is called")


def _made_again(basis: Any, kind: type) -> Vector:
    if kind is DrawnAt:
        return _drawn(basis)
    if kind is GradientAt:
        return require_function(Function(basis.function)).gradient(_at(basis.point))
    if kind is MinimiserOf:
        return require_function(Function(basis.function)).minimiser
    if kind is SignOf:
        return _at(basis.argument).sign()
    if kind is UnitOf:
        return _at(basis.argument).unit()
    if kind is Projected:
        return _at(basis.argument).projected(require_formula(basis.radius))
    if kind is MeanOf:
        return Vector({_basis(basis.of): 1}).mean()
    if kind is Asked:
        radius = None if basis.radius is None else require_formula(basis.radius)
        what = require_plain(basis.what, str, "what is asked for")
        return Asked.make(what, _at(basis.argument), radius, own=bool(basis.own))
    raise ProofError(f"a {kind.__name__} is not a basis vector of the kernel")


def _drawn(basis: DrawnAt) -> Vector:
    """Return what its source makes at the same vectors."""
    source = require_part(basis.source)
    arguments = tuple(
        require_vector(a) if isinstance(a, Vector) else require_formula(a) for a in basis.arguments
    )
    what = require_plain(basis.what, str, "what is drawn")
    if of_kernel(type(source)):
        # Its own method makes it, with the stage and the mean that belong to it.
        found = getattr(type(source), what, None)
        if found is None or what.startswith("_"):
            raise ProofError(f"a {type(source).__name__} makes no {what}")
        made = found(source, *arguments)
        if type(made) is not Vector:
            raise ProofError(f"the {what} of a {type(source).__name__} is no vector")
        return made
    label, latex = (require_plain(t, str, "a name") for t in (basis.label, basis.latex))
    stage = require_plain(basis.stage, int, "a stage")
    worker = None if basis.worker is None else require_part(basis.worker)
    latest = max((a.stage for a in arguments if isinstance(a, Vector)), default=0)
    return DrawnAt.make(
        source,
        what,
        label,
        latex,
        arguments,
        after=stage - latest,
        zero_mean=require_plain(basis.zero_mean, bool, "what says that the mean is zero"),
        worker=worker,
        deviation=require_plain(basis.deviation, bool, "a deviation"),
    )


# -- assumptions -------------------------------------------------------------------------------


def require_part(thing: Any) -> Any:
    """Return an assumption, or a part of one, made again; what is foreign stays what it is.

    Raises :class:`ProofError` for an object of the kernel's classes that carries more than its
    fields, or holds in them what is no part of an assumption.
    """
    kind = type(thing)
    if kind is Function:
        return require_function(thing)
    if kind in (str, bool, type(None)):
        return thing
    if kind is int or isinstance(thing, sp.Basic):
        return require_formula(thing)
    if kind in (tuple, list):
        return tuple(map(require_part, thing))
    if kind in (dict, MappingProxyType):
        items = dict(thing).items()
        return MappingProxyType({require_part(key): require_part(one) for key, one in items})
    if of_kernel(kind) and is_dataclass(thing):
        require_own(thing)
        parts = {entry.name: getattr(thing, entry.name) for entry in fields(thing)}
        for name, part in parts.items():
            if not _is_part(part):
                raise ProofError(f"the {name} of a {kind.__name__} is {_shown(part)}")
        return kind(**{name: require_part(part) for name, part in parts.items()})
    return thing


def _is_part(thing: Any) -> bool:
    """Return whether it may stand in a field of the kernel's objects."""
    plain = (str, int, bool, type(None), tuple, list, dict, MappingProxyType, Function)
    if type(thing) in plain or isinstance(thing, sp.Basic) or callable(thing):
        return True
    # What workers an author's own class describes is the author's to say, and is named as such.
    return is_dataclass(thing)
