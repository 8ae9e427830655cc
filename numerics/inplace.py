"""Running a linear update inside the arrays that it already has.

An update of :mod:`numerics.algorithms` is an expression in ``+``, ``-`` and multiples. Evaluated as
it stands it allocates an array for every operation; here it is recorded once and then replayed in
place: the same operations in the same order, hence the same numbers to the last bit. Only a method
that says it is ``linear`` is recorded: another might ask what it is given, or throw a coin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from numerics.algorithms import Algorithm
from numerics.backend import Array
from numerics.traits import traits

Operation = Callable[..., Any]


class _Recorded:
    """A vector of the update: an input, or the result of an operation on two operands."""

    # An array of multiples, one per trial, must leave the product to this class.
    __array_ufunc__ = None

    def __init__(self, tape: list[_Entry]) -> None:
        self._tape = tape

    def __add__(self, other: object) -> _Recorded:
        if not isinstance(other, _Recorded):
            return NotImplemented
        return self._result(np.add, self, other)

    def __sub__(self, other: object) -> _Recorded:
        if not isinstance(other, _Recorded):
            return NotImplemented
        return self._result(np.subtract, self, other)

    def __mul__(self, factor: object) -> _Recorded:
        if isinstance(factor, _Recorded):
            return NotImplemented
        return self._result(np.multiply, factor, self)

    __rmul__ = __mul__

    def __neg__(self) -> _Recorded:
        return -1.0 * self

    def __truediv__(self, divisor: object) -> _Recorded:
        if isinstance(divisor, _Recorded):
            return NotImplemented
        return self._result(np.divide, self, divisor)

    def _result(self, operation: Operation, left: Any, right: Any) -> _Recorded:
        result = _Recorded(self._tape)
        self._tape.append(_Entry(operation, left, right, result))
        return result


@dataclass(frozen=True)
class _Entry:
    operation: Operation
    left: Any
    right: Any
    result: _Recorded

    @property
    def vectors(self) -> list[_Recorded]:
        return [v for v in (self.left, self.right) if isinstance(v, _Recorded)]


class Updates(Protocol):
    """The steps of an algorithm that is given an estimate."""

    @property
    def state(self) -> Mapping[str, Array]:
        """The vectors of the method; the next step may change them."""

    @property
    def estimate(self) -> Array:
        """Return where the next estimate goes, (trials, d); another array after every step."""

    def step(self) -> None:
        """One step with what is in ``estimate``."""


def updates(
    algorithm: Algorithm, parameters: Mapping[str, Any], state: Mapping[str, Array]
) -> Updates:
    """Return the steps from this state on, in place where the algorithm is linear."""
    if traits(algorithm).linear:
        return InPlace(algorithm, parameters, state)
    return AsWritten(algorithm, parameters, state)


class AsWritten:
    """The steps of an algorithm, evaluated as they stand."""

    def __init__(
        self, algorithm: Algorithm, parameters: Mapping[str, Any], state: Mapping[str, Array]
    ) -> None:
        self._algorithm, self._parameters = algorithm, parameters
        self.state: Mapping[str, Array] = dict(state)
        self.estimate: Array = np.empty_like(state["x"])

    def step(self) -> None:
        """One step with what is in ``estimate``."""
        self.state = dict(self._algorithm.update(self.state, self.estimate, self._parameters))
        # The new state may have kept the old one.
        self.estimate = np.empty_like(self.estimate)


class InPlace:
    """The steps of an algorithm that is given an estimate, on arrays that it owns from now on.

    ``state`` holds the state of the method, starting from a copy of the one given; the next step
    changes its arrays. An algorithm may use ``+``, ``-``, and products with and quotients by
    scalars, or (trials, 1) arrays of one for every trial, nothing else: TypeError.
    """

    def __init__(
        self,
        algorithm: Algorithm,
        parameters: Mapping[str, Any],
        state: Mapping[str, Array],
    ) -> None:
        tape: list[_Entry] = []
        inputs = {name: _Recorded(tape) for name in state}
        gradient = _Recorded(tape)
        outputs = algorithm.update(inputs, gradient, parameters)
        self._names = tuple(state)
        results: list[_Recorded] = []
        for name in self._names:
            # Every vector of the state needs an array of its own.
            one = outputs[name]
            results.append(1.0 * one if one in results else one)
        plan = _Plan(tape, [*inputs.values(), gradient], results)
        arrays: list[Array] = [array.copy() for array in state.values()]
        while len(arrays) < plan.slots:
            arrays.append(np.empty_like(arrays[0]))
        # After some steps every array is again what it was at first.
        self._phases = list(_phases(plan, arrays, self._names))
        self._at = 0

    @property
    def state(self) -> dict[str, Array]:
        """The vectors of the method; other arrays after every step."""
        return self._phases[self._at].state

    @property
    def estimate(self) -> Array:
        """Return where the next estimate goes, (trials, d); another array after every step."""
        return self._phases[self._at].estimate

    def step(self) -> None:
        """One step with what is in ``estimate``."""
        for operation, left, right, out in self._phases[self._at].operations:
            operation(left, right, out)
        self._at = (self._at + 1) % len(self._phases)


@dataclass(frozen=True)
class _Phase:
    """The arrays of a step: where it finds its state and the estimate, and what it does to them."""

    state: dict[str, Array]
    estimate: Array
    operations: list[tuple[Operation, Any, Any, Array]]


def _phases(plan: _Plan, arrays: list[Array], names: tuple[str, ...]) -> Iterator[_Phase]:
    """Yield those of the steps, one after the other, until the next one would be the first
    again.
    """
    order = first = list(range(len(arrays)))
    while True:
        now = [arrays[at] for at in order]
        yield _Phase(
            dict(zip(names, now, strict=False)),
            now[len(names)],
            [(f, a.of(now), b.of(now), now[target]) for f, a, b, target in plan.operations],
        )
        # The slots of the state come first, whatever arrays it lies in now.
        rest = [at for slot, at in enumerate(order) if slot not in plan.outputs]
        order = [order[slot] for slot in plan.outputs] + rest
        if order == first:
            return


@dataclass(frozen=True)
class _Slot:
    at: int

    def of(self, arrays: list[Array]) -> Array:
        return arrays[self.at]


@dataclass(frozen=True)
class _Factor:
    value: Any

    def of(self, arrays: list[Array]) -> Any:
        return self.value


class _Plan:
    """Which slot every operation reads and writes; a slot is free after the last use of it."""

    def __init__(
        self, tape: list[_Entry], inputs: list[_Recorded], outputs: list[_Recorded]
    ) -> None:
        slot_of = {vector: slot for slot, vector in enumerate(inputs)}
        last = {vector: at for at, entry in enumerate(tape) for vector in entry.vectors}
        free = [slot_of[v] for v in inputs if v not in last and v not in outputs]
        self.slots = len(inputs)
        self.operations: list[tuple[Operation, _Slot | _Factor, _Slot | _Factor, int]] = []
        for at, entry in enumerate(tape):
            left, right = (
                _Slot(slot_of[v]) if isinstance(v, _Recorded) else _Factor(v)
                for v in (entry.left, entry.right)
            )
            ends = [v for v in entry.vectors if last[v] == at and v not in outputs]
            free += [slot_of[v] for v in dict.fromkeys(ends)]
            if not free:
                free.append(self.slots)
                self.slots += 1
            slot_of[entry.result] = free.pop()
            self.operations.append((entry.operation, left, right, slot_of[entry.result]))
        self.outputs = [slot_of[v] for v in outputs]
