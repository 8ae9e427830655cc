"""Workers vote by stochastic signs of what they estimate; the server steps by the votes.

The paper is that of :mod:`numerics.sign_methods`. S_R(v) has independent coordinates +-1 of mean
v/R. The server steps along the sign of the mean of the votes, where a tie is a 0, or, randomised,
along S_1 of that mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numerics.draws import Draws
from numerics.sign_methods import Parameters, State, sign


def step(x: Any, v: Any, draws: Draws, p: Parameters, *, randomised: bool) -> Any:
    """Return the point after a step by the workers' stochastic signs of ``v``."""
    votes = draws.mean(draws.stochastic_signs(v, p["R"]))
    return x - p["gamma"] * (draws.stochastic_signs(votes, 1) if randomised else sign(votes))


def _serves(randomised: bool) -> str:
    mean = r"\tfrac1n\sum_i S_R(%s)"
    return rf"S_1\bigl({mean}\bigr)" if randomised else rf"\mathrm{{sign}}\bigl({mean}\bigr)"


@dataclass(frozen=True)
class VotedGradient:
    """x' = x - gamma sign(mean of S_R(g_i)), or with S_1 for the sign: Sto-signSGD."""

    name: str
    title: str
    randomised: bool
    parameters: tuple[str, ...] = ("gamma", "R")
    state: tuple[str, ...] = ("x",)
    samples: bool = True
    votes: bool = True
    bounded_steps: bool = True

    @property
    def latex(self) -> str:
        """The update."""
        served = _serves(self.randomised) % r"\nabla f_i(x_k;\xi_k^i)"
        return rf"x_{{k+1}} = x_k - \gamma\,{served}"

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state; this method keeps no average."""
        return {"x": x}

    def update(self, state: State, draws: Draws, p: Parameters) -> dict[str, Any]:
        """Return one step by the votes on the workers' gradients."""
        x = state["x"]
        return {"x": step(x, draws(x), draws, p, randomised=self.randomised)}


@dataclass(frozen=True)
class VotedMomentum:
    """MV-signSGD-SIM: workers send S_R of v_i' = (1 - beta) v_i + beta g_i, then a vote."""

    name: str = "mv-signsgd-momentum"
    title: str = "majority vote on the workers' momentum"
    parameters: tuple[str, ...] = ("gamma", "beta", "R")
    state: tuple[str, ...] = ("x", "v")
    latex: str = (
        r"v_k^i = (1-\beta)\,v_{k-1}^i + \beta\,\nabla f_i(x_k;\xi_k^i), \qquad x_{k+1} = x_k -"
        rf" \gamma\,{_serves(False) % 'v_k^i'}"
    )
    samples: bool = True
    votes: bool = True
    bounded_steps: bool = True
    owned: tuple[str, ...] = ("v",)

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state, with the workers' averages before the first step."""
        return {"x": x, "v": average}

    def update(self, state: State, draws: Draws, p: Parameters) -> dict[str, Any]:
        """Return one step by the votes on the averages, which contain the new gradients."""
        x = state["x"]
        v = (1 - p["beta"]) * state["v"] + p["beta"] * draws(x)
        return {"x": step(x, v, draws, p, randomised=False), "v": v}


@dataclass(frozen=True)
class VotedVarianceReduced:
    """SSVR-MV: workers send S_R of v_i' = g_i(x) + (1 - beta)(v_i - g_i(x_prev)), then a vote.

    Randomised, the v_i are cut to [-R, R] and the server steps with S_1 of the mean vote.
    """

    name: str
    title: str
    randomised: bool
    parameters: tuple[str, ...] = ("gamma", "beta", "R")
    state: tuple[str, ...] = ("x", "x_prev", "v")
    samples: bool = True
    votes: bool = True
    bounded_steps: bool = True
    owned: tuple[str, ...] = ("v",)

    @property
    def latex(self) -> str:
        """The update."""
        new = (
            r"\nabla f_i(x_k;\xi_k^i)"
            r" + (1-\beta)\bigl(v_{k-1}^i-\nabla f_i(x_{k-1};\xi_k^i)\bigr)"
        )
        kept = rf"\Pi_R\bigl[{new}\bigr]" if self.randomised else new
        served = _serves(self.randomised) % "v_k^i"
        moved = rf"x_{{k+1}} = x_k - \gamma\,{served}"
        return rf"\begin{{gathered}} v_k^i = {kept}, \\ {moved} \end{{gathered}}"

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        """Return the first state, with the workers' estimates before the first step."""
        return {"x": x, "x_prev": x, "v": average}

    def update(self, state: State, draws: Draws, p: Parameters) -> dict[str, Any]:
        """Return one step by the votes on the estimates, corrected by new samples."""
        x = state["x"]
        v = draws(x) + (1 - p["beta"]) * (state["v"] - draws(state["x_prev"]))
        if self.randomised:
            v = draws.project(v, p["R"])
        return {"x": step(x, v, draws, p, randomised=self.randomised), "x_prev": x, "v": v}


STO_SIGNSGD = VotedGradient("sto-signsgd", "vote by stochastic signs", randomised=False)
STO_SIGNSGD_RANDOMISED = VotedGradient(
    "sto-signsgd-randomised", "vote by stochastic signs in two stages", randomised=True
)
MV_SIGNSGD_MOMENTUM = VotedMomentum()
SSVR_MAJORITY = VotedVarianceReduced(
    "ssvr-majority", "majority vote on variance-reduced gradients", randomised=False
)
SSVR_MAJORITY_RANDOMISED = VotedVarianceReduced(
    "ssvr-majority-randomised", "randomised vote on variance-reduced gradients", randomised=True
)
