"""Nothing but the kernel's own objects may stand in a proof.

A subclass could answer differently each time it is asked, and a basis vector could be made that
looks like a gradient but is not one. So types are compared exactly, and gradients are made again.
"""

from __future__ import annotations

from typing import Any

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
    Norm1,
    One,
    Scalar,
    SignOf,
    Vector,
)

__all__ = ["require_expression", "require_function", "require_vector"]


def require_function(function: Any) -> Function:
    """The function itself; raises :class:`ProofError` for anything but a :class:`Function`."""
    if type(function) is not Function:
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
        elif type(atom) is Norm1:
            require_vector(atom.argument)
        elif type(atom) not in (One, Infimum, Scalar):
            raise ProofError(f"{atom} is not a quantity of the kernel")
    return expression


def _require_basis(basis: Basis) -> None:
    if type(basis) is Basis or type(basis) is DrawnAt:
        return
    if type(basis) is MinimiserOf:
        if basis not in Function(basis.function).minimiser.coefficients:
            raise ProofError(f"{basis} is not the minimiser of {basis.function}")
        return
    if type(basis) is SignOf:
        argument = require_vector(basis.argument)
        if basis not in argument.sign().coefficients:
            raise ProofError(f"{basis} is not the sign of its argument")
        return
    if type(basis) is MeanOf:
        same = type(basis.of) is DrawnAt and (basis.of.stage, basis.of.zero_mean) == (
            basis.stage,
            basis.zero_mean,
        )
        if not same:
            raise ProofError(f"{basis} is not the mean of what it says")
        return
    if type(basis) is not GradientAt:
        raise ProofError(f"{basis} is not a basis vector of the kernel")
    point = require_vector(basis.point)
    if basis not in Function(basis.function).gradient(point).coefficients:
        raise ProofError(f"{basis} is not the gradient of {basis.function} at its point")
