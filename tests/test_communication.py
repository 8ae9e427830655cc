"""Iterations and bits until a bound is at a target."""

from __future__ import annotations

import math
from typing import Any

import pytest

import boundcalc
from boundcalc import UnreachableError, UsageError, contender

PL: dict[str, Any] = {"L": 1, "mu": 0.5, "Delta": 1}
NONCONVEX: dict[str, Any] = {"L": 1, "Delta": 1}


def test_the_exact_gradient_is_sent_in_full() -> None:
    """At gamma = 1/L the gap halves in every step: the bound is met with equality."""
    answer = boundcalc.theorem("sgd-pl").complexity(0.01, estimator="exact", d=10, n=3, **PL)
    assert answer.iterations == math.ceil(math.log(0.01) / math.log(0.5))
    assert answer.contender.bits == 32 * 10
    assert answer.bits_per_worker == 320 * answer.iterations
    assert answer.total_bits == 3 * answer.bits_per_worker
    assert answer.gamma == pytest.approx(1, rel=1e-6)
    assert answer.bound.value == pytest.approx(0.5**answer.iterations)


@pytest.mark.parametrize("d", [7, 1000])
def test_top_k_of_everything_only_adds_the_indices(d: int) -> None:
    theorem = boundcalc.theorem("sgd-pl")
    whole = theorem.complexity(1e-3, estimator="exact", d=d, **PL)
    top = theorem.complexity(1e-3, estimator="topk", k=d, d=d, **PL)
    assert top.iterations == whole.iterations
    assert top.contender.bits - whole.contender.bits == d * math.ceil(math.log2(d))


def test_more_entries_take_fewer_iterations() -> None:
    theorem = boundcalc.theorem("sgd-pl")
    needed = [
        theorem.complexity(0.01, estimator="topk", k=k, d=20, **PL).iterations for k in (5, 10, 20)
    ]
    assert needed == sorted(needed, reverse=True)
    assert len(set(needed)) == len(needed)


def test_a_given_step_is_kept() -> None:
    """(1 - gamma mu)^K <= eps."""
    answer = boundcalc.theorem("sgd-pl").complexity(
        0.01, estimator="exact", d=1, gamma=0.1, p=1, **PL
    )
    assert answer.gamma == 0.1
    assert answer.iterations == math.ceil(math.log(0.01) / math.log(1 - 0.05))


def test_nothing_is_sent_for_what_is_there() -> None:
    answer = boundcalc.theorem("sgd-pl").complexity(2, estimator="natural", d=5, **PL)
    assert (answer.iterations, answer.total_bits) == (0, 0)


def test_out_of_reach_names_what_is_in_reach() -> None:
    """With alpha = 1/2 a bias of delta^2/2 stays: C/(1 - B) = delta^2."""
    with pytest.raises(UnreachableError, match="smallest value in reach is 3") as caught:
        boundcalc.theorem("sgd-nonconvex").complexity(
            2.9, estimator="topk", k=5, d=10, delta2=3, **NONCONVEX
        )
    assert caught.value.least == pytest.approx(3, rel=1e-4)


def test_the_fewest_iterations_are_found_where_one_search_misses() -> None:
    """At the count found the bound is at the target to within what one iteration gains."""
    answer = boundcalc.theorem("sgdm-pl").complexity(
        0.004, estimator="randk", L=1, mu=0.1, beta=0.5, Delta=1, k=100, d=1000, n=10,
        sigma0_2=0.001,
    )  # fmt: skip
    assert 0.999 * 0.004 < answer.bound.value <= 0.004


def test_bits_may_be_given() -> None:
    theorem = boundcalc.theorem("sgd-pl")
    own = theorem.complexity(0.1, B=0, C=0, M=0, sigma2=0, bits=77, **PL)
    generic = theorem.complexity(0.1, estimator="unbiased", omega=0, bits=77, **PL)
    half = theorem.complexity(0.1, estimator="exact", d=10, bits=160, **PL)
    assert own.contender.bits == generic.contender.bits == 77
    assert own.iterations == generic.iterations == half.iterations
    assert half.contender.bits == 160
    biased = contender(theorem, None, {"B": 0.1, "C": 0, "M": 0, "sigma2": 0, **PL}, bits=77)
    assert (own.contender.estimator, biased.estimator) == ("exact", None)
    assert own.contender.label == "sgd-pl" and half.contender.label == "exact"


def test_what_is_random_counts_in_expectation_and_json_is_plain() -> None:
    data = (
        boundcalc.theorem("sgd-pl").complexity(0.1, estimator="natural", d=3, n=2, **PL).to_json()
    )
    assert data["bits_per_iteration"] == 27 and isinstance(data["bits_per_iteration"], int)
    assert data["total_bits"] == 2 * data["bits_per_worker"] == 2 * 27 * data["iterations"]
    assert data["bound"]["K"] == data["iterations"]
    assert data["estimator"] == "natural"


WRONG: dict[str, tuple[str | None, dict[str, Any], str]] = {
    "no dimension": ("exact", {}, "needs a value for d"),
    "no bits": ("contractive", {"alpha": 0.5}, "give the bits of one message"),
    "no estimator, no bits": (None, {"B": 0, "C": 0, "M": 0, "sigma2": 0, "d": 3}, "give the bits"),
    "bits of zero": ("exact", {"bits": 0}, "must be positive"),
    "half a worker": ("natural", {"d": 3, "n": 1.5}, "n must be a whole number, not 1.5"),
    "half an entry": ("topk", {"d": 3, "k": 1.5}, "k must be a whole number, not 1.5"),
    "half a dimension": ("exact", {"d": 1.5}, "d .the dimension. must be a whole"),
    "too many entries": ("topk", {"d": 3, "k": 4}, "no more entries are sent"),
    "B of the exact gradient": ("exact", {"d": 3, "B": 0.1}, "has B = 0; leave it out"),
    "unknown value": ("exact", {"d": 3, "k": 1}, "no parameter 'k'"),
    "unknown estimator": ("exat", {"d": 3}, "did you mean 'exact'"),
    "step too long": ("exact", {"d": 3, "gamma": 3}, "above the limit"),
    "no step": ("topk", {"d": 10, "k": 1, "B_h": 1}, "no admissible step|no step size"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_refused(case: str) -> None:
    estimator, changes, message = WRONG[case]
    with pytest.raises(UsageError, match=message):
        boundcalc.theorem("sgd-pl").complexity(0.1, estimator=estimator, **{**PL, **changes})


def test_a_contender_is_checked_when_it_is_made() -> None:
    one = contender(boundcalc.theorem("sgd-pl"), "natural", {**PL, "d": 4, "n": 8})
    assert (one.label, one.workers, one.bits, one.bits_per_iteration) == ("natural", 8, 36, 288)
    with pytest.raises(UsageError, match="needs values for L"):
        contender(boundcalc.theorem("sgd-pl"), "natural", {"d": 4})
