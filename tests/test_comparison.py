"""Contenders side by side: shared values, winners, crossovers, pictures."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import boundcalc
from boundcalc import Comparison, UsageError, contender
from boundcalc.comparison.communication import Complexity
from boundcalc.comparison.entries import contenders
from boundcalc.comparison.estimators import Failure
from boundcalc.export.plots import estimators as comparison_plot
from boundcalc.export.plots.estimators import plot_comparison
from boundcalc.export.plots.figure import new_figure

PL: dict[str, Any] = {"L": 1, "mu": 0.5, "Delta": 1, "d": 10}
# At gamma = 1/10, without noise, against gamma = 1/2 with variance 1/50; p = 1 is closed form.
SLOW, FAST = "exact:gamma=1/10", "stochastic:gamma=1/2:bits=80"


def slow(K: float) -> float:
    return 0.95**K


def fast(K: float) -> float:
    return 0.75**K + 0.5 * 0.02 / (2 * 0.5) * (1 - 0.75**K)


@pytest.fixture(scope="module")
def crossed() -> Comparison:
    return boundcalc.theorem("sgd-pl").compare([SLOW, FAST], target=0.02, p=1, sigma0_2=0.02, **PL)


def test_curves_are_the_bounds(crossed: Comparison) -> None:
    for curve, expected in zip(crossed.curves, (slow, fast), strict=True):
        assert curve.bounds == pytest.approx([expected(K) for K in curve.iterations], rel=1e-9)
    assert [curve.limit for curve in crossed.curves] == pytest.approx([0, 0.01])


def test_crossover_in_iterations(crossed: Comparison) -> None:
    """The first K at which the slower step, which leaves nothing, has the smaller bound."""
    (found,) = (c for c in crossed.crossings if c.axis == "iterations")
    expected = next(K for K in range(1, 1000) if slow(K) < fast(K))
    assert (found.at, found.lower, found.other) == (expected, SLOW, FAST)
    assert found.bound == pytest.approx(slow(expected))


def test_crossover_in_bits(crossed: Comparison) -> None:
    """320 bits an iteration against 80: the order changes within one message of the shorter."""
    (found,) = (c for c in crossed.crossings if c.axis == "bits")
    assert (found.lower, found.other) == (SLOW, FAST)
    assert slow(found.at / 320) <= fast(found.at / 80)
    assert slow((found.at - 80) / 320) > fast((found.at - 80) / 80)


def test_winners(crossed: Comparison) -> None:
    answers = {a.contender.label: a for a in crossed.answers}
    assert answers[SLOW].iterations == math.ceil(math.log(0.02) / math.log(0.95))
    assert answers[FAST].iterations == next(K for K in range(99) if fast(K) <= 0.02)
    assert crossed.best == {"iterations": (FAST,), "bits": (FAST,)}


def test_where_envelopes_cross_both_sides_agree() -> None:
    """Random entries have the smaller bound for few bits, natural compression for many."""
    theorem = boundcalc.theorem("sgd-nonconvex")
    values: dict[str, Any] = {"L": 1, "Delta": 1, "d": 1000, "n": 10, "sigma0_2": 0.1}
    found = theorem.compare(["natural", "randk:k=10"], horizon=200, **values)
    (crossing,) = (c for c in found.crossings if c.axis == "bits")
    assert (crossing.lower, crossing.other) == ("natural", "randk:k=10")
    for bits, sign in ((crossing.at / 1.3, 1), (crossing.at * 1.3, -1)):
        at = {
            o.contender.label: theorem.compare(
                [o.contender.label], horizon=round(bits / o.contender.bits_per_iteration), **values
            ).answers[0]
            for o in found.outcomes
        }
        gap = at["natural"].bound.value - at["randk:k=10"].bound.value
        assert math.copysign(1, gap) == sign


def test_the_order_does_not_change_between_equals() -> None:
    same = boundcalc.theorem("sgd-pl").compare(["exact", "topk:k=10"], target=1e-3, **PL)
    assert same.crossings == ()
    assert same.best == {"iterations": ("exact", "topk:k=10"), "bits": ("exact",)}


def test_after_a_horizon_the_least_bound_is_best() -> None:
    found = boundcalc.theorem("sgd-pl").compare(["randk:k=2", "exact"], horizon=5, **PL)
    assert [a.iterations for a in found.answers] == [5, 5]
    assert found.answers[1].bound.value == pytest.approx(0.5**5)
    assert found.best == {"bound": ("exact",), "bits": ("randk:k=2",)}


def test_who_cannot_reach_the_target_says_so() -> None:
    theorem = boundcalc.theorem("sgd-nonconvex")
    values: dict[str, Any] = {"L": 1, "Delta": 1, "d": 10, "delta2": 1}
    found = theorem.compare(["topk:k=5", "topk:k=1:B_h=1", "exact"], target=0.5, **values)
    far, stuck, fine = found.outcomes
    assert isinstance(far, Failure) and far.least == pytest.approx(1, rel=1e-4)
    assert isinstance(stuck, Failure) and stuck.least is None and "no" in stuck.reason
    assert isinstance(fine, Complexity)
    assert [c.contender.label for c in found.curves] == ["topk:k=5", "exact"]
    assert found.exit_status == 0
    assert theorem.compare(["topk:k=5"], target=0.5, **values).exit_status == 1


def test_values_go_to_those_who_know_them() -> None:
    theorem = boundcalc.theorem("sgd-pl")
    every = ["exact", " topk:k=3", "unbiased:omega=1:n=2", "unbiased:omega=2:bits=9"]
    made = contenders(theorem.declaration, every, {**PL, "k": 5, "n": 4}, bits=100)
    assert [one.label for one in made] == [
        "exact", "topk:k=3", "unbiased:omega=1:n=2", "unbiased:omega=2:bits=9",
    ]  # fmt: skip
    assert [one.workers for one in made] == [4, 4, 2, 4]
    assert [one.bits for one in made] == [320, 3 * 36, 100, 9]


WRONG: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "twice": (["exact", "exact"], {}, "'exact' is named twice"),
    "no name": (["exact", ""], {}, "has no name"),
    "nothing": ([], {}, "nothing to compare"),
    "unknown estimator": (["topq:k=1"], {}, "did you mean 'topk'"),
    "nobody knows it": (["exact", "topk:k=1"], {"gama": 1}, "no contender has .*'gamma'"),
    "what follows": (["exact", "topk:k=1"], {"B": 0}, "follows from the estimators"),
    "own value unknown": (["exact:k=1"], {}, "contender exact:k=1: sgd-pl has no parameter 'k'"),
    "own value twice": (["topk:k=1:k=2"], {}, "k is given twice"),
    "no value": (["topk:k"], {}, "not of the form NAME=VALUE"),
    "missing": (["topk"], {}, "contender topk: .* needs values for k"),
    "outside": (["topk:k=11"], {}, "contender topk:k=11: .*no more entries"),
    "bits for nobody": (["exact"], {"bits": 3}, "every contender tells its bits"),
    "no aim": (["exact"], {"target": None}, "target to reach or a horizon"),
    "two aims": (["exact"], {"horizon": 3}, "target to reach or a horizon"),
    "target of zero": (["exact"], {"target": 0}, "must be positive"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_refused(case: str) -> None:
    written, changes, message = WRONG[case]
    with pytest.raises(UsageError, match=message):
        boundcalc.theorem("sgd-pl").compare(written, **{**PL, "target": 0.1, **changes})


def test_theorems_are_compared_where_they_bound_the_same() -> None:
    pl = contender(boundcalc.theorem("sgd-pl"), "exact", PL, label="one")
    other = {"L": 1, "Delta": 1, "d": 10}
    nonconvex = contender(boundcalc.theorem("sgd-nonconvex"), "exact", other, label="other")
    momentum = contender(
        boundcalc.theorem("sgdm-pl"), "exact", {**PL, "beta": 1, "gamma": 1, "p": 1, "theta": 1},
        label="momentum",
    )  # fmt: skip
    with pytest.raises(UsageError, match="these cannot be compared"):
        boundcalc.compare([pl, nonconvex], target=0.1)
    with pytest.raises(UsageError, match="called 'one'"):
        boundcalc.compare([pl, pl], target=0.1)
    found = boundcalc.compare([pl, momentum], target=0.1)
    assert [a.iterations for a in found.answers] == [4, 4]


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_pictures(suffix: str, start: bytes, crossed: Comparison, tmp_path: Path) -> None:
    target = tmp_path / f"picture.{suffix}"
    plot_comparison(crossed, target)
    assert target.read_bytes().startswith(start)
    assert [p.name for p in tmp_path.iterdir()] == [target.name]
    with pytest.raises(UsageError, match="must end in"):
        plot_comparison(crossed, tmp_path / "picture.txt")


def test_what_is_drawn(crossed: Comparison) -> None:
    figure = new_figure((8, 5), lambda figure: comparison_plot.draw(figure, crossed))
    for axes, axis in zip(figure.axes, ("iterations", "bits"), strict=True):
        assert axes.get_xscale() == axes.get_yscale() == "log"
        lines = {str(line.get_label()): line for line in axes.get_lines()}
        for curve in crossed.curves:
            drawn = lines[curve.contender.label]
            assert np.allclose(np.asarray(drawn.get_xdata()), curve.along(axis))  # type: ignore[arg-type]
            assert np.allclose(np.asarray(drawn.get_ydata()), curve.bounds)
        assert "target 0.02" in lines
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()][:3] == [SLOW, FAST, "target 0.02"]
