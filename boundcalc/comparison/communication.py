"""What it costs to send: iterations, bits per message, and bits until a bound is reached.

Communication to an accuracy is the bits of one message, times the workers that send one in every
iteration, times the iterations that the bound needs. Only what workers send is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boundcalc import registry
from boundcalc.bounds.bound import Bound, bound_at
from boundcalc.bounds.least_bounds import LeastBounds
from boundcalc.bounds.targets import fewest_iterations
from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import number
from boundcalc.exact.surd import Surd
from boundcalc.model.compose import check_takes_estimator, compose
from boundcalc.model.estimator import EXACT, FOUR, Estimator, without_error
from boundcalc.model.parameters import GAMMA
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.standing import Answer
from boundcalc.solve.points import Point
from boundcalc.solve.values import Values, read_values

#: What counts bits, though the theorem may not speak of it, with its meaning.
COUNTING = {"d": "the dimension", "n": "the number of workers"}
# Bits of one number sent in full.
_FLOAT_BITS = 32


@dataclass(frozen=True)
class Contender:
    """A theorem at given constants, with what its method sends.

    ``theorem`` is in the constants of its estimator, ``given`` has a value for each (the step size
    may be absent: it is then chosen). Each of ``workers`` sends one message of ``bits`` bits in
    every iteration; in expectation, where their number is random.
    """

    label: str
    theorem: Theorem
    given: Values
    workers: int
    bits: float

    @property
    def bits_per_iteration(self) -> float:
        """Return what all workers together send in one iteration."""
        return self.workers * self.bits

    @property
    def estimator(self) -> str | None:
        """The estimator's name; None where bias and noise are given as such."""
        if self.theorem.estimator is not None:
            return self.theorem.estimator.name
        four = [self.given.get(symbol.name) for symbol in FOUR]
        return EXACT if all(value is not None and value.is_zero for value in four) else None

    def to_json(self) -> dict[str, Any]:
        """Who it is, its constants, and the bits that one worker sends per iteration."""
        return {
            "theorem": self.theorem.name,
            "estimator": self.estimator,
            "values": {name: float(value) for name, value in self.given.items()},
            "workers": self.workers,
            "bits_per_iteration": whole(self.bits),
        }


@dataclass(frozen=True)
class Complexity(Answer):
    """What a contender needs, and the bound it then has.

    ``bound`` is after ``iterations`` at the step size ``gamma``. ``target`` is the bound that the
    iterations were sought for; None where their number was given.
    """

    contender: Contender
    target: float | None
    iterations: int
    gamma: float
    bound: Bound

    @property
    def theorems(self) -> tuple[Theorem, ...]:
        return (self.contender.theorem,)

    @property
    def bits_per_worker(self) -> float:
        """Return what one worker sends in all iterations."""
        return self.iterations * self.contender.bits

    @property
    def total_bits(self) -> float:
        """Return what all workers send in all iterations."""
        return self.iterations * self.contender.bits_per_iteration

    def __repr__(self) -> str:
        return self.marked(
            f"Complexity({self.contender.label}, target={self.target}, gamma={self.gamma},"
            f" iterations={self.iterations}, total_bits={self.total_bits})"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the keys of the command line's JSON; bits per iteration are those of one
        worker.
        """
        return {
            **self.contender.to_json(),
            "proved": self.proved,
            "target": self.target,
            "gamma": self.gamma,
            "iterations": self.iterations,
            "bits_per_worker": whole(self.bits_per_worker),
            "total_bits": whole(self.total_bits),
            "bound": self.bound.to_json(),
        }


def whole(value: float) -> float | int:
    """Return the number as an int where it is whole."""
    return int(value) if value.is_integer() else value


def complexity(
    theorem: Theorem,
    target: float,
    values: Mapping[str, Any],
    *,
    estimator: Estimator | str | None = None,
    bits: float | None = None,
) -> Complexity:
    """Iterations and bits until the bound is at the target.

    Args:
        theorem: the theorem, which may be composed with an estimator already.
        target: the value that the bound must come to.
        values: as for :func:`contender`; the step size is chosen, unless given as ``gamma``.
        estimator: an estimator, or ``"exact"``.
        bits: bits of one message; needed where the estimator does not tell.

    Raises:
        UsageError: a value is missing or outside its domain, or no step is admissible.
        UnreachableError: no step reaches the target; it has the least reachable value.
    """
    one = contender(theorem, estimator, values, bits=bits)
    point, iterations = fewest_iterations(LeastBounds(one.theorem, one.given), target)
    return reached(one, point, iterations, target)


def reached(
    one: Contender, point: Point, iterations: int, target: float | None = None
) -> Complexity:
    """Return what the contender has, and has sent, after so many iterations at the point."""
    answer = bound_at(one.theorem, iterations, point)
    return Complexity(one, target, iterations, float(point.values[GAMMA.name]), answer)


def contender(
    theorem: Theorem,
    estimator: Estimator | str | None,
    values: Mapping[str, Any],
    *,
    label: str | None = None,
    bits: float | None = None,
) -> Contender:
    """Return the theorem with an estimator at given constants.

    Args:
        theorem: the theorem; with no ``estimator``, in its own constants.
        estimator: an estimator or its name; ``"exact"`` for the gradient itself.
        values: values for all parameters but gamma and the free ones; besides, whatever the
            theorem speaks of, ``d`` (the dimension) and ``n`` (the workers, default 1).
        label: how it is called in a comparison; by default its estimator's name.
        bits: bits of one message; by default those of the estimator's compressor.

    Raises:
        UsageError: a value is missing, unknown or outside its domain; bits cannot be told.
    """
    values = dict(values)
    if estimator == EXACT:
        check_takes_estimator(theorem)
        values = without_error(values)
    elif estimator is not None:
        theorem = compose(
            theorem, registry.estimator(estimator) if isinstance(estimator, str) else estimator
        )
    known = {p.name for p in theorem.parameters}
    counting = {name: values.pop(name) for name in COUNTING if name in values and name not in known}
    given = read_values(theorem, values, answers=(GAMMA.name,))
    counts = {**given, **{name: number(v, name) for name, v in counting.items()}}
    if label is None:
        label = theorem.name if theorem.estimator is None else theorem.estimator.name
        label = EXACT if estimator == EXACT else label
    workers = _count("n", counts["n"]) if "n" in counts else 1
    if bits is None:
        bits = _message(theorem, given, counts, full=estimator == EXACT)
    else:
        bits = float(number(bits, "bits"))
        if bits <= 0:
            raise UsageError(f"the bits of a message must be positive, not {bits:.10g}")
    return Contender(label, theorem, given, workers, bits)


def _message(theorem: Theorem, given: Values, counts: Values, *, full: bool) -> float:
    """Bits of one message of a worker."""
    compressor = None if theorem.estimator is None else theorem.estimator.compressor
    if compressor is None and not full:
        raise UsageError(
            f"the constants of {theorem.name} do not tell what a worker sends:"
            " give the bits of one message (--bits N)"
        )
    if "d" not in counts:
        raise UsageError(f"to count bits, {theorem.name} needs a value for d ({COUNTING['d']})")
    dimension = _count("d", counts["d"])
    if compressor is None:
        return float(_FLOAT_BITS * dimension)
    try:
        return float(compressor({name: _plain(v) for name, v in given.items()}).bits(dimension))
    except ValueError as error:
        raise UsageError(str(error)) from None


def _plain(value: Surd) -> int | float:
    exact = value.as_fraction()
    return int(exact) if exact is not None and exact.denominator == 1 else float(value)


def _count(name: str, value: Surd) -> int:
    count = _plain(value)
    if not isinstance(count, int) or count < 1:
        raise UsageError(
            f"to count bits, {name} ({COUNTING[name]}) must be a whole number from 1,"
            f" not {float(value):.10g}"
        )
    return count
