"""Steps along signs. Each update is written once, for arrays and for the vectors of a proof.

Methods: Jiang, Yang, Yang, Zhang, "Efficient Sign-Based Optimization: Accelerating Convergence via
Variance Reduction", NeurIPS 2024 (arXiv:2406.00489), and those that it compares with. ``draws`` is
what a step may draw, :class:`numerics.draws.Draws`. A method that ``moves_first`` steps along what
it has before it takes a new sample; the others take in the sample of the point where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.draws import Draws

State = Mapping[str, Any]
Parameters = Mapping[str, Any]


def sign(vector: Any) -> Any:
    """Return the signs of the coordinates, with ``sign(0) = 0``, of arrays and of abstract
    vectors.
    """
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
    bounded_steps: bool = True

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state; this method keeps no average."""
        return {"x": x}

    def update(self, state: State, draws: Draws, p: Parameters) -> dict[str, Any]:
        """Return one step along the signs of the sample's gradient."""
        return {"x": state["x"] - p["gamma"] * sign(draws(state["x"]))}


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
    bounded_steps: bool = True
    moves_first: bool = True

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state: the average is that of the first batch."""
        return {"x": x, "v": average}

    def update(self, state: State, draws: Draws, p: Parameters) -> dict[str, Any]:
        """Return one step along the signs of the average, which then takes in a new gradient."""
        x = state["x"] - p["gamma"] * sign(state["v"])
        return {"x": x, "v": (1 - p["beta"]) * state["v"] + p["beta"] * draws(x)}


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
    bounded_steps: bool = True
    moves_first: bool = True

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state: the estimate is that of the first batch."""
        return {"x": x, "v": average}

    def update(self, state: State, draws: Draws, p: Parameters) -> dict[str, Any]:
        """Return one step along the signs of the estimate, which is then corrected by a new
        sample.
        """
        x = state["x"] - p["gamma"] * sign(state["v"])
        kept = (1 - p["beta"]) * (state["v"] - draws(state["x"]))
        return {"x": x, "v": draws(x) + kept}


@dataclass(frozen=True)
class SignSnapshot:
    """SignSVRG: v = g(x) - g(y) + grad f(y), x' = x - gamma sign(v), a new y = x every m steps.

    ``passes``: over a random permutation of the components (SignRVR), else one drawn at random.
    """

    name: str
    title: str
    passes: bool
    parameters: tuple[str, ...] = ("gamma",)
    state: tuple[str, ...] = ("x", "y")
    latex: str = (
        r"\begin{gathered} x_{k+1} = x_k - \gamma\,\mathrm{sign}\bigl(\nabla f_{i_k}(x_k)"
        r" - \nabla f_{i_k}(y) + \nabla f(y)\bigr), \\"
        r" y = x_k \text{ at every $m$-th step} \end{gathered}"
    )
    samples: bool = True
    bounded_steps: bool = True
    period: str = "m"

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state; the first snapshot is the start."""
        return {"x": x, "y": x}

    def restart(self, state: State) -> dict[str, Any]:
        """Return a new snapshot."""
        return {**state, "y": state["x"]}

    def update(self, state: State, draws: Draws, p: Parameters) -> dict[str, Any]:
        """Return one step along the signs of the corrected gradient."""
        x, y = state["x"], state["y"]
        v = draws(x) - draws(y) + draws.full(y)
        return {"x": x - p["gamma"] * sign(v), "y": y}


@dataclass(frozen=True)
class SignSnapshotMomentum:
    """SignRVM: v' = (1 - beta) v + beta (g(x) - g(y) + grad f(y)), x' = x - gamma sign(v')."""

    name: str = "sign-rvm"
    title: str = "sign descent with momentum and random reshuffling"
    parameters: tuple[str, ...] = ("gamma", "beta")
    state: tuple[str, ...] = ("x", "y", "v")
    latex: str = (
        r"\begin{gathered} v_k = (1-\beta)\,v_{k-1} + \beta\bigl(\nabla f_{i_k}(x_k)"
        r" - \nabla f_{i_k}(y) + \nabla f(y)\bigr), \\"
        r" x_{k+1} = x_k - \gamma\,\mathrm{sign}(v_k), \qquad"
        r" y = x_k \text{ at every $m$-th step} \end{gathered}"
    )
    samples: bool = True
    bounded_steps: bool = True
    passes: bool = True
    starts_exactly: bool = True
    period: str = "m"

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state, with the average before the first step."""
        return {"x": x, "y": x, "v": average}

    def restart(self, state: State) -> dict[str, Any]:
        """Return a new snapshot."""
        return {**state, "y": state["x"]}

    def update(self, state: State, draws: Draws, p: Parameters) -> dict[str, Any]:
        """Return one step along the signs of the average, which contains the new gradient."""
        x, y = state["x"], state["y"]
        corrected = draws(x) - draws(y) + draws.full(y)
        v = (1 - p["beta"]) * state["v"] + p["beta"] * corrected
        return {"x": x - p["gamma"] * sign(v), "y": y, "v": v}


@dataclass(frozen=True)
class SignFiniteSum:
    """SSVR-FS: v' = g(x) - beta (g(y) - grad f(y)) + (1 - beta)(v - g(x_prev)), then a step."""

    name: str = "ssvr-finite-sum"
    title: str = "sign descent with variance reduction on a finite sum"
    parameters: tuple[str, ...] = ("gamma", "beta")
    state: tuple[str, ...] = ("x", "x_prev", "y", "v")
    latex: str = (
        r"\begin{gathered} v_k = \nabla f_{i_k}(x_k)"
        r" - \beta\bigl(\nabla f_{i_k}(y)-\nabla f(y)\bigr)"
        r" + (1-\beta)\bigl(v_{k-1} - \nabla f_{i_k}(x_{k-1})\bigr), \\"
        r" x_{k+1} = x_k - \gamma\,\mathrm{sign}(v_k), \qquad"
        r" y = x_k \text{ at every $I$-th step} \end{gathered}"
    )
    samples: bool = True
    bounded_steps: bool = True
    starts_exactly: bool = True
    period: str = "I"

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state, with the estimate before the first step."""
        return {"x": x, "x_prev": x, "y": x, "v": average}

    def restart(self, state: State) -> dict[str, Any]:
        """Return a new snapshot."""
        return {**state, "y": state["x"]}

    def update(self, state: State, draws: Draws, p: Parameters) -> dict[str, Any]:
        """Return one step along the signs of the estimate, corrected by a new sample."""
        x, y = state["x"], state["y"]
        kept = (1 - p["beta"]) * (state["v"] - draws(state["x_prev"]))
        v = draws(x) - p["beta"] * (draws(y) - draws.full(y)) + kept
        return {"x": x - p["gamma"] * sign(v), "x_prev": x, "y": y, "v": v}


@dataclass(frozen=True)
class ErrorFeedback:
    """EF-SignSGD: p = gamma g + e, x' = x - C(p), e' = p - C(p), from e = 0."""

    name: str = "ef-signsgd"
    title: str = "sign descent with error feedback"
    parameters: tuple[str, ...] = ("gamma",)
    state: tuple[str, ...] = ("x", "e")
    latex: str = (
        r"p_k = \gamma\,\nabla f(x_k;\xi_k) + e_k, \qquad x_{k+1} = x_k - \mathcal C(p_k), \qquad"
        r" e_{k+1} = p_k - \mathcal C(p_k)"
    )
    samples: bool = True
    compresses: bool = True

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state; nothing has been kept back."""
        return {"x": x, "e": 0 * x}

    def update(self, state: State, draws: Draws, p: Parameters) -> dict[str, Any]:
        """Return one compressed step; what the compressor kept back goes into the next one."""
        wanted = p["gamma"] * draws(state["x"]) + state["e"]
        sent = draws.compress(wanted)
        return {"x": state["x"] - sent, "e": wanted - sent}


@dataclass(frozen=True)
class StochasticSignMomentum:
    """SSDM: v' = (1 - beta) v + beta g(x), x' = x - gamma S(v'), S(v) of mean v/||v||_2."""

    name: str = "ssdm"
    title: str = "stochastic sign descent with momentum"
    parameters: tuple[str, ...] = ("gamma", "beta")
    state: tuple[str, ...] = ("x", "v")
    latex: str = (
        r"v_k = (1-\beta)\,v_{k-1} + \beta\,\nabla f(x_k;\xi_k), \qquad"
        r" x_{k+1} = x_k - \gamma\,S_{\|v_k\|}(v_k)"
    )
    samples: bool = True
    bounded_steps: bool = True

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state, with the average before the first step."""
        return {"x": x, "v": average}

    def update(self, state: State, draws: Draws, p: Parameters) -> dict[str, Any]:
        """Return one step along stochastic signs of the average, which contains the new
        gradient.
        """
        v = (1 - p["beta"]) * state["v"] + p["beta"] * draws(state["x"])
        return {"x": state["x"] - p["gamma"] * draws.stochastic_directions(v), "v": v}


SIGN_SGD = SignGradient()
SIGN_MOMENTUM = SignMomentum()
SSVR = SignVarianceReduced()
SIGN_SVRG = SignSnapshot("sign-svrg", "sign descent with snapshots", passes=False)
SIGN_RVR = SignSnapshot("sign-rvr", "sign descent with snapshots and reshuffling", passes=True)
SIGN_RVM = SignSnapshotMomentum()
SSVR_FINITE_SUM = SignFiniteSum()
EF_SIGNSGD = ErrorFeedback()
SSDM = StochasticSignMomentum()
