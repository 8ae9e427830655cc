"""Updates in place: the same numbers to the last bit as the update that allocates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from numerics import SGD, SGDM
from numerics.inplace import InPlace, updates

ROWS, WIDTH = 5, 7
ONES = np.ones((ROWS, WIDTH))


@dataclass(frozen=True)
class Update:
    """A method that is nothing but its update."""

    state: tuple[str, ...]
    rule: Any
    name: str = "update"

    def update(
        self, state: Mapping[str, Any], gradient: Any, p: Mapping[str, Any]
    ) -> dict[str, Any]:
        result: dict[str, Any] = self.rule(state, gradient, p)
        return result


UPDATES: dict[str, Any] = {
    "sgd": SGD,
    "sgdm": SGDM,
    "nesterov": Update(
        ("x", "y"),
        lambda s, g, p: {
            "x": s["y"] - p["gamma"] * g,
            "y": (1 + p["beta"]) * (s["y"] - p["gamma"] * g) - p["beta"] * s["x"],
        },
    ),
    "swapped": Update(("x", "v"), lambda s, g, p: {"x": s["v"], "v": s["x"]}),
    "shifted": Update(("x", "v", "w"), lambda s, g, p: {"x": s["v"], "v": s["w"], "w": g}),
    "doubled": Update(("x", "v"), lambda s, g, p: {"x": s["x"] - g, "v": s["x"] - g}),
    "the estimate twice": Update(("x", "v"), lambda s, g, p: {"x": g, "v": g}),
    "nothing": Update(("x",), lambda s, g, p: {"x": s["x"]}),
    "negated": Update(("x",), lambda s, g, p: {"x": -(s["x"] + g) / 2}),
    "squares": Update(("x",), lambda s, g, p: {"x": (s["x"] + s["x"]) - (g + g) * p["gamma"]}),
    "one use of many": Update(
        ("x", "v"),
        lambda s, g, p: {"x": s["x"] - p["gamma"] * (s["v"] + g), "v": s["x"] + s["v"] + g},
    ),
}


def parameters(form: str) -> dict[str, Any]:
    if form == "numbers":
        return {"gamma": 0.3, "beta": 0.7}
    rng = np.random.default_rng(1)
    return {"gamma": rng.random((ROWS, 1)), "beta": rng.random((ROWS, 1))}


@pytest.mark.parametrize("form", ["numbers", "one for every trial"])
@pytest.mark.parametrize("name", UPDATES)
def test_equal_to_the_last_bit(name: str, form: str) -> None:
    method, p = UPDATES[name], parameters(form)
    rng = np.random.default_rng(0)
    state = {vector: rng.standard_normal((ROWS, WIDTH)) for vector in method.state}
    given = {vector: array.copy() for vector, array in state.items()}
    steps = InPlace(method, p, given)
    for _ in range(9):
        g = rng.standard_normal((ROWS, WIDTH))
        steps.estimate[...] = g
        steps.step()
        state = method.update(state, g, p)
        for vector in method.state:
            assert steps.state[vector].tobytes() == state[vector].tobytes()
    # Those that were given stay as they are.
    rng = np.random.default_rng(0)
    for vector in method.state:
        assert given[vector].tobytes() == rng.standard_normal((ROWS, WIDTH)).tobytes()


def test_no_array_is_made_after_the_first_step() -> None:
    state = {name: np.ones((ROWS, WIDTH)) for name in SGDM.state}
    steps, seen = InPlace(SGDM, parameters("numbers"), state), set()
    for _ in range(20):
        steps.estimate[...] = 1.0
        steps.step()
        seen |= {id(array) for array in (*steps.state.values(), steps.estimate)}
    assert len(seen) == 3


@pytest.mark.parametrize(
    "rule",
    [
        lambda s, g, p: {"x": s["x"] * g},
        lambda s, g, p: {"x": np.sign(g)},
        lambda s, g, p: {"x": s["x"] + 1.0},
        lambda s, g, p: {"x": abs(g)},
        lambda s, g, p: {"x": 1.0 / g},
    ],
)
def test_what_is_not_linear_is_refused(rule: Any) -> None:
    with pytest.raises(TypeError):
        InPlace(Update(("x",), rule), {}, {"x": np.ones((ROWS, WIDTH))})  # type: ignore[arg-type]


def test_what_is_not_linear_is_evaluated_as_it_stands() -> None:
    """Also where the state keeps the array of the estimate, and the one before it."""

    def rule(s: Any, g: Any, p: Any) -> dict[str, Any]:
        return {"x": s["x"] - p["gamma"] * np.sign(s["v"]), "v": g, "w": s["v"]}

    method: Any = Update(("x", "v", "w"), rule)
    rng = np.random.default_rng(0)
    expected = {name: rng.standard_normal((ROWS, WIDTH)) for name in method.state}
    update = updates(method, {"gamma": 0.1}, expected)
    for _ in range(3):
        gradient = rng.standard_normal((ROWS, WIDTH))
        expected = rule(expected, gradient.copy(), {"gamma": 0.1})
        update.estimate[...] = gradient
        update.step()
        for name, vector in expected.items():
            assert (update.state[name] == vector).all(), name


def test_a_method_is_run_as_it_treats_arrays() -> None:
    """One that does not say that it is linear may ask what it is given, or throw a coin."""
    coins = iter([0.0, 1.0])

    def rule(s: Any, g: Any, p: Any) -> dict[str, Any]:
        clipped = np.clip(g, -1, 1) if isinstance(g, np.ndarray) else g
        return {"x": s["x"] - next(coins) * clipped}

    method: Any = Update(("x",), rule)
    update = updates(method, {}, {"x": np.ones((ROWS, WIDTH))})
    for expected in (1.0, 0.0):
        update.estimate[...] = 7.0
        update.step()
        assert (update.state["x"] == expected).all()
    assert isinstance(updates(SGDM, {"gamma": 1, "beta": 1}, {"x": ONES, "v": ONES}), InPlace)
