"""A method as a line for ``torch.optim.SGD``, and the start of the average that the line has.

The optimiser keeps ``u_k = m u_{k-1} + (1 - dampening) g_k`` and steps by ``-lr u_k``, but its
first buffer is ``u_0 = g_0``, whatever the dampening. With dampening 0, ``lr = gamma beta`` and
``m = 1 - beta`` the average of the theorems is ``v_k = beta u_k``, so ``v_0 = beta g_0``: it starts
at ``v_{-1} = 0``, and its first error is ``||grad f(x_0)||^2``. With dampening ``1 - beta`` and
``lr = gamma`` it would be ``v_k = u_k``, which starts at the first estimate: ``v_0 = g_0``, as if
``v_{-1} = g_0``. The noise of ``g_0`` is then in the average before the step that adds it, while
the theorems let a step add noise that is independent of the past: only without noise is this a
start that they know.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from boundcalc.errors import ProofError, UsageError
from boundcalc.exact.evaluate import exact
from boundcalc.exact.surd import Surd
from boundcalc.kernel.algebra import Expression, norm2
from boundcalc.kernel.assumptions import Smooth
from boundcalc.kernel.transition import Algorithm
from boundcalc.kernel.vectors import Vector
from boundcalc.model.parameters import GAMMA
from boundcalc.model.starts import start_weights
from boundcalc.model.theorem import Theorem
from boundcalc.solve.values import Values
from numerics.traits import traits

# Estimates of the gradient on which a line and its method are compared, step by step.
_ESTIMATES = (3.0, -5.0, 2.0, 7.0)
_SAME = 1e-9


@dataclass(frozen=True)
class FirstError:
    """A constant that bounds the error of an average of 0, which is that of a line.

    ``value`` is None where nothing is known of it; ``given`` tells whether the user gave it, else
    it follows from smoothness.
    """

    constant: str
    value: Surd | None
    given: bool

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON."""
        value = None if self.value is None else float(self.value)
        return {"constant": self.constant, "value": value, "given": self.given}


def arguments(theorem: Theorem, values: Mapping[str, Any]) -> dict[str, float] | None:
    """Return the arguments of ``torch.optim.SGD`` that make it the theorem's method there.

    None where the method is no such line, or a parameter of it has no number. Raises
    :class:`UsageError` where what an algorithm names is another method.
    """
    algorithm, estimator = theorem.algorithm, theorem.estimator
    line = traits(algorithm).pytorch
    if line is None or (estimator is not None and estimator.depends_on_step):
        # A pass, where the estimator depends on the step, is many steps of an optimiser.
        return None
    own = {name: values.get(name) for name in algorithm.parameters}
    if any(not isinstance(value, int | float | Surd) for value in own.values()):
        return None
    numbers = {name: float(value) for name, value in own.items() if value is not None}
    found = {**dict(line(numbers)), "dampening": 0.0}
    ours, theirs = _own_path(algorithm, numbers, average=0.0), _torch_path(found)
    if not _same(ours, theirs):
        raise UsageError(
            f"{algorithm.name} is not the method of PyTorch's SGD that it names: from an average of"
            f" 0 it goes to {ours[-1]:.6g} where {found} goes to {theirs[-1]:.6g}"
        )
    return found


def zero_start(theorem: Theorem, given: Values, named: Collection[str]) -> tuple[FirstError, ...]:
    """Return the constants that bound the error of an average of 0, with their values.

    Those ``named`` by the user are as given. The others follow from
    ``||grad f(x_0)||^2 <= 2 L (f(x_0) - inf f)``, since descent from ``x_0`` to
    ``x_0 - grad f(x_0)/L`` cannot go below inf f. There are none for a method without a line, and
    where the method does not depend on its first average, as without momentum.
    """
    if arguments(theorem, {**given, GAMMA.name: 1}) is None:
        return ()
    error = theorem.first.error
    if not error.coefficients or _forgets(theorem.algorithm, given):
        return ()
    found = []
    (basis,) = error.coefficients
    square = _first_gradient(theorem, given)
    for symbol, meaning in theorem.start_constants.items():
        without = meaning.substitute({basis: Vector({})})
        if not (meaning - without).expanded().coefficients:
            continue
        weight, value = _multiple(symbol, meaning, norm2(error)), None
        if symbol.name in named:
            value = given[symbol.name]
        elif weight is not None and square is not None:
            value = square * exact(weight, _numbers(theorem, given))
        found.append(FirstError(symbol.name, value, symbol.name in named))
    return tuple(found)


def _first_gradient(theorem: Theorem, given: Values) -> Surd | None:
    """Return a bound of ``||grad f(x_0)||^2``; None where smoothness or gap is not known."""
    f, first = theorem.step.f, theorem.first
    smooth = next((a for a in theorem.assumes if type(a) is Smooth and a.f is f), None)
    numbers = _numbers(theorem, given)
    for symbol, meaning in theorem.start_constants.items():
        weight = _multiple(symbol, meaning, f.value(first.x) - f.infimum)
        if smooth is not None and weight is not None and {symbol, smooth.L} <= set(numbers):
            return exact(2 * smooth.L * symbol / weight, numbers)
    return None


def _multiple(symbol: sp.Symbol, meaning: Expression, of: Expression) -> sp.Expr | None:
    """Return the weight with which the meaning is a multiple of another expression; None if it is
    none.
    """
    try:
        weight = start_weights(meaning, {symbol: of})[symbol]
    except ProofError:
        return None
    return weight if weight != 0 else None


def _numbers(theorem: Theorem, given: Values) -> dict[sp.Symbol, Surd]:
    return {theorem.parameter(name).symbol: value for name, value in given.items()}


# -- the two methods on the same estimates ---------------------------------------------------


def _forgets(algorithm: Algorithm, values: Mapping[str, Any]) -> bool:
    """Return whether the points do not depend on the first average, as without momentum."""
    # They are linear in the step: any does to see it.
    numbers = {name: float(values.get(name, 1)) for name in algorithm.parameters}
    paths = [_own_path(algorithm, numbers, average=average) for average in (0.0, 1.0)]
    return _same(*paths)


def _own_path(algorithm: Algorithm, p: Mapping[str, float], average: float) -> list[float]:
    state, path = algorithm.initial(0.0, average), []
    for estimate in _ESTIMATES:
        state = algorithm.update(state, estimate, p)
        path.append(float(state["x"]))
    return path


def _torch_path(line: Mapping[str, float]) -> list[float]:
    """Return what ``torch.optim.SGD`` does: see the text of the module."""
    x, buffer, path = 0.0, None, []
    for estimate in _ESTIMATES:
        if buffer is None:
            buffer = estimate
        else:
            buffer = line["momentum"] * buffer + (1 - line["dampening"]) * estimate
        x -= line["lr"] * (buffer if line["momentum"] else estimate)
        path.append(x)
    return path


def _same(one: Sequence[float], other: Sequence[float]) -> bool:
    scale = max(map(abs, other))
    return all(abs(a - b) <= _SAME * scale for a, b in zip(one, other, strict=True))
