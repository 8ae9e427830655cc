"""The update of each method, on arrays and on vectors that know only +, - and scalar *."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from numerics import SGD, SGDM, InputError
from numerics.algorithms import checked_parameters


@dataclass(frozen=True)
class Formal:
    """A vector of the kernel's kind: a formal combination of names."""

    terms: tuple[tuple[str, Fraction], ...]

    def __add__(self, other: Formal) -> Formal:
        total = dict(self.terms)
        for name, c in other.terms:
            total[name] = total.get(name, Fraction(0)) + c
        return Formal(tuple(sorted(total.items())))

    def __sub__(self, other: Formal) -> Formal:
        return self + Fraction(-1) * other

    def __rmul__(self, scalar: Fraction) -> Formal:
        return Formal(tuple((name, scalar * c) for name, c in self.terms))


def formal(name: str) -> Formal:
    return Formal(((name, Fraction(1)),))


def test_momentum_on_formal_vectors_is_the_definition() -> None:
    beta, gamma = Fraction(1, 3), Fraction(1, 5)
    state = {"x": formal("x"), "v": formal("v")}
    new = SGDM.update(state, formal("g"), {"beta": beta, "gamma": gamma})
    assert dict(new["v"].terms) == {"v": 1 - beta, "g": beta}
    assert dict(new["x"].terms) == {"x": 1, "v": -gamma * (1 - beta), "g": -gamma * beta}


def test_momentum_with_beta_one_is_plain_descent() -> None:
    rng = np.random.default_rng(0)
    x, v, g = rng.standard_normal((3, 4, 5))
    plain = SGD.update({"x": x}, g, {"gamma": 0.3})
    heavy = SGDM.update({"x": x, "v": v}, g, {"gamma": 0.3, "beta": 1.0})
    assert np.array_equal(plain["x"], heavy["x"])


def test_update_leaves_its_arguments_alone() -> None:
    x, v, g = np.ones((3, 2, 2))
    SGDM.update({"x": x, "v": v}, g, {"gamma": 0.3, "beta": 0.5})
    assert (x == 1).all() and (v == 1).all() and (g == 1).all()


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"gamma": 0.1}, "needs a value for beta"),
        ({"gamma": 0.1, "beta": 0.1, "bta": 1.0}, "did you mean beta"),
        ({"gamma": float("nan"), "beta": 0.1}, "gamma must be finite"),
        ({"gamma": "0.1", "beta": 0.1}, "gamma must be a number"),
    ],
)
def test_wrong_parameters(parameters: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        checked_parameters(SGDM, parameters)
