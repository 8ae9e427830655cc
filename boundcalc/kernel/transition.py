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
    Scalar,
    SignOf,
    Vector,
    vector,
)
from boundcalc.kernel.draws import Draws
from boundcalc.kernel.integrity import require_expression, require_vector
from boundcalc.kernel.workers import FIRST_ERROR, FIRST_POINT, LOCAL

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
        elif isinstance(atom, Norm):
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
    signed: tuple[tuple[Vector, sp.Expr, Vector], ...] = ()

    def advance(self, expression: Expression) -> Expression:
        """The value after the iteration of what ``expression`` is before it.

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

    def begin(self, now: State, expression: Expression) -> Expression:
        """The value at the start of what ``expression`` is at ``now``."""
        images = _replacement(now, self.state)
        _require_of_state(expression, images)
        return expression.substitute(images)


# How the vectors of a state are written that are no averages of gradients.
_POINTS = {"x": "x_{k}", "x_prev": "x_{k-1}", "y": "y", "e": "e_{k}"}


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


def _require_owned(made: Mapping[str, Vector], algorithm: Algorithm) -> None:
    """What the server has is made of nothing that is one worker's alone."""
    for name, result in made.items():
        if result.of_workers and name not in _owned(algorithm):
            raise ProofError(f"{algorithm.name} has one {name}, but makes one for every worker")


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
    if FIRST_ERROR in (*remembers, *algorithm.state):
        raise ProofError(f"{FIRST_ERROR} is what the error of the first average is called")


def start(algorithm: Algorithm, oracle: Oracle, remembers: Mapping[str, str]) -> Start:
    """The first state; what the analysis remembers of earlier ones is what they are at the start.

    ``x_j = x_0`` for every ``j < 0``.
    """
    before = _before(algorithm, "0", "-1")
    owned = bool(_owned(algorithm))
    x = FIRST_POINT
    exact = bool(getattr(algorithm, "starts_exactly", False))
    off = _named(FIRST_ERROR, rf"v_{{{before}}}-\nabla f(x_0)", owned)
    error = Vector({}) if exact else off
    average = vector("average", rf"v_{{{before}}}")
    made = dict(algorithm.initial(x, average))
    _require_made_of(made, algorithm, (x, average))
    first = _replaced(made, average, _first_gradient(oracle, x, owned) + error)
    _require_owned(first, algorithm)
    _require_remembered(remembers, algorithm)
    state = {**first, **{name: first[of] for name, of in remembers.items()}}
    return Start(State(state), x, error)


def _first_gradient(oracle: Oracle, x: Vector, owned: bool) -> Vector:
    """What the first average is an estimate of: of every worker, its own gradient."""
    local = getattr(oracle, "local", None)
    return require_vector(local(x)) if owned and local is not None else oracle.gradient(x)


def _named(name: str, latex: str, owned: bool) -> Vector:
    return Vector({Own(name, latex, LOCAL): 1}) if owned else vector(name, latex)


def _owned(algorithm: Algorithm) -> tuple[str, ...]:
    """The vectors of the state that every worker has of its own."""
    return tuple(getattr(algorithm, "owned", ()))


def _before(algorithm: Algorithm, same: str, earlier: str) -> str:
    """The index of what was averaged: some methods take in a new sample after they have moved."""
    return same if getattr(algorithm, "moves_first", False) else earlier


def transition(
    algorithm: Algorithm,
    oracle: Oracle,
    parameters: Mapping[str, sp.Symbol],
    remembers: Mapping[str, str],
    assumes: Sequence[object] = (),
    *,
    restarted: bool = False,
) -> Transition:
    """One iteration from an arbitrary state; ``restarted``: from one that begins a cycle.

    ``remembers`` maps a name used by the analysis alone to the state vector whose previous value
    it holds, as in ``{"x_prev": "x"}``. A method with ``samples`` draws by the ``assumes``.
    """
    # The state of the algorithm at the start of step k: x_k, and what was averaged before it.
    others, owned = _before(algorithm, "k", "k-1"), _owned(algorithm)
    now = {
        name: _named(name, _POINTS.get(name, rf"{name}_{{{others}}}"), name in owned)
        for name in algorithm.state
    }
    memory = {name: _named(name, rf"{of}_{{k-1}}", of in owned) for name, of in remembers.items()}
    _require_remembered(remembers, algorithm)
    begun = _restarted(algorithm, now) if restarted else now
    values = {p: parameters[p] for p in algorithm.parameters}
    if samples(algorithm):
        draws = Draws(oracle, assumes)
        updated = dict(algorithm.update(begun, draws, values))
        _require_made_of(updated, algorithm, (*now.values(), *draws.drawn))
        estimate, signed = Vector({}), tuple(draws.signed)
    else:
        # The update sees the estimate as one opaque vector, as it does when it simulates.
        gradient = vector("estimate", r"\tilde g_k")
        made = dict(algorithm.update(begun, gradient, values))
        _require_made_of(made, algorithm, (*now.values(), gradient))
        estimate = require_vector(oracle.estimate(now["x"]))
        updated, signed = _replaced(made, gradient, estimate), ()
    _require_owned(updated, algorithm)
    following = {**updated, **{name: now[of] for name, of in remembers.items()}}
    general = State({**now, **memory})
    return Transition(State({**begun, **memory}), State(following), estimate, general, signed)


def _restarted(algorithm: Algorithm, now: Mapping[str, Vector]) -> dict[str, Vector]:
    begun = dict(algorithm.restart(now))  # type: ignore[attr-defined]
    _require_made_of(begun, algorithm, now.values())
    _require_owned(begun, algorithm)
    return begun


def samples(algorithm: Algorithm) -> bool:
    """Whether its update draws what it needs itself, from what it is given in place of a gradient
    (see :class:`boundcalc.kernel.draws.Draws`).
    """
    return bool(getattr(algorithm, "samples", False))
