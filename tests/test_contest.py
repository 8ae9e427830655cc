"""Theorems at equal gradient calls: best bounds, one measure, crossovers."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import boundcalc
from boundcalc import Contest, UsageError, compare_theorems
from boundcalc.comparison.budget import Budget
from boundcalc.comparison.conversions import NAMES, Conversion, Quantity, common
from boundcalc.export.plots import theorems as contest_plot
from boundcalc.export.plots.figure import new_figure
from boundcalc.export.plots.theorems import plot_contest
from boundcalc.model.theorem import Theorem

SIGN: dict[str, Any] = {"L": 1, "sigma2": 0.25, "d": 100, "Delta": 1}
SAMPLES: dict[str, Any] = {**SIGN, "L_avg": 2}
PLAIN: dict[str, Any] = {"B": 0, "C": 0, "M": 0}


def signsgd(N: int, batch: int) -> float:
    """Its bound at the best step and weight: sqrt(2 Delta L d/K) + sqrt(d sigma2/b)."""
    return math.sqrt(200 / (N // batch)) + math.sqrt(25 / batch) if batch <= N else math.inf


@pytest.fixture(scope="module")
def held() -> Contest:
    return compare_theorems(
        ["signsgd", "ssvr", "sgd-nonconvex", "sgdm-nonconvex"],
        calls=[1, 100, 10**4, 10**6], measure="gradient-1-norm", **SAMPLES, **PLAIN,
    )  # fmt: skip


def test_batches_are_the_best_whole_numbers() -> None:
    found = compare_theorems(["signsgd"], calls=[1, 7, 500, 20_000], **SIGN)
    for N, bought, bound in zip(
        found.calls, found.results[0].purchases, found.results[0].bounds, strict=True
    ):
        least = min(signsgd(N, b) for b in range(1, N + 1))
        assert bound == pytest.approx(least, rel=1e-6)
        assert bought is not None
        assert N // bought.settings["batch"] == bought.K


@pytest.mark.parametrize("name", ["ssvr", "signsgd-momentum", "signsgd"])
def test_as_many_iterations_as_the_calls_pay_for(name: str) -> None:
    theorem = boundcalc.theorem(name)
    known = {p.name for p in theorem.parameters}
    given = {n: v for n, v in SAMPLES.items() if n in known}
    budget = Budget(theorem.declaration, given)
    budget.explore([9, 1234])
    for N in (9, 1234):
        bought = budget.purchase(N)
        assert bought is not None
        values = {**bought.settings, "sigma2": 0.25}

        def calls(K: int, values: dict[str, float] = values) -> float:
            return float(theorem.calls.subs({s: values.get(s.name, K) for s in
                                             theorem.calls.free_symbols}))  # fmt: skip

        assert calls(bought.K) <= N * (1 + 1e-12) < calls(bought.K + 1)
        if bought.first_batch:
            assert bought.first_batch * bought.settings["E0"] == pytest.approx(0.25, rel=1e-12)
        own = theorem.bound(bought.K, **{**given, **bought.settings})
        assert bought.bound.value == pytest.approx(own.value, rel=1e-6)


def test_nothing_given_is_better_than_what_is_chosen() -> None:
    written = ["ssvr", "ssvr:beta=0.01", "ssvr:E0=0.25", "ssvr:E0=0.01:beta=0.02", "ssvr:beta=1"]
    best, *others = compare_theorems(written, calls=[3000], **SAMPLES).results
    for other in others:
        assert best.bounds[0] <= other.bounds[0] * (1 + 1e-6)


def test_without_noise_the_first_sample_is_exact() -> None:
    found = compare_theorems(["signsgd-momentum"], calls=[101], **{**SIGN, "sigma2": 0})
    (bought,) = found.results[0].purchases
    assert bought is not None
    assert (bought.K, bought.first_batch, bought.settings["E0"]) == (100, 1, 0)


def test_momentum_may_choose_none(held: Contest) -> None:
    _, _, sgd, momentum = held.results
    assert momentum.bounds == pytest.approx(sgd.bounds, rel=1e-6)
    assert [p.name for p in momentum.candidate.unpaid] == ["E0"]


def test_who_cannot_pay_for_an_iteration_has_no_bound(held: Contest) -> None:
    ssvr = held.results[1]
    assert ssvr.purchases[0] is None and ssvr.bounds[0] == math.inf
    assert "ssvr" not in held.best[0]


def test_squares_become_norms(held: Contest) -> None:
    sgd = held.results[2]
    for bought, bound in zip(sgd.purchases, sgd.bounds, strict=True):
        assert bought is not None
        assert bound == pytest.approx(math.sqrt(100 * bought.bound.value), rel=1e-12)
        assert bound >= math.sqrt(100 * bought.bound.value)
    assert "sqrt(d)" in sgd.candidate.conversion.text
    assert held.results[0].candidate.conversion.text == ""


def test_predicted_rates_are_those_of_the_converted_bounds(held: Contest) -> None:
    decays = [result.rate.decay for result in held.results if result.rate]
    assert [decay["N"] for decay in decays] == [
        Fraction(-1, 4), Fraction(-1, 3), Fraction(-1, 4), Fraction(-1, 4),
    ]  # fmt: skip
    assert {decay["d"] for decay in decays} == {Fraction(1, 2)}
    assert held.results[0].slope == pytest.approx(-1 / 4, abs=0.01)
    assert held.results[1].slope == pytest.approx(-1 / 3, abs=0.02)


def test_what_is_given_slows_the_rate() -> None:
    found = compare_theorems(["signsgd", "signsgd:batch=1"], calls=[10**6], **SIGN)
    free, fixed = (result.rate for result in found.results)
    assert free and fixed
    assert not free.floor and fixed.floor


def with_calls(calls: str) -> Theorem:
    symbols = {name: sp.Symbol(name, real=True) for name in ("K", "batch", "d")}
    return replace(
        boundcalc.theorem("signsgd").declaration, calls=sp.sympify(calls, locals=symbols)
    )


def test_what_is_paid_once_and_what_is_free() -> None:
    (once,) = compare_theorems([with_calls("d + K*batch")], calls=[5100], **SIGN).results
    assert once.bounds[0] == pytest.approx(min(signsgd(5000, b) for b in range(1, 100)), rel=1e-6)
    (free,) = compare_theorems([with_calls("K")], calls=[100], **SIGN).results
    assert "nothing limits batch" in free.reason
    with pytest.raises(UsageError, match="not a first batch and a price for each iteration"):
        compare_theorems([with_calls("K**2")], calls=[100], **SIGN)


def test_crossover_of_two_batches_is_where_the_formulas_meet() -> None:
    """sqrt(200/N) + 1/2 = sqrt(200 * 4/N) + 1/4 at N = 3200."""
    found = compare_theorems(
        ["signsgd:batch=1", "signsgd:batch=4"], calls=[100, 10**6], **{**SIGN, "sigma2": 0.0025}
    )
    (crossover,) = found.crossovers
    assert (crossover.lower, crossover.other) == ("signsgd:batch=4", "signsgd:batch=1")
    assert crossover.calls == pytest.approx(3200, rel=2e-3)
    assert crossover.bound == pytest.approx(0.75, rel=1e-3)


def test_variance_reduction_is_better_from_the_crossover_on() -> None:
    found = compare_theorems(["signsgd", "ssvr"], calls=[1000, 10**8], **SAMPLES)
    (crossover,) = found.crossovers
    assert (crossover.lower, crossover.other) == ("ssvr", "signsgd")
    for factor, best in ((0.98, "signsgd"), (1.02, "ssvr")):
        side = [round(crossover.calls * factor)]
        assert compare_theorems(["signsgd", "ssvr"], calls=side, **SAMPLES).best == ((best,),)


def test_the_inequalities_between_norms_hold() -> None:
    """Conversions keep what is true: checked on random gradients, mean and least."""
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((50, 20, 7)) * rng.exponential(1, (1, 20, 7))

    def of(quantity: Quantity) -> float:
        powers = np.linalg.norm(gradients, quantity.norm, axis=-1) ** quantity.order
        expected = powers.mean(axis=0)
        return float(expected.mean() if quantity.over == "mean" else expected.min())

    every = [Quantity(n, p, o) for n in (1, 2) for p in (1, 2) for o in ("mean", "least")]
    allowed = 0
    for source in every:
        for target in every:
            if source.order < target.order or (source.over, target.over) == ("least", "mean"):
                with pytest.raises(UsageError, match="follows from"):
                    Conversion(source, target)
                continue
            allowed += 1
            assert of(target) <= Conversion(source, target).value(of(source), 7)
    assert allowed == 36


def test_common_measure() -> None:
    one, two, square = (Quantity(*NAMES[name], "mean") for name in NAMES)
    assert common([one, one]) == one
    assert common([square, square]) == square
    assert common([one, square]) == two
    assert common([square, Quantity(2, 2, "least")]) == Quantity(2, 2, "least")
    assert common([one, square], "gradient-1-norm") == one
    gap = Quantity.of(boundcalc.theorem("sgd-pl").step.measure)
    assert common([gap, gap]) == gap
    with pytest.raises(UsageError, match="cannot be compared"):
        common([gap, square])


WRONG: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "nothing": ([], {}, "nothing to compare"),
    "unknown theorem": (["signsdg"], {}, "did you mean 'signsgd'"),
    "twice": (["ssvr", "ssvr"], {}, "'ssvr' is named twice"),
    "no name": (["ssvr", ":beta=1"], {}, "has no name"),
    "nobody knows it": (["ssvr"], {"sigma": 1}, "no theorem has a parameter 'sigma'; did you mean"),
    "missing": (["signsgd", "ssvr"], {"L_avg": None}, "ssvr needs values for L_avg"),
    "own value unknown": (["signsgd:beta=1", "ssvr"], {}, "signsgd has no parameter 'beta'"),
    "own value twice": (["ssvr:beta=1:beta=1"], {}, "beta is given twice"),
    "unknown measure": (["ssvr"], {"measure": "gradient-norm"}, "did you mean 'gradient-"),
    "no square of a norm": (["ssvr"], {"measure": "squared-gradient"}, "says nothing of the mean"),
    "endless calls": (["ssvr:E0=0"], {}, "E0 = 0 costs ssvr endless calls"),
    "half a call": (["ssvr"], {"calls": [10, 1.5]}, "whole number from 1"),
    "no calls": (["ssvr"], {"calls": []}, "no number of gradient calls"),
    "dimension": (
        ["sgd-nonconvex"],
        {"measure": "gradient-1-norm", "d": None, "L_avg": None, **PLAIN},
        "needs a value for d",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_refused(case: str) -> None:
    written, changes, message = WRONG[case]
    values = {n: v for n, v in {**SAMPLES, **changes}.items() if v is not None}
    with pytest.raises(UsageError, match=message):
        compare_theorems(written, **values)


def test_a_step_that_is_not_admissible_is_the_theorems_own_failure() -> None:
    values = {"L": 1, "sigma2": 1, "Delta": 1, **PLAIN}
    found = compare_theorems(["sgd-nonconvex", "sgd-nonconvex:gamma=5"], calls=[100], **values)
    fine, stuck = found.results
    assert "gamma = 5 is above the limit" in stuck.reason and not fine.reason
    assert found.best == (("sgd-nonconvex",),) and found.exit_status == 0
    assert compare_theorems(["sgd-nonconvex:gamma=5"], calls=[1], **values).exit_status == 1


def test_pictures(held: Contest, tmp_path: Path) -> None:
    target = tmp_path / "picture.svg"
    plot_contest(held, target)
    assert target.read_bytes().startswith(b"<?xml")
    (axes,) = new_figure((8, 5), lambda figure: contest_plot.draw(figure, held)).axes
    lines = {str(line.get_label()).partition(",")[0]: line for line in axes.get_lines()}
    for result in held.results:
        drawn = lines[result.candidate.label]
        shown = np.where(np.isfinite(result.curve), result.curve, np.nan)
        assert np.allclose(np.asarray(drawn.get_xdata()), held.nodes)
        assert np.allclose(np.asarray(drawn.get_ydata()), shown, equal_nan=True)
