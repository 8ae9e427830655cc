"""What a target costs over a parameter: tables, where the order flips and why, reach."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import boundcalc
from boundcalc import UsageError
from boundcalc.comparison.communication import Complexity
from boundcalc.comparison.cost_sweep import CostSweep, cost_sweep
from boundcalc.comparison.thresholds import solve
from boundcalc.errors import UnreachableError
from boundcalc.exact.ranges import read_range
from boundcalc.exact.surd import Surd
from boundcalc.export.plots.cost_sweep import plot_cost_sweep
from boundcalc.solve.bracketing import first_reached

OVER = "tau=0,1,2,8,9,10"
CONVEX = "delayed-dcgd-convex"
WORKERS: dict[str, Any] = {"d": 1000, "L_max": 2, "n": 20, "sigma_star2": 1, "D0": 10}
PL: dict[str, Any] = {"L": 1, "mu": 0.5, "Delta": 1, "d": 10}


def bits(theorem: str, estimator: str, target: float, **values: Any) -> float:
    return boundcalc.theorem(theorem).complexity(target, estimator=estimator, **values).total_bits


@pytest.fixture(scope="module")
def delayed() -> CostSweep:
    return cost_sweep(
        boundcalc.theorem(CONVEX).declaration, ["natural", "randk:k=100"], OVER, WORKERS, target=0.5
    )


def test_the_table_is_what_each_value_gives_alone(delayed: CostSweep) -> None:
    for tau, row in zip(delayed.axis.floats, delayed.outcomes, strict=True):
        own = bits(CONVEX, "natural", 0.5, **WORKERS, tau=int(tau))
        assert isinstance(row[0], Complexity) and row[0].total_bits == own


def test_delay_costs_and_its_cost_becomes_proportional_to_it(delayed: CostSweep) -> None:
    """The longest step is 2q/(L(1 + sqrt(1 + 4 q tau^2))), about 1/tau."""
    for column in zip(*delayed.outcomes, strict=True):
        needed = [outcome.iterations for outcome in column if isinstance(outcome, Complexity)]
        steps = [after - before for before, after in pairwise(needed)]
        assert needed == sorted(set(needed))
        assert abs(steps[4] - steps[3]) <= 1


def test_without_delay_or_error_it_is_plain_descent() -> None:
    """tau = 0, omega = 0: gamma <= 1/L and D0/(2 gamma K) <= eps, so K = ceil(L D0/(2 eps))."""
    found = cost_sweep(
        boundcalc.theorem(CONVEX).declaration, "identity", "tau=0,1", WORKERS, target=0.37
    )
    first = found.outcomes[0][0]
    assert isinstance(first, Complexity)
    # A search comes within 1e-9 of the longest step.
    assert first.iterations == 28 > 2 * 10 / (2 * 0.37)


def test_the_order_flips_between_neighbours(delayed: CostSweep) -> None:
    (flip,) = delayed.flips
    assert flip.first - flip.last == 1
    assert (flip.cheaper, flip.other) == ("randk:k=100", "natural")
    for tau, sign in ((int(flip.last), -1), (int(flip.first), 1)):
        few = bits(CONVEX, "randk", 0.5, **WORKERS, k=100, tau=tau)
        assert (bits(CONVEX, "natural", 0.5, **WORKERS, tau=tau) - few) * sign > 0


def test_a_flip_between_distant_values_is_solved_for() -> None:
    """A whole parameter to the last number, though only the ends are asked for."""
    found = cost_sweep(
        boundcalc.theorem("sgd-pl").declaration, ["exact", "randk"], "k=1,50",
        {"L": 1, "mu": 0.1, "Delta": 1, "d": 50, "n": 100}, target=0.01,
    )  # fmt: skip
    (flip,) = found.flips
    values: dict[str, Any] = {"L": 1, "mu": 0.1, "Delta": 1, "d": 50, "n": 100}
    full = bits("sgd-pl", "exact", 0.01, **values)
    sent = {
        k: bits("sgd-pl", "randk", 0.01, **values, k=k) for k in (int(flip.last), int(flip.first))
    }
    assert flip.first == flip.last + 1 and flip.cheaper == "exact"
    assert sent[int(flip.last)] <= full < sent[int(flip.first)]
    # Every entry of randk comes with its index: nothing but that is in its way.
    assert flip.cause.kind == "message"


@pytest.mark.parametrize(
    ("gamma", "own", "other", "label", "kind"),
    [
        # The noisy one sends less, and would pay without its noise.
        (Fraction(1, 10), 80, 100, "stochastic", "residual"),
        # The exact one sends less, and does not pay at first, at the shorter step.
        (Fraction(1, 2), 80, 20, "exact", "step"),
    ],
)
def test_a_real_flip_is_solved_to_nine_digits(
    gamma: Fraction, own: int, other: int, label: str, kind: str
) -> None:
    """At p = 1 and given steps both bounds have closed forms; the noise adds to one of them."""
    rate, share = float(1 - gamma / 2), float(gamma)

    def iterations(rest: float) -> int:
        return next(K for K in range(10**6) if rate**K + rest * (1 - rate**K) <= 0.02)

    found = cost_sweep(
        boundcalc.theorem("sgd-pl").declaration,
        [f"stochastic:gamma={gamma}:bits={own}", f"exact:gamma=1/10:bits={other}"],
        f"sigma0_2=0.001:{0.0199 / share}:3", {**PL, "p": 1}, target=0.02,
    )  # fmt: skip
    (flip,) = found.flips
    assert 0 < flip.first - flip.last <= 1e-9 * flip.first
    exact = other * next(K for K in range(10**4) if 0.95**K <= 0.02)
    noisy = [own * iterations(share * variance) for variance in (flip.last, flip.first)]
    assert noisy[0] <= exact < noisy[1]
    assert (flip.cause.label.partition(":")[0], flip.cause.kind) == (label, kind)
    alone = exact if label == "exact" else own * iterations(0)
    assert flip.cause.without_residual == alone


def test_reach_ends_where_the_residual_is_the_target() -> None:
    """At alpha = t = 1/2: B = 3/4 and C = 3/4 delta^2, so the residual is C/(1 - B) = 3 delta^2."""
    found = cost_sweep(
        boundcalc.theorem("sgd-nonconvex").declaration, "topk", "delta2=0:0.1:3",
        {"L": 1, "Delta": 1, "d": 10, "k": 5, "young": Fraction(1, 2)}, target=0.165,
    )  # fmt: skip
    (end,) = found.reaches
    assert not end.reached and end.least is not None
    assert end.first == pytest.approx(0.055, rel=1e-8)
    assert 0 < end.first - end.last <= 1e-9 * end.first
    assert end.least == pytest.approx(0.165, rel=1e-8)
    assert [bool(labels) for labels in found.cheapest] == [True, True, False]


def test_where_no_step_is_admissible_is_solved_for() -> None:
    """The bias of top-k must leave something: (1 - k/d)(1 + B_h) < 1."""
    found = cost_sweep(
        boundcalc.theorem("sgd-nonconvex").declaration, "topk", "k=1:10",
        {"L": 1, "Delta": 1, "d": 10, "B_h": 1}, target=0.5,
    )  # fmt: skip
    (end,) = found.reaches
    assert (end.last, end.first, end.reached, end.least) == (5, 6, True, None)


def test_the_step_is_the_reason_where_compression_shortens_it() -> None:
    """Without residual K grows as 1 + omega/n: one worker pays 42 (k + d) bits in place of 32 d."""
    values = {key: value for key, value in WORKERS.items() if key != "n"}
    found = cost_sweep(
        boundcalc.theorem(CONVEX).declaration, ["identity", "randk:k=100"], "n=1:4",
        {**values, "sigma_star2": 0, "tau": 0}, target=0.05,
    )  # fmt: skip
    (flip,) = found.flips
    assert (flip.last, flip.first, flip.cheaper) == (1, 2, "randk:k=100")
    cause = flip.cause
    assert (cause.label, cause.at, cause.kind) == ("randk:k=100", 1, "step")
    assert cause.without_residual == cause.bits > cause.rival_bits


def test_targets_are_an_axis() -> None:
    found = cost_sweep(
        boundcalc.theorem("sgd-pl").declaration, "exact", "target=1e-4:1e-1:4log", PL
    )
    needed = [row[0].iterations for row in found.outcomes if isinstance(row[0], Complexity)]
    assert needed == [14, 10, 7, 4]  # 2^-K <= target
    assert found.to_json()["target"] is None


@pytest.mark.parametrize(
    ("low", "high", "root", "integral"),
    [(0, 40, 17, True), (1, 2, Fraction(2**0.5), False), (0, 5, Fraction(1, 3), False),
     (Fraction(1, 10**6), 10**6, 12345, False)],
)  # fmt: skip
def test_thresholds_are_next_to_each_other(
    low: Any, high: Any, root: Fraction, integral: bool
) -> None:
    def excess(value: Surd) -> float:
        return float(root) - float(value)

    last, first = solve(excess, Surd.rational(low), Surd.rational(high), integral)
    assert excess(last) > 0 >= excess(first)
    apart = float(first) - float(last)
    assert apart == 1 if integral else 0 < apart <= 1e-9 * max(float(root), float(high) / 1000)


def test_the_picture_and_the_json(delayed: CostSweep, tmp_path: Path) -> None:
    path = tmp_path / "delay.svg"
    plot_cost_sweep(delayed, path)
    drawn = path.read_text(encoding="utf-8")
    assert drawn.count("<path") > 10
    data = delayed.to_json()
    assert data["values"] == read_range(OVER, ["tau"]).floats
    assert [c["label"] for c in data["contenders"]] == ["natural", "randk:k=100"]
    assert data["cheapest"][0] == ["natural"] and data["cheapest"][-1] == ["randk:k=100"]
    assert data["flips"][0]["cause"]["because"] == "residual"
    assert repr(delayed) == "CostSweep(natural, randk:k=100 over 6 tau)"


WRONG: dict[str, tuple[Any, str, dict[str, Any], float | None, str]] = {
    "given twice": ("natural", "n=1:4", {**PL, "n": 2}, 0.1, "runs through values and is given"),
    "no target": ("natural", "n=1:4", PL, None, "give a target to reach, or an axis of targets"),
    "two targets": ("natural", "target=0.1:1", PL, 0.1, "leave the target out"),
    "unknown": ("natural", "nn=1:4", PL, 0.1, "no parameter 'nn'"),
    "nobody's": (["natural", "exact"], "k=1:4", PL, 0.1, "no contender has a parameter 'k'"),
    "outside": ("randk", "k=1:20:2", PL, 0.1, "at k = 20: .*no more entries"),
    "half": ("randk", "k=1:2.5", PL, 0.1, "k runs through whole numbers"),
    "no goal": ("natural", "target=0:1:3", PL, None, "the target must be positive"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_refused(case: str) -> None:
    estimators, over, values, target, message = WRONG[case]
    with pytest.raises(UsageError, match=message):
        cost_sweep(boundcalc.theorem("sgd-pl").declaration, estimators, over, values, target=target)


RESIDUAL = {"L": 1, "mu": 0.1, "B": 0, "C": 0, "M": 0, "sigma2": 0.01, "Delta": 1}


@pytest.mark.parametrize(
    ("over", "root", "falls"),
    [
        ("beta=0.2,0.3", (1 - math.sqrt(0.2)) / 2, False),
        ("beta=0.7,0.8", (1 + math.sqrt(0.2)) / 2, True),
    ],
)
def test_the_edge_of_the_reach_of_momentum_is_told_to_every_digit(
    over: str, root: float, falls: bool
) -> None:
    """With short steps the residual is beta^2 (1/beta - 1) sigma2/(2 mu), so beta (1 - beta) = 0.2.

    The infimum is that of theta -> 1 and gamma -> 0; no choice attains it.
    """
    theorem = boundcalc.theorem("sgdm-pl")
    (end,) = cost_sweep(theorem.declaration, None, over, RESIDUAL, target=0.01, bits=1).reaches
    assert end.last < root < end.first and end.reached is falls
    assert end.first - end.last == pytest.approx(1e-10, rel=1e-3)
    missed, done = (end.last, end.first) if falls else (end.first, end.last)
    assert theorem.complexity(0.01, bits=1, beta=done, **RESIDUAL).bound.value <= 0.01
    with pytest.raises(UnreachableError) as caught:
        theorem.complexity(0.01, bits=1, beta=missed, **RESIDUAL)
    assert caught.value.least == pytest.approx(0.05 * missed * (1 - missed), rel=1e-11)
    assert "smallest value in reach is 0.0100000" in str(caught.value)


def test_a_count_beyond_the_whole_floats_is_found() -> None:
    found = first_reached(lambda K: 1e30 / K - 1, 1, 10**40, of_floats=True)
    assert 1 <= found / 10**30 < 1 + 1e-12
