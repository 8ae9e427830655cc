"""What may be asked for, what is implied, and what is refused."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

import boundcalc
from boundcalc.errors import UsageError
from boundcalc.kernel.lemmas import Geometric
from boundcalc.verify import Verification, verify
from numerics import Problem, make_problem

QUICK = {"iterations": 30, "trials": 50}


def run(name: str = "sgd-pl", **asked: Any) -> Verification:
    return boundcalc.theorem(name).verify(**{**QUICK, **asked})


@pytest.mark.parametrize(
    ("name", "weaker", "refused", "own"),
    [
        ("L", 1.5, 0.5, "L = 1,"),
        ("mu", 0.25, 0.75, "mu = 0.5,"),
        ("Delta", 4, 3, "Delta = 3.75,"),
    ],
)
def test_a_constant_must_be_implied(name: str, weaker: float, refused: float, own: str) -> None:
    assert run(values={name: weaker}).constants[name] == weaker
    with pytest.raises(UsageError) as caught:
        run(values={name: refused})
    assert f"{name} = {refused}" in str(caught.value) and own in str(caught.value)
    assert caught.value.exit_status == 2


def test_a_weaker_constant_gives_a_larger_bound() -> None:
    sharp = run(values={"gamma": Fraction(1, 10)})
    weak = run(values={"gamma": Fraction(1, 10), "L": 2, "mu": 0.4})
    for a, b in zip(sharp.checkpoints[1:], weak.checkpoints[1:], strict=True):
        assert a.mean == b.mean and a.bound < b.bound


def test_a_constant_that_prints_like_the_problems_is_the_problems() -> None:
    # The float 0.1 is a little above one tenth.
    asked = {"problem": "quadratic", "options": {"L": 0.1, "mu": 0.01}}
    assert run(**asked, values={"L": sp.Rational(1, 10)}).verdict == "holds"
    assert run(**asked, values={"mu": sp.Rational(1, 100)}).verdict == "holds"


def test_the_constants_of_the_estimator_are_those_given() -> None:
    found = run(values={"B": 0.2, "C": 0, "M": 0, "sigma2": sp.Rational(1, 3)})
    assert {n: found.constants[n] for n in ("B", "C", "M")} == {"B": 0.2, "C": 0, "M": 0}
    assert found.constants["sigma2"] == pytest.approx(1 / 3)
    assert found.verdict == "holds"


def test_laws_that_are_silent_have_no_constants() -> None:
    found = run(bias="none", noise="none")
    assert all(found.constants[n] == 0 for n in ("B", "C", "M", "sigma2"))


@pytest.mark.parametrize("bias", ["opposing", "fixed", "random"])
@pytest.mark.parametrize("noise", ["gaussian", "rademacher", "multiplicative"])
def test_every_law_keeps_the_bound(bias: str, noise: str) -> None:
    assert run("sgd-nonconvex", bias=bias, noise=noise).verdict == "holds"


@pytest.mark.parametrize(
    ("bias", "noise"),
    [("opposing", "multiplicative"), ("fixed", "gaussian"), ("random", "rademacher")],
)
def test_momentum_keeps_the_bound_under_other_laws(bias: str, noise: str) -> None:
    assert run("sgdm-pl", bias=bias, noise=noise).verdict == "holds"


@pytest.mark.parametrize("problem", ["quadratic", "least-squares", "sine", "glm"])
def test_every_problem_keeps_the_bound(problem: str) -> None:
    assert run("sgdm-nonconvex", problem=problem).verdict == "holds"
    if problem != "glm":
        assert run("sgd-pl", problem=problem).verdict == "holds"


def test_free_parameters_may_be_fixed() -> None:
    fixed = run("sgdm-pl", values={"theta": sp.Rational(1, 2), "p": 1})
    assert fixed.proof_parameters.get("theta", 0.5) == 0.5
    best = run("sgdm-pl")
    assert best.checkpoints[-1].bound <= fixed.checkpoints[-1].bound


def test_start_sets_the_initial_error() -> None:
    assert run("sgdm-pl").constants["E0"] == 0
    assert run("sgdm-pl", start="zero").constants["E0"] == pytest.approx(6.25)
    with pytest.raises(UsageError, match="E0 = 1 is smaller"):
        run("sgdm-pl", start="zero", values={"E0": 1})


def test_beta_adapts_to_noise_that_grows_with_the_gradient() -> None:
    found = run("sgdm-pl", problem="least-squares", estimator="minibatch", values={"batch": 4})
    assert found.constants["beta"] < 0.5 and found.verdict == "holds"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"problem": "quadratics"}, "did you mean quadratic"),
        ({"options": {"spectra": "log"}}, "did you mean spectrum"),
        ({"estimator": "mini-batch"}, "did you mean 'minibatch'"),
        ({"estimator": "minibatch"}, "need a finite sum"),
        ({"estimator": "exact", "bias": "opposing"}, "belong to the synthetic estimator"),
        ({"estimator": "exact", "values": {"batch": 3}}, "batch belongs to the minibatch"),
        ({"estimator": "exact", "values": {"sigma2": -1}}, "smaller than the problem's"),
        ({"bias": "oposing"}, "did you mean opposing"),
        ({"bias": "none", "values": {"B": 0.1}}, "needs a bias law"),
        ({"values": {"gama": 1}}, "did you mean 'gamma'"),
        ({"values": {"gamma": 3}}, "above the limit"),
        ({"values": {"gamma": "x"}}, "gamma must be a number"),
        ({"values": {"B": 1}}, "outside"),
        ({"values": {"M": -1}}, ">= 0"),
        ({"start": "zeros"}, "did you mean zero"),
        ({"iterations": 0}, "iterations must be an integer >= 1"),
        ({"trials": 1.5}, "trials must be an integer"),
        ({"seed": -1}, "seed must be"),
        ({"workers": 0}, "workers must be"),
        ({"level": 1}, "level must be between 0 and 1"),
        ({"iterations": 10**15}, "ten years"),
        ({"options": {"dimension": 10**12}}, "memory"),
        ({"loss": "logistic"}, "belong to a data file"),
        ({"data": "x.csv", "problem": "sine"}, "name no other one"),
        ({"data": "no such file.csv"}, "No such file"),
        ({"problem": make_problem("sine"), "options": {"dimension": 3}}, "name of a problem"),
    ],
    ids=lambda part: part if isinstance(part, str) else " ".join(part),
)
def test_what_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        run(**asked)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_batch_chooses_the_estimator() -> None:
    found = run("sgd-pl", problem="least-squares", values={"batch": 4})
    assert found.estimator.startswith("mini-batch of 4")
    with pytest.raises(UsageError, match="batch must be"):
        run("sgd-pl", problem="least-squares", values={"batch": 10**6})


class Steeper(type(make_problem("quadratic"))):  # type: ignore[misc]
    """A quadratic that is steeper than it says."""

    def gradient(self, x: Any, out: Any = None) -> Any:
        return np.multiply(2.0, super().gradient(x), out=out)


def test_a_problem_that_lies_is_found_out_before_any_verdict() -> None:
    honest: Any = make_problem("quadratic")
    liar: Problem = Steeper(honest.spectrum, honest.start, None, "a steeper quadratic")
    with pytest.raises(UsageError, match=r"no verdict .*'smooth'.*does not hold"):
        run(problem=liar)


def test_a_theorem_that_allows_no_bias_refuses_an_estimator_that_has_some() -> None:
    theorem = boundcalc.theorem("sgd-pl")
    without = replace(
        theorem.declaration,
        parameters=[p for p in theorem.parameters if p.name != "B"],
        example=None,
    )
    with pytest.raises(UsageError, match="allows no B"):
        verify(
            without,
            problem="quadratic",
            values={"B": 0.1, "C": 0, "M": 0, "sigma2": 0},
        )


def test_a_theorem_without_example_asks_for_a_problem() -> None:
    theorem = replace(boundcalc.theorem("sgd-pl").declaration, example=None)
    with pytest.raises(UsageError, match="name a problem"):
        verify(theorem)
    found = verify(theorem, problem="quadratic", check_proof=False, **QUICK)
    assert found.verdict == "holds" and found.constants["B"] == 0


def test_a_measure_that_cannot_be_simulated_is_refused() -> None:
    theorem = boundcalc.theorem("sgd-pl")
    measure = replace(theorem.step.measure, name="curvature")
    assert isinstance(theorem.step.unroll, Geometric)
    with pytest.raises(UsageError, match="cannot measure"):
        verify(replace(theorem.declaration, step=replace(theorem.step, measure=measure)))


def test_progress_is_reported_and_may_stop_the_run() -> None:
    seen: list[tuple[int, int]] = []
    run(progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (1500, 1500)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(progress=stop)
