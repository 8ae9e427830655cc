"""The methods. Each update is written once and serves two worlds.

Applied to arrays it simulates; applied to the abstract vectors of a proof it gives the quantities
the proof speaks of. So an update may use only ``+``, ``-`` and multiplication by a scalar from the
left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from numerics.errors import InputError, unknown
from numerics.traits import traits
from numerics.validation import integer, real


class Algorithm(Protocol):
    """A method: the names of its state and parameters, and one step of it.

    What more it can do, or needs, its attributes say (:class:`numerics.traits.Traits`); one with a
    ``period`` has a ``restart`` besides, applied to the state before every so many steps.
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def parameters(self) -> tuple[str, ...]: ...
    @property
    def state(self) -> tuple[str, ...]: ...
    @property
    def latex(self) -> str: ...

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state: at the point ``x``, with ``average`` for what averages
        gradients.
        """

    def update(
        self, state: Mapping[str, Any], gradient: Any, p: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the state after one step with this estimate of the gradient; ``state`` stays as it
        is.
        """


@dataclass(frozen=True)
class StochasticGradient:
    """x' = x - gamma g."""

    name: str = "sgd"
    title: str = "stochastic gradient descent"
    parameters: tuple[str, ...] = ("gamma",)
    state: tuple[str, ...] = ("x",)
    latex: str = r"x_{k+1} = x_k - \gamma\,\tilde g_k"
    samples: bool = False
    linear: bool = True

    def pytorch(self, p: Mapping[str, float]) -> dict[str, float]:
        """Return the same method in the arguments of ``torch.optim.SGD``."""
        return {"lr": p["gamma"], "momentum": 0.0}

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state; this method keeps no average."""
        return {"x": x}

    def update(
        self, state: Mapping[str, Any], gradient: Any, p: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return one step against the estimated gradient."""
        return {"x": state["x"] - p["gamma"] * gradient}


@dataclass(frozen=True)
class Momentum:
    """v' = (1 - beta) v + beta g, x' = x - gamma v'; beta is the weight of the new gradient."""

    name: str = "sgdm"
    title: str = "stochastic gradient descent with momentum"
    parameters: tuple[str, ...] = ("gamma", "beta")
    state: tuple[str, ...] = ("x", "v")
    latex: str = r"v_k = (1-\beta)\,v_{k-1} + \beta\,\tilde g_k, \qquad x_{k+1} = x_k - \gamma\,v_k"
    samples: bool = False
    linear: bool = True

    def pytorch(self, p: Mapping[str, float]) -> dict[str, float]:
        """Return the same method in the arguments of ``torch.optim.SGD`` (dampening 0).

        Its buffer is v/beta, so the step is gamma beta times the buffer.
        """
        return {"lr": p["gamma"] * p["beta"], "momentum": 1 - p["beta"]}

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state, with the average before the first step."""
        return {"x": x, "v": average}

    def update(
        self, state: Mapping[str, Any], gradient: Any, p: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return one step along the average that already contains the new gradient."""
        v = (1 - p["beta"]) * state["v"] + p["beta"] * gradient
        return {"x": state["x"] - p["gamma"] * v, "v": v}


SGD = StochasticGradient()
SGDM = Momentum()


def parameters_of(algorithm: Algorithm) -> tuple[str, ...]:
    """Return everything that a run needs to be told: the parameters, and the period of
    snapshots.
    """
    every = (*algorithm.parameters, traits(algorithm).period)
    return tuple(dict.fromkeys(name for name in every if name is not None))


def checked_parameters(algorithm: Algorithm, parameters: Mapping[str, object]) -> dict[str, float]:
    """Return the parameters as floats; InputError when one is missing, unknown or not finite.

    The period of snapshots counts as one, and must be a whole number from 1.
    """
    known = parameters_of(algorithm)
    for name in parameters:
        if name not in known:
            raise unknown(f"parameter of {algorithm.name}", name, known)
    missing = [name for name in known if name not in parameters]
    if missing:
        raise InputError(f"{algorithm.name} needs a value for {', '.join(missing)}")
    checked = {name: real(name, parameters[name]) for name in known}
    every = traits(algorithm).period
    if every is not None:
        checked[every] = float(integer(every, parameters[every]))
    return checked
