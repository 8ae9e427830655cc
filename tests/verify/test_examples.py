"""The examples of the theorems, and theorems that are false."""

import json
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

import boundcalc
from boundcalc.errors import UnprovedWarning
from boundcalc.model.theorem import Theorem
from boundcalc.verify import Verification, verify
from numerics import make_problem

NAMES = ("sgd-nonconvex", "sgd-pl", "sgdm-nonconvex", "sgdm-pl")


@pytest.fixture(scope="module")
def examples() -> dict[str, Verification]:
    return {name: boundcalc.theorem(name).verify(workers=2) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_example_holds_and_is_near_the_truth(
    name: str, examples: dict[str, Verification]
) -> None:
    found = examples[name]
    assert found.verdict == "holds" and found.exit_status == 0
    assert 1 <= found.tightness < 1.5
    assert 1 <= found.tightness_last < 2
    # The residual is in sight at the end.
    assert found.checkpoints[-1].bound < 4 * found.residual
    assert found.slope is not None
    assert found.slope.fitted == pytest.approx(found.slope.predicted, rel=0.15)
    assert found.seconds < 20
    assert found.proved is True
    assert all(finding.ok for finding in found.findings)


@pytest.mark.parametrize("name", NAMES)
def test_the_bound_is_the_one_that_bound_prints(
    name: str, examples: dict[str, Verification]
) -> None:
    found, theorem = examples[name], boundcalc.theorem(name)
    point = found.checkpoints[-1]
    # Searches for several checkpoints at once correct each other, so they may do a little better.
    alone = theorem.bound(point.k, **found.constants).value
    assert alone * (1 - 1e-4) <= point.bound <= alone * (1 + 1e-9)
    middle = found.checkpoints[len(found.checkpoints) // 2]
    best = theorem.bound(middle.k, **found.constants).value
    assert best * (1 - 1e-4) <= middle.bound <= 1.25 * best


def test_the_document(examples: dict[str, Verification]) -> None:
    document = json.loads(json.dumps(examples["sgdm-pl"].to_json(), allow_nan=False))
    assert {
        "theorem", "problem", "verdict", "estimator", "checkpoints", "level", "tightness",
        "slope", "trials", "seed", "constants",
    } <= set(document)  # fmt: skip
    assert document["theorem"] == "sgdm-pl" and document["level"] == 0.99
    assert set(document["checkpoints"][0]) == {
        "k", "mean", "lower", "upper", "bound", "exact", "carried",
    }  # fmt: skip
    assert document["checkpoints"][0]["k"] == 0
    assert isinstance(document["slope"], float)
    assert document["constants"]["beta"] == 0.5


def test_infinity_is_a_string() -> None:
    start_at_minimum = boundcalc.theorem("sgd-pl").verify(
        options={"start": 0.0}, estimator="exact", iterations=3
    )
    assert start_at_minimum.verdict == "holds"
    document = start_at_minimum.to_json()
    assert document["tightness"] == "inf"
    json.dumps(document, allow_nan=False)


def test_the_same_seed_gives_the_same_result() -> None:
    theorem = boundcalc.theorem("sgd-pl")
    first, again = (theorem.verify(trials=300, iterations=40, workers=w) for w in (1, 2))
    assert first.checkpoints == again.checkpoints
    assert theorem.verify(trials=300, iterations=40, seed=1).checkpoints != first.checkpoints


def divided(theorem: Theorem, factor: int) -> Theorem:
    """A false theorem: its rate is ``factor`` times what the proof gives."""
    rate = theorem.step.unroll.rate
    forms = []
    for form in theorem.forms:
        formulas: dict[Any, Any] = dict(form.formulas)
        formulas[rate] = factor * formulas[rate]
        forms.append(replace(form, formulas=formulas))
    return replace(theorem, forms=forms)


@pytest.mark.parametrize("name", ["sgd-nonconvex", "sgdm-nonconvex"])
def test_a_bound_divided_by_three_is_violated(name: str) -> None:
    false = divided(boundcalc.theorem(name).declaration, 3)
    # A proof that fails takes its time: once is enough.
    check = name == "sgd-nonconvex"
    with pytest.warns(UnprovedWarning) if check else nullcontext():
        found = verify(false, trials=200, iterations=300, check_proof=check)
    assert found.verdict == "violated" and found.exit_status == 1
    assert found.proved is (False if check else None)
    assert found.tightness < 0.5
    assert "above the bound" in found.summary


@pytest.mark.parametrize("name", ["sgd-pl", "sgdm-pl"])
def test_a_bound_without_its_bias_is_violated(name: str) -> None:
    theorem = boundcalc.theorem(name)
    error = {key: value / 20 for key, value in theorem.step.error.items()}
    false = replace(theorem.declaration, step=replace(theorem.step, error=error))
    found = verify(false, trials=400, check_proof=False)
    assert found.verdict == "violated" and found.proved is None


def test_a_bound_inside_the_limits_is_inconclusive() -> None:
    theorem = boundcalc.theorem("sgd-pl")
    flat = make_problem("quadratic", dimension=3, spectrum="equal")
    exact = {"B": 0, "C": 0, "M": 0, "sigma2": 1, "gamma": 1}
    # With one curvature and no bias the bound is an equality, which the exact mean knows.
    found = theorem.verify(problem=flat, values=exact, trials=50, iterations=20)
    assert found.verdict == "holds" and found.tightness == pytest.approx(1, abs=1e-5)
    assert any(point.upper > point.bound for point in found.checkpoints)
    # With a constant bias it is not known.
    found = theorem.verify(trials=4)
    assert found.verdict == "inconclusive" and found.exit_status == 3
    assert found.needed_trials is None or found.needed_trials > 4
    assert "inconclusive" in found.summary


def test_equality_is_no_violation() -> None:
    theorem = boundcalc.theorem("sgd-pl")
    flat = make_problem("quadratic", dimension=3, spectrum="equal", L=0.1)
    found = theorem.verify(problem=flat, estimator="exact", values={"gamma": 5}, iterations=100)
    assert found.verdict == "holds"
    assert found.tightness == pytest.approx(1, abs=1e-6)


def test_divergence_is_a_violation() -> None:
    from numerics import SGD

    theorem = boundcalc.theorem("sgd-pl")

    class Wild(type(SGD)):  # type: ignore[misc]
        def update(self, state: Any, gradient: Any, p: Any) -> dict[str, Any]:
            return {"x": state["x"] - 100 * gradient}

    found = verify(
        replace(theorem.declaration, algorithm=Wild()),
        trials=20,
        iterations=300,
        check_proof=False,
    )
    assert found.verdict == "violated" and found.diverged == 20
    assert found.to_json()["checkpoints"][-1]["mean"] == "inf"
