"""An algorithm on abstract vectors: its start and one iteration, by the update that simulates it.

A Lyapunov function is given once, as an expression in the state before the iteration. Its values
after the iteration and at the start are derived here, by replacing the vectors of the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import (
    Basis,
    DrawnAt,
    Expression,
    FunctionValue,
    GradientAt,
    Gram,
    MeanOf,
    MinimiserOf,
    Norm,
    Own,
    PastSteps,
    Projected,
    Scalar,
    SignOf,
    Vector,
    WorkerValue,
    vector,
)
from boundcalc.kernel.draws import Draws, Signed, answers
from boundcalc.kernel.integrity import require_expression, require_vector
from boundcalc.kernel.vectors import Asked
from boundcalc.kernel.workers import FIRST_ERROR, FIRST_POINT, LOCAL
from numerics.traits import traits


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
        """Return the vectors by name."""
        return self._vectors

    def copy(self) -> State:
        """Return the same state, of vectors made again: for those who might change it."""
        return State({name: require_vector(one) for name, one in self._vectors.items()})


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
        elif isinstance(atom, Norm):
            yield from atom.argument.coefficients


def _require_of_state(expression: Expression, state: Mapping[Basis, Vector]) -> None:
    """Refuse what is not a function of the state, for it could not be carried to the next one."""
    for atom in require_expression(expression).coefficients:
        if isinstance(atom, Scalar | PastSteps | WorkerValue):
            raise ProofError(f"the Lyapunov function speaks of {atom}, which is not of the state")
    for basis in _bases(expression):
        if isinstance(basis, MinimiserOf):
            continue
        known = {basis}
        if (isinstance(basis, GradientAt) and basis.point is not None) or (
            isinstance(basis, DrawnAt) and basis.deviation and basis.point is not None
        ):
            known = set(basis.point.coefficients)
        elif isinstance(basis, MeanOf) and basis.of is not None:
            known = {basis.of}
        if not known <= set(state):
            raise ProofError(f"the Lyapunov function speaks of {basis}, which is not of the state")


@dataclass(frozen=True)
class Transition:
    """The state before (``now``) and after (``next``) one iteration, and the estimate used.

    ``general`` is the state before it as expressions speak of it: ``now``, except where a new
    snapshot was taken since. ``signed`` are the vectors of which stochastic signs were taken, with
    the radius that no coordinate may exceed, and the signs.
    """

    now: State
    next: State
    estimate: Vector
    general: State
    signed: tuple[Signed, ...] = ()

    def copy(self) -> Transition:
        """Return the same iteration, of vectors made again: for those who might change it."""
        signed = tuple(
            (require_vector(v), radius, require_vector(signs)) for v, radius, signs in self.signed
        )
        return Transition(
            self.now.copy(),
            self.next.copy(),
            require_vector(self.estimate),
            self.general.copy(),
            signed,
        )

    def renewed(self, expression: Expression) -> Expression:
        """Return the value before the iteration, after the snapshot that begins it was taken."""
        images = _replacement(self.general, self.now)
        _require_of_state(expression, images)
        return expression.substitute(images)

    def advance(self, expression: Expression) -> Expression:
        """Return the value after the iteration of what ``expression`` is before it.

        Raises :class:`ProofError` for an expression that is not a function of the state.
        """
        images = _replacement(self.general, self.next)
        _require_of_state(expression, images)
        return expression.substitute(images)


@dataclass(frozen=True)
class Start:
    """The state before the first iteration: at ``x``, an average off by ``error``."""

    state: State
    x: Vector
    error: Vector

    def copy(self) -> Start:
        """Return the same start, of vectors made again: for those who might change it."""
        return Start(self.state.copy(), require_vector(self.x), require_vector(self.error))

    def begin(self, now: State, expression: Expression) -> Expression:
        """Return the value at the start of what ``expression`` is at ``now``."""
        images = _replacement(now, self.state)
        _require_of_state(expression, images)
        return expression.substitute(images)


@dataclass(frozen=True)
class Recorded:
    """What an algorithm does to abstract vectors, from one call of each of its functions.

    ``state`` are the vectors it was asked about, ``average`` and ``estimate`` those that stood for
    the first average and for the estimate of the gradient; ``asked`` are the questions of a step
    that draws for itself. ``restarted`` is the state after a new snapshot, None without.
    """

    algorithm: Algorithm
    state: Mapping[str, Vector]
    average: Vector
    estimate: Vector
    initial: Mapping[str, Vector]
    restarted: Mapping[str, Vector] | None
    updated: Mapping[str, Vector]
    asked: tuple[Asked, ...]


# How the vectors of a state are written that are no averages of gradients.
_POINTS = {"x": "x_{k}", "x_prev": "x_{k-1}", "y": "y", "e": "e_{k}"}


def record(algorithm: Algorithm, *, of_workers: bool) -> Recorded:
    """Return what the algorithm does, asked once; ``of_workers``: its samples are the workers' own.

    Raises :class:`ProofError` for what is made of anything but what was given.
    """
    # The state of the algorithm at the start of step k: x_k, and what was averaged before it.
    others, owned = _before(algorithm, "k", "k-1"), traits(algorithm).owned
    now = {
        name: _named(name, _POINTS.get(name, rf"{name}_{{{others}}}"), name in owned, "state")
        for name in algorithm.state
    }
    average = vector("average", rf"v_{{{_before(algorithm, '0', '-1')}}}", role="first average")
    initial = _made(algorithm, algorithm.initial(FIRST_POINT, average), (FIRST_POINT, average))
    restarted = None
    if hasattr(algorithm, "restart"):
        restarted = _made(algorithm, algorithm.restart(MappingProxyType(now)), now.values())
        _require_owned(restarted, algorithm)
    symbols = {p: sp.Symbol(p, real=True) for p in algorithm.parameters}
    # The update sees the estimate as one opaque vector, as it does when it simulates.
    estimate = vector("estimate", r"\tilde g_k", role="estimate")
    draws = Draws(of_workers=of_workers)
    given: Any = draws if traits(algorithm).samples else estimate
    made = algorithm.update(MappingProxyType(now), given, MappingProxyType(symbols))
    asked = tuple(draws.asked)
    own = (
        (Vector({question: 1}) for question in asked) if traits(algorithm).samples else (estimate,)
    )
    updated = _made(algorithm, made, (*now.values(), *own))
    return Recorded(
        algorithm,
        MappingProxyType(now),
        average,
        estimate,
        initial,
        restarted,
        updated,
        asked,
    )


def _made(
    algorithm: Algorithm, made: Mapping[str, Any], given: Iterable[Vector]
) -> Mapping[str, Vector]:
    """Return what it made, as vectors of the kernel: an algorithm may combine what it is given
    alone.
    """
    found = {name: require_vector(result) for name, result in dict(made).items()}
    if set(found) != set(algorithm.state):
        raise ProofError(f"{algorithm.name} makes {', '.join(found)}, which is not its state")
    allowed = {basis for one in given for basis in one.coefficients}
    for name, result in found.items():
        if not set(_made_of(result)) <= allowed:
            raise ProofError(f"{algorithm.name} makes {name} of something it was not given")
    return MappingProxyType(found)


def _require_owned(made: Mapping[str, Vector], algorithm: Algorithm) -> None:
    """What the server has is made of nothing that is one worker's alone."""
    for name, result in made.items():
        if result.of_workers and name not in traits(algorithm).owned:
            raise ProofError(f"{algorithm.name} has one {name}, but makes one for every worker")


def _made_of(result: Vector) -> Iterator[Basis]:
    """Yield the basis vectors that it is made of, by sums, signs, means over workers and
    projections.
    """
    for basis in result.coefficients:
        if isinstance(basis, SignOf | Projected) and basis.argument is not None:
            yield from _made_of(basis.argument)
        elif isinstance(basis, MeanOf) and basis.of is not None:
            yield basis.of
        else:
            yield basis


def _replaced(made: Mapping[str, Vector], images: Mapping[Basis, Vector]) -> dict[str, Vector]:
    return {name: result.substitute(images) for name, result in made.items()}


def _only(vector: Vector) -> Basis:
    (basis,) = vector.coefficients
    return basis


def _require_remembered(remembers: Mapping[str, str], algorithm: Algorithm) -> None:
    for name, of in remembers.items():
        if name in algorithm.state or of not in algorithm.state:
            raise ProofError(f"{name} cannot be remembered as an earlier {of}")


def start(recorded: Recorded, oracle: Oracle, remembers: Mapping[str, str]) -> Start:
    """Return the first state; what the analysis remembers is what it is at the start.

    ``x_j = x_0`` for every ``j < 0``.
    """
    algorithm = recorded.algorithm
    before = _before(algorithm, "0", "-1")
    owned = bool(traits(algorithm).owned)
    x = FIRST_POINT
    exact = traits(algorithm).starts_exactly
    off = _named("v0_error", rf"v_{{{before}}}-\nabla f(x_0)", owned, FIRST_ERROR)
    error = Vector({}) if exact else off
    images = {_only(recorded.average): _first_gradient(oracle, x, owned) + error}
    first = _replaced(recorded.initial, images)
    _require_owned(first, algorithm)
    _require_remembered(remembers, algorithm)
    state = {**first, **{name: first[of] for name, of in remembers.items()}}
    return Start(State(state), x, error)


def _first_gradient(oracle: Oracle, x: Vector, owned: bool) -> Vector:
    """Return what the first average is an estimate of: of every worker, its own gradient."""
    local = getattr(oracle, "local", None)
    return require_vector(local(x) if owned and local is not None else oracle.gradient(x))


def _named(name: str, latex: str, owned: bool, role: str) -> Vector:
    if owned:
        return Vector({Own(name, latex, LOCAL, role=role): 1})
    return vector(name, latex, role=role)


def _before(algorithm: Algorithm, same: str, earlier: str) -> str:
    """Return the index of what was averaged: some methods take in a new sample after they have
    moved.
    """
    return same if traits(algorithm).moves_first else earlier


def transition(
    recorded: Recorded,
    oracle: Oracle,
    remembers: Mapping[str, str],
    assumes: Sequence[object] = (),
    *,
    restarted: bool = False,
) -> Transition:
    """Return one iteration from an arbitrary state; ``restarted``: from one that begins a cycle.

    ``remembers`` maps a name used by the analysis alone to the state vector whose previous value
    it holds, as in ``{"x_prev": "x"}``. A method with ``samples`` draws by the ``assumes``.
    """
    algorithm, now, owned = recorded.algorithm, recorded.state, traits(recorded.algorithm).owned
    memory = {
        name: _named(name, rf"{of}_{{k-1}}", of in owned, "remembered")
        for name, of in remembers.items()
    }
    _require_remembered(remembers, algorithm)
    begun: Mapping[str, Vector] = now
    if restarted:
        assert recorded.restarted is not None
        begun = recorded.restarted
    images = {_only(now[name]): begun[name] for name in now}
    estimate, signed = Vector({}), tuple[Signed, ...]()
    if traits(algorithm).samples:
        images, tossed = answers(recorded.asked, images, oracle, assumes)
        signed = tuple(tossed)
    else:
        estimate = require_vector(oracle.estimate(begun["x"]))
        images = {**images, _only(recorded.estimate): estimate}
    updated = _replaced(recorded.updated, images)
    _require_owned(updated, algorithm)
    following = {**updated, **{name: now[of] for name, of in remembers.items()}}
    general = State({**now, **memory})
    return Transition(State({**begun, **memory}), State(following), estimate, general, signed)
