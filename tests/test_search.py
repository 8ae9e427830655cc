"""The search for proof parameters: known optima, on borders too, many problems at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import differential_evolution

import boundcalc
from boundcalc.exact.evaluate import number
from boundcalc.kernel.assumptions import Smooth
from boundcalc.solve.points import programs, step_variable
from boundcalc.solve.program import Program
from boundcalc.solve.search import Variable, minimise
from boundcalc.solve.values import read_values


def test_interior_optimum() -> None:
    found = minimise(
        lambda v: ((v["a"] - 0.3) ** 2 + (v["b"] - 0.999999) ** 2, np.zeros(())),
        [Variable.unit("a"), Variable.unit("b")],
    )
    assert found.values["a"][0] == pytest.approx(0.3, abs=1e-4)
    assert found.values["b"][0] == pytest.approx(0.999999, abs=1e-4)
    assert found.violation[0] == 0


def test_optimum_on_a_curved_border() -> None:
    """Minimise x + y where xy >= 1/16: at x = y = 1/4."""
    found = minimise(
        lambda v: (v["x"] + v["y"], np.maximum(1 / 16 - v["x"] * v["y"], 0)),
        [Variable.unit("x"), Variable.positive("y", 10)],
    )
    assert found.objective[0] == pytest.approx(0.5, abs=1e-6)
    assert found.violation[0] == 0


def test_each_of_many_problems_has_its_own_optimum() -> None:
    targets = np.array([[0.1], [0.5], [0.9]])
    found = minimise(lambda v: ((v["a"] - targets) ** 2, np.zeros(())), [Variable.unit("a")], 3)
    assert found.values["a"] == pytest.approx(targets[:, 0], abs=1e-4)


def test_infeasible_problems_say_so() -> None:
    found = minimise(lambda v: (v["a"], 1 + v["a"]), [Variable.unit("a")])
    assert found.violation[0] > 1


def test_the_same_question_has_the_same_answer() -> None:
    def objective(v: dict[str, Any]) -> tuple[Any, Any]:
        return np.sin(40 * v["a"]) + v["b"], np.zeros(())

    axes = [Variable.unit("a"), Variable.unit("b")]
    one, other = minimise(objective, axes), minimise(objective, axes)
    assert one.values["a"].tobytes() == other.values["a"].tobytes()


HARD = {
    "sgdm-nonconvex": {"L": 100, "beta": 0.01, "B": 0.3, "C": 0.1, "M": 3, "sigma2": 10, "Delta": 5,
                       "E0": 10, "gamma": 4e-5},
    "sgdm-pl": {"L": 1, "mu": 1e-4, "beta": 0.05, "B": 0.1, "C": 0.01, "M": 0.1, "sigma2": 0.1,
                "Delta": 1, "gamma": 0.02},
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_as_good_as_differential_evolution(name: str) -> None:
    theorem = boundcalc.theorem(name)
    values = {key: float(v) for key, v in read_values(theorem.declaration, HARD[name]).items()}
    sharp = programs(theorem.declaration, read_values(theorem.declaration, HARD[name]), ["sharp"])[
        0
    ]
    axes = [Variable.unit(free) for free in sharp.free]

    def one(u: Any) -> float:
        env = {**values, **{a.name: a.value(np.asarray(c)) for a, c in zip(axes, u, strict=True)}}
        outside = float(sharp.violation(env))
        return float(sharp.bound(env, 1e5)) if outside == 0 else 1e6 * (1 + outside)

    bounds = [(axis.low, axis.high) for axis in axes]
    other = differential_evolution(one, bounds, maxiter=150, popsize=20, tol=1e-10, seed=1)
    assert theorem.bound(10**5, **HARD[name]).value <= other.fun * (1 + 1e-5)


def test_a_condition_in_which_what_varies_cancels_is_no_trouble() -> None:
    """With B = M = 0 the decrease is written in theta, and does not depend on it."""
    theorem = boundcalc.theorem("sgdm-nonconvex+absolute")
    program = Program(theorem.declaration, theorem.form("readable"))
    fixed = {"L": 1, "abs_error": 0.5, "n": 1, "sigma0_2": 0, "gamma": -1, "beta": 0.5,
             "Delta": 1, "E0": 0}  # fmt: skip
    env = {**fixed, "theta": 0.5, "young": 1}
    moving, still = program.written_in(program.free)
    decrease = next(i for i, c in enumerate(program.conditions) if str(c.left) == "c")
    assert decrease in moving and still
    # gamma < 0: its domain, among those that stand still, and the decrease, among the others.
    assert float(program.missed(fixed, still)) > 0 and float(program.missed(env, [decrease])) > 0
    split = program.missed(fixed, still) + program.missed(env, moving)
    assert float(split) == pytest.approx(float(program.violation(env)))


def test_the_scale_of_the_steps_follows_the_assumption_not_the_name() -> None:
    theorem = boundcalc.theorem("sgd-nonconvex").declaration
    assert theorem.meanings["L"] == "L"
    plain = step_variable(theorem, {"L": number(10**6)})
    smooth = next(a for a in theorem.assumes if isinstance(a, Smooth))
    ell = sp.Symbol("ell", real=True)
    renamed = replace(
        theorem, assumes=[replace(a, L=ell) if a is smooth else a for a in theorem.assumes]
    )
    found = step_variable(renamed, {"ell": number(10**6)})
    assert [found.value(u) for u in (0.1, 0.5, 0.9)] == [plain.value(u) for u in (0.1, 0.5, 0.9)]
    assert plain.value(0.5) != step_variable(theorem, {}).value(0.5)
