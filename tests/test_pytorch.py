"""The line for PyTorch's SGD is the method of the bound printed beside it, its start included.

PyTorch is simulated: ``torch.optim.SGD`` without nesterov and weight decay is ``_torch`` below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import sympy as sp

import boundcalc
from boundcalc.bounds.stepsize import StepSize
from boundcalc.errors import UnprovedWarning, UsageError
from boundcalc.facade import TheoremHandle
from boundcalc.kernel import Certificate, Expression, Gap, Start, norm2
from boundcalc.kernel.certificate import check
from boundcalc.kernel.signs import Signs
from boundcalc.model.parameters import E0, SMOOTHNESS
from boundcalc.model.theorem import Theorem
from numerics.algorithms import Momentum
from theorems.sgd import f, smooth
from theorems.sgd import start as gap_at_start

EXACT = {"B": 0, "C": 0, "M": 0, "sigma2": 0}
LINES = ["sgd-nonconvex", "sgd-pl", "sgdm-nonconvex", "sgdm-pl"]


def _torch(line: Mapping[str, float], curvature: float, noise: float, K: int) -> Iterator[float]:
    """E x_k^2 for k = 0 .. K on ``curvature x^2/2`` from x_0 = 1, exactly, by second moments.

    The first buffer is the first gradient without dampening; the next are the momentum times the
    buffer plus 1 - dampening times the gradient, which has noise of this variance.
    """
    moments = np.zeros((2, 2))
    moments[0, 0] = 1.0
    yield 1.0
    for k in range(K):
        fresh = 1.0 if k == 0 else 1.0 - line["dampening"]
        kept = 0.0 if k == 0 else line["momentum"]
        buffer = np.array([fresh * curvature, kept])
        step = np.array([np.array([1.0, 0.0]) - line["lr"] * buffer, buffer])
        drawn = np.array([-line["lr"] * fresh, fresh])
        moments = step @ moments @ step.T + noise * np.outer(drawn, drawn)
        yield moments[0, 0]


def _measured(theorem: Theorem, squares: list[float], curvature: float) -> float:
    if theorem.step.unroll.averaged:
        return float(np.mean([curvature**2 * square for square in squares[:-1]]))
    return curvature / 2 * squares[-1]


def _answer(theorem: Theorem, K: int, curvature: float, noise: float, beta: float) -> StepSize:
    known = {p.name for p in theorem.parameters}
    values: dict[str, Any] = {**EXACT, "sigma2": noise, "beta": beta, "mu": curvature, "L": 1}
    values["Delta"] = curvature / 2
    return TheoremHandle(theorem).step_size(
        horizon=K, **{n: v for n, v in values.items() if n in known}
    )


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize(
    ("K", "curvature", "noise", "beta"),
    [(10, 1.0, 0.0, 0.1), (1, 1.0, 0.5, 0.5), (60, 0.3, 0.05, 0.05), (200, 1.0, 1.0, 0.9)],
)
def test_the_bound_beside_the_line_is_above_what_pytorch_does(
    name: str, K: int, curvature: float, noise: float, beta: float
) -> None:
    theorem = boundcalc.theorem(name)
    answer = _answer(theorem.declaration, K, curvature, noise, beta)
    assert answer.pytorch is not None and answer.bound is not None
    squares = list(_torch(answer.pytorch, curvature, noise, K))
    assert _measured(theorem.declaration, squares, curvature) <= answer.bound.value


def test_a_start_at_zero_breaks_the_bound_of_a_start_at_the_gradient() -> None:
    """So the two must not stand side by side; dampening 1 - beta starts at the first gradient."""
    theorem = boundcalc.theorem("sgdm-pl")
    constants = {**EXACT, "L": 1, "mu": 1, "beta": 0.1, "Delta": 0.5}
    answer = theorem.step_size(horizon=10, E0=0, **constants)
    assert answer.pytorch is not None and answer.bound is not None
    reached = _measured(theorem.declaration, list(_torch(answer.pytorch, 1.0, 0.0, 10)), 1.0)
    assert reached == pytest.approx(0.3697, abs=1e-4)
    assert answer.bound.value == pytest.approx(0.3505, abs=1e-4)
    assert isinstance(answer.gamma, float)
    damped = {"lr": answer.gamma, "momentum": 0.9, "dampening": 0.9}
    reached = _measured(theorem.declaration, list(_torch(damped, 1.0, 0.0, 10)), 1.0)
    assert reached <= answer.bound.value
    assert [one.to_json() for one in answer.line_start] == [
        {"constant": "E0", "value": 0.0, "given": True}
    ]


def test_dampening_keeps_the_whole_noise_of_the_first_estimate() -> None:
    """v_0 is the first estimate, where the theorem lets a start keep 1 - beta of its own error."""
    beta, noise = 0.5, 1.0
    damped = {"lr": 1.0, "momentum": 1 - beta, "dampening": 1 - beta}
    _, after = _torch(damped, 1.0, noise, 1)
    independent = (1 - beta) ** 2 * noise + beta**2 * noise
    assert after == pytest.approx(noise)
    assert after > independent


@pytest.mark.parametrize("beta", [0.1, 0.5])
def test_the_step_is_chosen_for_the_start_of_the_line(beta: float) -> None:
    theorem = boundcalc.theorem("sgdm-pl")
    constants = {**EXACT, "L": 2, "mu": 1, "beta": beta, "Delta": 3}
    chosen = theorem.step_size(horizon=50, **constants)
    named = theorem.step_size(horizon=50, E0=2 * 2 * 3, **constants)
    assert chosen.bound is not None
    assert (chosen.gamma, chosen.bound) == (named.gamma, named.bound)
    (start,) = chosen.line_start
    assert float(start.value or 0) == 12 and not start.given


def test_without_momentum_no_start_matters() -> None:
    constants = {**EXACT, "L": 1, "mu": 1, "Delta": 1}
    answer = boundcalc.theorem("sgdm-pl").step_size(horizon=10, beta=1, **constants)
    assert answer.line_start == () and "pytorch_start" not in answer.to_json()
    assert boundcalc.theorem("sgd-pl").step_size(horizon=10, **constants).line_start == ()


def test_smoothness_bounds_the_first_gradient() -> None:
    """2 L (f(x) - inf f) - ||grad f(x)||^2 >= 0, from the descent to x - grad f(x)/L."""
    theorem, L = boundcalc.theorem("sgdm-nonconvex"), SMOOTHNESS.symbol
    x = theorem.first.x
    y = x - 1 / L * f.gradient(x)
    claim = 2 * L * (f.value(x) - f.infimum) - norm2(f.gradient(x))
    certificate = Certificate(using=[(2 * L, smooth.descent(x, y))], bounded=[(2 * L, Gap(f, y))])
    check(claim, certificate, Signs(SMOOTHNESS.domain.conditions(L)))


FIRST = replace(E0, name="first_error", latex="e_1")


def _own(weight: int, *, smooth_too: bool = True) -> Theorem:
    """A theorem of somebody's own whose start has another name, and is a multiple."""
    theorem = boundcalc.theorem("sgdm-pl")

    def start(first: Start) -> Mapping[sp.Symbol, Expression]:
        return {**gap_at_start(first), FIRST.symbol: weight * norm2(first.error)}

    return replace(
        theorem.declaration,
        name="own",
        parameters=[FIRST if p.name == "E0" else p for p in theorem.parameters],
        assumes=[a for a in theorem.assumes if smooth_too or a is not smooth],
        step=replace(theorem.step, start=start),
    )


def test_a_theorem_of_ones_own_has_the_start_of_its_line() -> None:
    constants = {**EXACT, "L": 1, "mu": 1, "beta": 0.1, "Delta": 0.5}
    with pytest.warns(UnprovedWarning):  # the kernel knows no such constant
        answer = TheoremHandle(_own(3)).step_size(horizon=10, **constants)
    catalogued = boundcalc.theorem("sgdm-pl").step_size(horizon=10, **constants)
    assert [one.to_json() for one in answer.line_start] == [
        {"constant": "first_error", "value": 3.0, "given": False}
    ]
    assert answer.bound is not None and catalogued.bound is not None
    assert answer.bound.value == catalogued.bound.value


def test_a_line_whose_start_is_not_bounded_is_not_shown() -> None:
    constants = {**EXACT, "L": 1, "mu": 1, "beta": 0.1, "Delta": 0.5}
    theorem = _own(1, smooth_too=False)
    with pytest.warns(UnprovedWarning):
        assert TheoremHandle(theorem).step_size(horizon=10, **constants).pytorch is None
    with pytest.warns(UnprovedWarning):
        assert (
            TheoremHandle(theorem).step_size(horizon=10, first_error=1, **constants).pytorch
            is not None
        )


@dataclass(frozen=True)
class Mistaken(Momentum):
    """Momentum that tells PyTorch the step of the average, not of the buffer."""

    def pytorch(self, p: Mapping[str, float]) -> dict[str, float]:
        return {"lr": p["gamma"], "momentum": 1 - p["beta"]}


def test_a_line_that_is_another_method_is_refused() -> None:
    theorem = replace(
        boundcalc.theorem("sgdm-pl").declaration, name="mistaken", algorithm=Mistaken()
    )
    with pytest.raises(UsageError, match="is not the method"):
        TheoremHandle(theorem).step_size(horizon=10, **EXACT, L=1, mu=1, beta=0.1, Delta=0.5)
