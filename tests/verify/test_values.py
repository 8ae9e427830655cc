"""Every constant of an estimator may be given an ordinary value, and settles what is simulated."""

from __future__ import annotations

import pytest

import boundcalc
from boundcalc.errors import UsageError
from boundcalc.verify import Verification
from boundcalc.verify.problem import sized

COMPRESSED = [
    "dcgd-convex", "dcgd-nonconvex", "dcgd-strongly-convex", "delayed-cgd-nonconvex",
    "delayed-cgd-pl", "delayed-dcgd-convex", "delayed-dcgd-strongly-convex",
]  # fmt: skip


def run(name: str, problem: str | None = None, **values: float) -> Verification:
    return boundcalc.theorem(name).verify(problem=problem, values=values, iterations=5, trials=20)


@pytest.mark.parametrize("name", COMPRESSED)
@pytest.mark.parametrize("estimator", ["dithering", "randk", "sparsifier"])
def test_what_makes_a_compressor_is_known_of_it(name: str, estimator: str) -> None:
    own = {"dithering": {"levels": 2}, "randk": {"k": 3}, "sparsifier": {"p_min": 0.2}}[estimator]
    found = run(f"{name}+{estimator}", **own)
    assert {key: found.constants[key] for key in own} == own
    assert run(f"{name}+{estimator}").constants.keys() == found.constants.keys()


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9])
@pytest.mark.parametrize(
    "name",
    ["dcgd-convex", "sgd-pl+topk", "sgd-nonconvex+clip", "sgd-pl+maml-quadratic"],
)
def test_there_are_as_many_workers_as_are_asked_for(name: str, n: int) -> None:
    assert run(name, n=n).constants["n"] == n


def test_other_constants_say_what_the_problem_is_like_too() -> None:
    assert run("sgd-pl+topk", d=20, k=5).constants["d"] == 20
    assert run("sgd-nonconvex+maml", inner_step=0.05).constants["inner_step"] == 0.05
    assert run("mv-signsgd-momentum", n=4).constants["n"] == 4
    assert run("sgd-pl+topk", "shifted-quadratics", n=2).constants["n"] == 2


def test_an_option_that_is_given_stays_as_it_is() -> None:
    assert sized("shifted-quadratics", {"workers": 6, "spread": 0.1}, {"n": 2, "d": 3}) == {
        "workers": 6, "spread": 0.1, "dimension": 3
    }  # fmt: skip
    assert sized("quadratic", {}, {"n": 2}) == {}
    with pytest.raises(UsageError, match="give it so many"):
        boundcalc.theorem("sgd-pl+topk").verify(options={"workers": 6}, values={"n": 2})


def test_a_number_of_workers_is_a_whole_one() -> None:
    with pytest.raises(UsageError, match="workers must be an integer"):
        run("dcgd-convex", n=2.5)
