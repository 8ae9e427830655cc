"""Nothing but the kernel's own objects may stand in a proof.

A subclass could answer differently each time it is asked, and a basis vector could be made that
looks like a gradient but is not one. So types are compared exactly, and gradients are made again.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

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
    Projected,
    Scalar,
    SignOf,
    UnitOf,
    Vector,
)

__all__ = ["require_expression", "require_function", "require_vector", "same"]


def require_function(function: Any) -> Function:
    """The function itself; raises :class:`ProofError` for anything but a :class:`Function`."""
    if type(function) is not Function or type(function.name) is not str:
        raise ProofError(f"{function!r} is not a function of the kernel")
    return function


def require_vector(vector: Any) -> Vector:
    """The vector itself; raises :class:`ProofError` for what only looks like one."""
    if type(vector) is not Vector:
        raise ProofError(f"{vector!r} is not a vector of the kernel")
    for basis in vector.coefficients:
        _require_basis(basis)
    return vector


def require_expression(expression: Any) -> Expression:
    """The expression itself; raises :class:`ProofError` for what only looks like one."""
    if type(expression) is not Expression:
        raise ProofError(f"{expression!r} is not an expression of the kernel")
    for atom in expression.coefficients:
        if type(atom) is Gram:
            _require_basis(atom.left)
            _require_basis(atom.right)
        elif type(atom) is FunctionValue:
            require_vector(atom.point)
        elif type(atom) is Norm and atom.kind in ("1", "2", "sup"):
            require_vector(atom.argument)
        elif type(atom) not in (One, Infimum, Scalar):
            raise ProofError(f"{atom} is not a quantity of the kernel")
    return expression


def same(first: Any, second: Any) -> bool:
    """Whether they are of one type and alike in every field: no ``==`` of an author is asked."""
    if type(first) is not type(second):
        return False
    if is_dataclass(first):
        names = [entry.name for entry in fields(first)]
        return all(same(getattr(first, name), getattr(second, name)) for name in names)
    if type(first) is tuple:
        return len(first) == len(second) and all(map(same, first, second))
    plain = isinstance(first, sp.Expr) or type(first) is str
    return first is second or (plain and bool(first == second))


# What may stand in a field of a basis vector.
_PLAIN = (str, int, bool, type(None))


def _require_basis(basis: Basis) -> None:
    for entry in fields(basis):
        value = getattr(basis, entry.name)
        if not (type(value) in (*_PLAIN, Vector) or isinstance(value, sp.Expr | Basis)):
            raise ProofError(f"{value!r} is no part of a basis vector")
        if type(value) is Vector:
            require_vector(value)
    if type(basis) is DrawnAt and basis.deviation and basis.point and basis.point.of_workers:
        raise ProofError(f"{basis} is the deviation of workers who are not at one point")
    if type(basis) in (Basis, DrawnAt, Own):
        return
    if type(basis) is MinimiserOf:
        if basis not in Function(basis.function).minimiser.coefficients:
            raise ProofError(f"{basis} is not the minimiser of {basis.function}")
        return
    if type(basis) is SignOf:
        if basis not in require_vector(basis.argument).sign().coefficients:
            raise ProofError(f"{basis} is not the sign of its argument")
        return
    if type(basis) is UnitOf:
        if basis not in require_vector(basis.argument).unit().coefficients:
            raise ProofError(f"{basis} is not the direction of its argument")
        return
    if type(basis) is Projected:
        if basis not in require_vector(basis.argument).projected(basis.radius).coefficients:
            raise ProofError(f"{basis} is not the projection of its argument")
        return
    if type(basis) is MeanOf:
        of = basis.of
        if of is None or basis not in require_vector(Vector({of: 1})).mean().coefficients:
            raise ProofError(f"{basis} is not the mean of what it says")
        return
    if type(basis) is not GradientAt:
        raise ProofError(f"{basis} is not a basis vector of the kernel")
    point = require_vector(basis.point)
    if basis not in Function(basis.function).gradient(point).coefficients:
        raise ProofError(f"{basis} is not the gradient of {basis.function} at its point")
