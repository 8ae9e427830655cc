"""The methods. Each update is written once and serves two worlds.

Applied to arrays it simulates; applied to the abstract vectors of a proof it gives the quantities
the proof speaks of. So an update may use only ``+``, ``-`` and multiplication by a scalar from the
left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from numerics.errors import InputError, unknown
from numerics.validation import real


class Algorithm(Protocol):
    """A method: the names of its state and parameters, and one step of it.

    A method that ``samples`` is given no estimate of the gradient, but the gradient of a sample as
    a function of the point, to take where it wants.
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
        """The first state: at the point ``x``, with ``average`` for what averages gradients."""

    def update(
        self, state: Mapping[str, Any], gradient: Any, p: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The state after one step with this estimate of the gradient; ``state`` stays as it is."""


@dataclass(frozen=True)
class StochasticGradient:
    """x' = x - gamma g."""

    name: str = "sgd"
    title: str = "stochastic gradient descent"
    parameters: tuple[str, ...] = ("gamma",)
    state: tuple[str, ...] = ("x",)
    latex: str = r"x_{k+1} = x_k - \gamma\,\tilde g_k"
    samples: bool = False

    def pytorch(self, p: Mapping[str, float]) -> dict[str, float]:
        """The same method in the arguments of ``torch.optim.SGD``."""
        return {"lr": p["gamma"], "momentum": 0.0}

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """The first state; this method keeps no average."""
        return {"x": x}

    def update(
        self, state: Mapping[str, Any], gradient: Any, p: Mapping[str, Any]
    ) -> dict[str, Any]:
        """One step against the estimated gradient."""
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

    def pytorch(self, p: Mapping[str, float]) -> dict[str, float]:
        """The same method in the arguments of ``torch.optim.SGD`` (dampening 0).

        Its buffer is v/beta, so the step is gamma beta times the buffer.
        """
        return {"lr": p["gamma"] * p["beta"], "momentum": 1 - p["beta"]}

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """The first state, with the average before the first step."""
        return {"x": x, "v": average}

    def update(
        self, state: Mapping[str, Any], gradient: Any, p: Mapping[str, Any]
    ) -> dict[str, Any]:
        """One step along the average that already contains the new gradient."""
        v = (1 - p["beta"]) * state["v"] + p["beta"] * gradient
        return {"x": state["x"] - p["gamma"] * v, "v": v}


def takes_samples(algorithm: Algorithm) -> bool:
    """Whether its update is given samples instead of an estimate."""
    return bool(getattr(algorithm, "samples", False))


def sign(vector: Any) -> Any:
    """The signs of the coordinates, with ``sign(0) = 0``, of arrays and of abstract vectors."""
    return vector.sign() if hasattr(vector, "sign") else np.sign(vector)


@dataclass(frozen=True)
class SignGradient:
    """x' = x - gamma sign(g), with the gradient g of a fresh sample at x."""

    name: str = "signsgd"
    title: str = "sign descent"
    parameters: tuple[str, ...] = ("gamma",)
    state: tuple[str, ...] = ("x",)
    latex: str = r"x_{k+1} = x_k - \gamma\,\mathrm{sign}\,\nabla f(x_k;\xi_k)"
    samples: bool = True

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """The first state; this method keeps no average."""
        return {"x": x}

    def update(self, state: Mapping[str, Any], sample: Any, p: Mapping[str, Any]) -> dict[str, Any]:
        """One step along the signs of the sample's gradient."""
        return {"x": state["x"] - p["gamma"] * sign(sample(state["x"]))}


@dataclass(frozen=True)
class SignMomentum:
    """x' = x - gamma sign(v), then v' = (1 - beta) v + beta g at x', from a first batch v."""

    name: str = "signsgd-momentum"
    title: str = "sign descent with momentum"
    parameters: tuple[str, ...] = ("gamma", "beta")
    state: tuple[str, ...] = ("x", "v")
    latex: str = (
        r"x_{k+1} = x_k - \gamma\,\mathrm{sign}(v_k), \qquad"
        r" v_{k+1} = (1-\beta)\,v_k + \beta\,\nabla f(x_{k+1};\xi_{k+1})"
    )
    samples: bool = True

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """The first state: the average is that of the first batch."""
        return {"x": x, "v": average}

    def update(self, state: Mapping[str, Any], sample: Any, p: Mapping[str, Any]) -> dict[str, Any]:
        """One step along the signs of the average, which then takes in a new gradient."""
        x = state["x"] - p["gamma"] * sign(state["v"])
        return {"x": x, "v": (1 - p["beta"]) * state["v"] + p["beta"] * sample(x)}


@dataclass(frozen=True)
class SignVarianceReduced:
    """SSVR: x' = x - gamma sign(v), then v' = g(x') + (1 - beta)(v - g(x)) for one sample."""

    name: str = "ssvr"
    title: str = "sign descent with variance reduction"
    parameters: tuple[str, ...] = ("gamma", "beta")
    state: tuple[str, ...] = ("x", "v")
    latex: str = (
        r"x_{k+1} = x_k - \gamma\,\mathrm{sign}(v_k), \qquad"
        r" v_{k+1} = \nabla f(x_{k+1};\xi_{k+1})"
        r" + (1-\beta)\bigl(v_k - \nabla f(x_k;\xi_{k+1})\bigr)"
    )
    samples: bool = True

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """The first state: the estimate is that of the first batch."""
        return {"x": x, "v": average}

    def update(self, state: Mapping[str, Any], sample: Any, p: Mapping[str, Any]) -> dict[str, Any]:
        """One step along the signs of the estimate, which is then corrected by a new sample."""
        x = state["x"] - p["gamma"] * sign(state["v"])
        kept = (1 - p["beta"]) * (state["v"] - sample(state["x"]))
        return {"x": x, "v": sample(x) + kept}


SGD = StochasticGradient()
SGDM = Momentum()
SIGN_SGD = SignGradient()
SIGN_MOMENTUM = SignMomentum()
SSVR = SignVarianceReduced()


def checked_parameters(algorithm: Algorithm, parameters: Mapping[str, object]) -> dict[str, float]:
    """The parameters as floats; InputError when one is missing, unknown or not finite."""
    for name in parameters:
        if name not in algorithm.parameters:
            raise unknown(f"parameter of {algorithm.name}", name, algorithm.parameters)
    missing = [name for name in algorithm.parameters if name not in parameters]
    if missing:
        raise InputError(f"{algorithm.name} needs a value for {', '.join(missing)}")
    return {name: real(name, parameters[name]) for name in algorithm.parameters}
