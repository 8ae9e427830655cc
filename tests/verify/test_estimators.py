"""Estimators simulated: each on its problems, bounds that hold, and residuals that are near."""

from __future__ import annotations

from typing import Any

import pytest

import boundcalc
from boundcalc import UsageError
from boundcalc.facade import TheoremHandle
from boundcalc.model.compose import compose
from boundcalc.registry import estimator, estimators
from numerics import make_problem

NAMES = sorted(estimators())
FEW: dict[str, Any] = {"iterations": 150, "trials": 200}


@pytest.mark.parametrize("name", NAMES)
def test_every_estimator_holds_on_its_problems(name: str) -> None:
    trial = estimator(name).trial
    assert trial is not None and len(trial.problems) >= 2
    theorem = boundcalc.theorem("sgd-nonconvex")
    for problem, options in trial.problems:
        found = theorem.verify(estimator=name, problem=problem, options=options, **FEW)
        assert found.verdict == "holds"
        assert found.theorem.name == f"{theorem.name}+{name}"
        assert all(finding.ok for finding in found.findings)


UNBOUNDED = ["composite", "composite-biased", "maml"]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNBOUNDED])
def test_every_estimator_holds_under_pl(name: str) -> None:
    found = boundcalc.theorem("sgd-pl").verify(estimator=name, **FEW)
    assert found.verdict == "holds"


@pytest.mark.parametrize("name", ["topk", "unbiased", "clip", "shuffle", "maml-quadratic"])
def test_momentum_holds_with_estimators(name: str) -> None:
    for theorem, start in (("sgdm-nonconvex", "zero"), ("sgdm-pl", "first")):
        found = boundcalc.theorem(theorem).verify(estimator=name, start=start, **FEW)
        assert found.verdict == "holds"
        assert found.constants["E0"] > 0


@pytest.mark.parametrize("name", UNBOUNDED)
def test_bounded_gradients_exclude_pl(name: str) -> None:
    with pytest.raises(UsageError, match="bounded everywhere have no mu"):
        boundcalc.theorem("sgd-pl").verify(estimator=name, **FEW)


@pytest.mark.parametrize(
    ("name", "iterations", "most"),
    [
        ("sgd-pl", 3000, 1.3),
        ("sgdm-pl", 3000, 1.3),
        ("sgd-nonconvex", 30_000, 1.1),
        ("sgdm-nonconvex", 30_000, 1.1),
    ],
)
def test_the_residual_of_an_opposing_bias_is_near_its_bound(
    name: str, iterations: int, most: float
) -> None:
    theorem = boundcalc.theorem(name)
    opposing: list[dict[str, Any]] = [
        {"estimator": "absolute", "values": {"gamma": 0.01, "abs_error": 0.5}},
        {"bias": "opposing", "noise": "none", "values": {"gamma": 0.01, "B": 0.1, "C": 0.25}},
    ]
    for setting in opposing:
        found = theorem.verify(iterations=iterations, **setting)
        assert found.verdict == "holds"
        # The mean of a long run is still above its limit, the gap at its end below.
        assert 0.9 < found.residual / found.checkpoints[-1].mean < most


def test_constants_come_from_the_problem_and_weaker_ones_are_taken() -> None:
    theorem = boundcalc.theorem("sgd-nonconvex")
    options = {"workers": 8, "shift": 0.5, "spread": 0.25, "dimension": 6}
    problem = make_problem("shifted-quadratics", **options)
    found = theorem.verify(estimator="randk", problem=problem, values={"k": 3}, **FEW)
    assert found.constants["n"] == 8
    assert found.constants["d"] == 6
    assert found.constants["B_h"] == pytest.approx(1 / 16)
    larger = {"k": 3, "B_h": 1}
    weaker = theorem.verify(estimator="randk", problem=problem, values=larger, **FEW)
    assert weaker.constants["B_h"] == 1
    for values, told in (
        ({"k": 3, "B_h": 0.01}, "does not imply it"),
        ({"k": 3, "n": 5}, "has 8"),
        ({"k": 7}, "k must be <= d"),
        ({"k": 3, "omega": 1}, "no parameter 'omega'"),
        ({"k": 3, "batch": 4}, "no parameter 'batch'"),
    ):
        with pytest.raises(UsageError, match=told):
            theorem.verify(estimator="randk", problem=problem, values=values, **FEW)


def test_gradients_along_the_run_must_stay_below_their_bound() -> None:
    """From beyond the bend of this function the gradient grows before it falls."""
    theorem = boundcalc.theorem("sgd-pl")
    problem = make_problem("sine", dimension=2, start=1.6)
    values = {"clip": 3, "G2": 5, "gamma": 0.05}
    with pytest.raises(UsageError, match="give a larger G2"):
        theorem.verify(estimator="clip", problem=problem, values=values, **FEW)
    enough = {**values, "G2": 20}
    assert theorem.verify(estimator="clip", problem=problem, values=enough, **FEW)


def test_clipping_takes_the_better_of_its_two_bounds() -> None:
    """In proportion where the gradients vanish, absolutely where the workers differ much."""
    composed = compose(boundcalc.theorem("sgd-nonconvex").declaration, estimator("clip"))
    given = {"L": 1, "Delta": 1, "gamma": 0.1, "clip": 0.9, "G2": 1, "p": 1}
    alike = TheoremHandle(composed).bound(float("inf"), **given)
    assert alike.form.endswith("clipping in proportion") and alike.terms["clipping"] == 0
    differing = TheoremHandle(composed).bound(float("inf"), delta2=10, **given)
    assert not differing.form.endswith("in proportion")
    assert differing.terms["clipping"] == pytest.approx(0.01, rel=1e-6)


def test_dithering_takes_the_better_of_its_two_constants() -> None:
    composed = compose(boundcalc.theorem("sgd-nonconvex").declaration, estimator("dithering"))
    given = {"L": 1, "Delta": 1, "gamma": 0.01, "n": 4, "p": 1, "sigma0_2": 1}
    few = TheoremHandle(composed).bound(1000, d=100, levels=2, **given)
    assert few.form.endswith("few levels")
    # omega = sqrt(d)/levels - 1 = 4 adds omega sigma0_2/n to the noise, scaled like sampling.
    assert few.terms["compression"] == pytest.approx(4 * few.terms["sampling"], rel=1e-9)
    many = TheoremHandle(composed).bound(1000, d=100, levels=10, **given)
    assert many.terms["compression"] == pytest.approx(many.terms["sampling"] / 4, rel=1e-9)


def test_a_pass_depends_on_the_step() -> None:
    """The residual of shuffling falls with the square of the step."""
    composed = compose(boundcalc.theorem("sgd-pl").declaration, estimator("shuffle"))
    given = {"L": 1, "mu": 0.1, "L_max": 2, "m": 10, "delta2": 1, "Delta": 1}
    residuals = [
        TheoremHandle(composed).bound(float("inf"), gamma=g, **given).value for g in (1e-2, 1e-3)
    ]
    assert residuals[0] / residuals[1] == pytest.approx(100, rel=0.03)
    # q (m + 1)/(6 m^2) delta2/(2 mu) in the limit of small steps.
    assert residuals[1] == pytest.approx(4e-6 * 11 / 600 / 0.2, rel=0.01)
