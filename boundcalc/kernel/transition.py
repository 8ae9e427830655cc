"""An algorithm on abstract vectors: its start and one iteration, by the update that simulates it.

A Lyapunov function is given once, as an expression in the state before the iteration. Its values
after the iteration and at the start are derived here, by replacing the vectors of the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import (
    Basis,
    Expression,
    FunctionValue,
    GradientAt,
    Gram,
    MinimiserOf,
    Norm1,
    Scalar,
    SignOf,
    Vector,
    vector,
)
from boundcalc.kernel.integrity import require_expression, require_vector

__all__ = [
    "Algorithm",
    "Oracle",
    "Start",
    "State",
    "Transition",
    "samples",
    "start",
    "transition",
]


class Algorithm(Protocol):
    """What the kernel needs of an algorithm: its state's names, its start and its update."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def latex(self) -> str: ...

    @property
    def parameters(self) -> tuple[str, ...]: ...

    @property
    def state(self) -> tuple[str, ...]: ...

    def initial(self, x: Any, average: Any) -> Mapping[str, Any]: ...

    def update(
        self, state: Mapping[str, Any], gradient: Any, p: Mapping[str, Any]
    ) -> Mapping[str, Any]: ...


class Oracle(Protocol):
    """An assumption that supplies the gradient estimate at a point, and the true gradient."""

    def estimate(self, x: Vector) -> Vector: ...

    def gradient(self, x: Vector) -> Vector: ...


class State:
    """The state of an algorithm; ``state.x`` is the vector named ``x``."""

    def __init__(self, vectors: Mapping[str, Vector]) -> None:
        self._vectors = MappingProxyType(dict(vectors))

    def __getattr__(self, name: str) -> Vector:
        try:
            return self._vectors[name]
        except KeyError:
            known = ", ".join(self._vectors)
            raise AttributeError(f"the state has {known}, not {name!r}") from None

    def vectors(self) -> Mapping[str, Vector]:
        """The vectors by name."""
        return self._vectors


def _replacement(now: State, by: State) -> dict[Basis, Vector]:
    images = {}
    for name, old in now.vectors().items():
        (basis,) = old.coefficients
        images[basis] = by.vectors()[name]
    return images


def _bases(expression: Expression) -> Iterator[Basis]:
    for atom in expression.coefficients:
        if isinstance(atom, Gram):
            yield from (atom.left, atom.right)
        elif isinstance(atom, FunctionValue):
            yield from atom.point.coefficients
        elif isinstance(atom, Norm1):
            yield from atom.argument.coefficients


def _require_of_state(expression: Expression, state: Mapping[Basis, Vector]) -> None:
    """Refuse what is not a function of the state, for it could not be carried to the next one."""
    for atom in require_expression(expression).coefficients:
        if isinstance(atom, Scalar):
            raise ProofError(f"the Lyapunov function speaks of {atom}, which is not of the state")
    for basis in _bases(expression):
        if isinstance(basis, MinimiserOf):
            continue
        known = {basis}
        if isinstance(basis, GradientAt) and basis.point is not None:
            known = set(basis.point.coefficients)
        if not known <= set(state):
            raise ProofError(f"the Lyapunov function speaks of {basis}, which is not of the state")


@dataclass(frozen=True)
class Transition:
    """The state before (``now``) and after (``next``) one iteration, and the estimate used."""

    now: State
    next: State
    estimate: Vector

    def advance(self, expression: Expression) -> Expression:
        """The value after the iteration of what ``expression`` is before it.

        Raises :class:`ProofError` for an expression that is not a function of the state.
        """
        images = _replacement(self.now, self.next)
        _require_of_state(expression, images)
        return expression.substitute(images)


@dataclass(frozen=True)
class Start:
    """The state before the first iteration: at ``x``, an average off by ``error``."""

    state: State
    x: Vector
    error: Vector

    def begin(self, now: State, expression: Expression) -> Expression:
        """The value at the start of what ``expression`` is at ``now``."""
        images = _replacement(now, self.state)
        _require_of_state(expression, images)
        return expression.substitute(images)


def _require_made_of(
    made: Mapping[str, Vector], algorithm: Algorithm, vectors: Iterable[Vector]
) -> None:
    """An algorithm may combine what it is given, and nothing else."""
    if set(made) != set(algorithm.state):
        raise ProofError(f"{algorithm.name} makes {', '.join(made)}, which is not its state")
    allowed = {basis for given in vectors for basis in given.coefficients}
    for name, result in made.items():
        if not set(_made_of(require_vector(result))) <= allowed:
            raise ProofError(f"{algorithm.name} makes {name} of something it was not given")


def _made_of(result: Vector) -> Iterator[Basis]:
    """The basis vectors that it is made of, by sums and signs."""
    for basis in result.coefficients:
        if isinstance(basis, SignOf) and basis.argument is not None:
            yield from _made_of(basis.argument)
        else:
            yield basis


def _replaced(made: Mapping[str, Vector], old: Vector, new: Vector) -> dict[str, Vector]:
    (basis,) = old.coefficients
    return {name: result.substitute({basis: new}) for name, result in made.items()}


def _require_remembered(remembers: Mapping[str, str], algorithm: Algorithm) -> None:
    for name, of in remembers.items():
        if name in algorithm.state or of not in algorithm.state:
            raise ProofError(f"{name} cannot be remembered as an earlier {of}")


def start(algorithm: Algorithm, oracle: Oracle, remembers: Mapping[str, str]) -> Start:
    """The first state; what the analysis remembers of earlier ones is what they are at the start.

    ``x_j = x_0`` for every ``j < 0``.
    """
    before = "v_0" if samples(algorithm) else "v_{-1}"
    x, error = vector("x0", "x_0"), vector("v0_error", rf"{before}-\nabla f(x_0)")
    average = vector("average", before)
    made = dict(algorithm.initial(x, average))
    _require_made_of(made, algorithm, (x, average))
    first = _replaced(made, average, oracle.gradient(x) + error)
    _require_remembered(remembers, algorithm)
    state = {**first, **{name: first[of] for name, of in remembers.items()}}
    return Start(State(state), x, error)


def transition(
    algorithm: Algorithm,
    oracle: Oracle,
    parameters: Mapping[str, sp.Symbol],
    remembers: Mapping[str, str],
) -> Transition:
    """One iteration from an arbitrary state.

    ``remembers`` maps a name used by the analysis alone to the state vector whose previous value
    it holds, as in ``{"x_prev": "x"}``.
    """
    # The state of the algorithm at the start of step k: x_k, and what was averaged before it; a
    # method that takes samples averages one more after it has moved.
    others = "k" if samples(algorithm) else "k-1"
    now = {n: vector(n, rf"{n}_{{{'k' if n == 'x' else others}}}") for n in algorithm.state}
    memory = {name: vector(name, rf"{of}_{{k-1}}") for name, of in remembers.items()}
    _require_remembered(remembers, algorithm)
    values = {p: parameters[p] for p in algorithm.parameters}
    if samples(algorithm):
        updated = _sampled(algorithm, oracle, now, values)
        estimate = Vector({})
    else:
        # The update sees the estimate as one opaque vector, as it does when it simulates.
        gradient = vector("estimate", r"\tilde g_k")
        made = dict(algorithm.update(now, gradient, values))
        _require_made_of(made, algorithm, (*now.values(), gradient))
        estimate = require_vector(oracle.estimate(now["x"]))
        updated = _replaced(made, gradient, estimate)
    following = {**updated, **{name: now[of] for name, of in remembers.items()}}
    return Transition(State({**now, **memory}), State(following), estimate)


def samples(algorithm: Algorithm) -> bool:
    """Whether its update takes a sample: a function of the point, the same sample at all points."""
    return bool(getattr(algorithm, "samples", False))


def _sampled(
    algorithm: Algorithm,
    oracle: Oracle,
    now: Mapping[str, Vector],
    values: Mapping[str, sp.Symbol],
) -> dict[str, Vector]:
    """The state after an update that takes gradients of one sample where it wants."""
    asked: dict[Vector, Vector] = {}

    def sample(point: Vector) -> Vector:
        # Opaque, as it is when it simulates.
        point = require_vector(point)
        if point not in asked:
            asked[point] = vector(f"sample{len(asked)}", r"\nabla f(\cdot;\xi)")
        return asked[point]

    made: dict[str, Vector] = dict(algorithm.update(now, sample, values))
    _require_made_of(made, algorithm, (*now.values(), *asked.values()))
    images: dict[Basis, Vector] = {}
    for point, opaque in asked.items():
        (basis,) = opaque.coefficients
        # A point may itself be made of an earlier gradient of the sample.
        images[basis] = require_vector(oracle.estimate(point.substitute(images)))
    return {name: result.substitute(images) for name, result in made.items()}
