"""What an average holds before the first step: one estimate, or the mean of a batch of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from numerics import SGDM, SSVR, InputError, MiniBatch, initial_error, make_problem, simulate
from numerics.initial import first_batch
from numerics.metrics import Metric
from numerics.sign_methods import SSVR_FINITE_SUM


@dataclass(frozen=True)
class Shown:
    """A method whose first step is to stand where its average points."""

    name: str = "shown"
    title: str = "shown"
    latex: str = ""
    parameters: tuple[str, ...] = ()
    state: tuple[str, ...] = ("x", "v")
    samples: bool = True

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        return {"x": x, "v": average}

    def update(self, state: Any, draws: Any, p: Any) -> dict[str, Any]:
        return {"x": state["v"], "v": state["v"]}


@pytest.mark.parametrize("batch", [1, 4, 25])
def test_the_error_of_a_first_batch_is_its_part_of_the_variance(batch: int) -> None:
    problem, oracle = make_problem("glm", loss="logcosh", samples=20, dimension=3), MiniBatch(1)
    gradient = problem.gradient(problem.start[None])[0]
    every = problem.sample_gradient(  # type: ignore[attr-defined]
        np.repeat(problem.start[None], 20, axis=0), np.arange(20)[:, None]
    )
    variance = float(np.mean(np.sum((every - gradient) ** 2, axis=1)))
    metric = Metric("off", "off", lambda p, x, g: np.sum((x - gradient) ** 2, axis=1), False)
    run = simulate(
        problem, oracle, Shown(), {}, metric=metric, iterations=1, trials=4000, seed=1,
        start=f"first:{batch}", checkpoints=[1],
    )  # fmt: skip
    error = np.sqrt(run.variance[0] / run.trials)
    assert abs(run.mean[0] - variance / batch) <= 5 * error
    assert run.mean[0] <= initial_error(problem, oracle, SSVR, f"first:{batch}")


def test_one_estimate_is_a_batch_of_one() -> None:
    assert first_batch("first", SGDM) == first_batch("first:1", SGDM) == 1
    assert first_batch("gradient", SSVR) is None
    assert first_batch("zero", SSVR) is None


@pytest.mark.parametrize(
    ("start", "algorithm", "said"),
    [
        ("last", SSVR, "unknown start 'last'"),
        ("zero:3", SSVR, "has no size"),
        ("first:", SSVR, "whole number"),
        ("first:0", SSVR, "must be"),
        ("first:2", SGDM, "takes no samples"),
        ("zero", SSVR_FINITE_SUM, "starts at the exact gradient"),
    ],
)
def test_starts_that_make_no_sense(start: str, algorithm: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        first_batch(start, algorithm)
