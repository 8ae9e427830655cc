"""Bounds at numbers: the best over the proof parameters, proved, rounded up."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

import boundcalc
from boundcalc import UsageError
from boundcalc.bounds.bound import best_bound
from boundcalc.exact.evaluate import number
from boundcalc.solve.points import programs
from boundcalc.solve.values import read_values

ISSUE = {
    "L": 1, "gamma": "1/5", "beta": "1/2", "B": "1/10", "C": "1/10",
    "M": 0, "sigma2": 0, "Delta": 1, "E0": 0,
}  # fmt: skip
POINT = {name: Fraction(value) for name, value in ISSUE.items()}
PL = {
    "L": 1, "mu": Fraction(1, 10), "gamma": Fraction(1, 10), "beta": Fraction(1, 2),
    "B": Fraction(1, 10), "C": Fraction(1, 100), "M": Fraction(1, 10), "sigma2": Fraction(1, 5),
    "Delta": 1,
}  # fmt: skip


def test_the_known_instance_lies_between_the_worst_case_and_the_hand_optimum() -> None:
    bound = boundcalc.theorem("sgdm-nonconvex").bound(10, **POINT)
    assert 0.767 <= bound.value <= 1.17
    assert bound.value == pytest.approx(1.14646, abs=1e-4)  # by differential evolution


def test_terms_sum_to_the_value_and_are_named() -> None:
    bound = boundcalc.theorem("sgdm-pl").bound(50, **PL)
    assert list(bound.terms) == ["initialisation", "bias", "noise"]
    assert sum(bound.terms.values()) == pytest.approx(bound.value, rel=1e-14)
    assert set(bound.proof_parameters) <= {"theta", "rho", "p"}


def test_given_proof_parameters_are_kept_and_never_beat_the_best() -> None:
    theorem = boundcalc.theorem("sgdm-nonconvex")
    best = theorem.bound(10, **POINT)
    for theta in (Fraction(1, 2), Fraction(3, 4), Fraction(9, 10)):
        fixed = theorem.bound(10, **POINT, theta=theta)
        assert fixed.proof_parameters["theta"] == float(theta)
        assert fixed.value >= best.value * (1 - 1e-6)


def test_the_value_is_above_the_exact_value_and_close_to_it() -> None:
    theorem = boundcalc.theorem("sgdm-pl")
    point = best_bound(theorem.declaration, 1000, read_values(theorem.declaration, PL))
    assert point is not None
    terms = point.program.proved_terms(point.values, 1000)
    with mp.workdps(60):
        x = {name: mp.mpf(float(v)) for name, v in point.values.items()}
        for name, v in point.values.items():
            exact = v.as_fraction()
            assert exact is not None
            x[name] = mp.mpf(exact.numerator) / exact.denominator
        T = x["gamma"] / (2 * x.get("p", mp.mpf(1)))
        W = T * (1 - x["rho"]) / (x["theta"] * x["beta"] - x["rho"])
        if point.program.form.name == "sharp":
            exact_bias = W * x["beta"] * x["C"] / x["rho"] * (1 - (1 - x["rho"]) ** 1000)
            assert exact_bias <= terms["bias"] <= exact_bias * (1 + mp.mpf("1e-15"))


def test_no_digits_are_lost_at_tiny_contractions() -> None:
    theorem = boundcalc.theorem("sgd-pl")
    values = {"L": 1, "mu": Fraction(1, 10**12), "gamma": 1, "B": 0, "C": 0, "M": 0, "sigma2": 1,
              "Delta": 1, "p": 1}  # fmt: skip
    bound = theorem.bound(1000, **values)
    # rho = 1e-12, so (1 - rho)^K = 1 - 1e-9 and the noise term is sigma2 gamma K/2 to first order.
    assert bound.terms["initialisation"] == pytest.approx(1 - 1e-9, abs=1e-15)
    assert bound.terms["noise"] == pytest.approx(500 * (1 - 499.5e-12), rel=1e-12)
    [readable] = programs(
        theorem.declaration, read_values(theorem.declaration, values), ["readable"]
    )
    floats = {name: float(v) for name, v in read_values(theorem.declaration, values).items()}
    fast = readable.bound_terms(floats, 1000)
    assert float(fast["noise"]) == pytest.approx(bound.terms["noise"], rel=1e-13)


def test_limit_of_many_iterations() -> None:
    theorem = boundcalc.theorem("sgd-nonconvex")
    values = {"L": 2, "B": Fraction(1, 4), "C": 3, "M": 1, "sigma2": 5, "gamma": Fraction(1, 8),
              "Delta": 7, "p": 1}  # fmt: skip
    bound = theorem.bound(math.inf, **values)
    assert bound.terms["initialisation"] == 0
    assert bound.value == pytest.approx((3 + 2 / 8 * 5) / (1 - 1 / 4 - 2 / 8), rel=1e-14)
    assert theorem.bound(10**18, **values).value == pytest.approx(bound.value, rel=1e-12)


def test_start_of_a_contraction_is_the_lyapunov_value() -> None:
    assert boundcalc.theorem("sgd-pl").bound(
        0, L=1, mu=1, B=0, C=1, M=0, sigma2=1, gamma=Fraction(1, 2), Delta=3
    ).value == pytest.approx(3)
    with pytest.raises(UsageError, match="whole number from 1"):
        boundcalc.theorem("sgd-nonconvex").bound(0, **{k: v for k, v in PL.items() if k != "mu"})


def test_arrays_in_arrays_out() -> None:
    theorem = boundcalc.theorem("sgd-nonconvex")
    values = {"L": 1, "B": 0, "C": 0, "M": 0, "sigma2": 1, "Delta": 1}
    bound = theorem.bound(np.array([[10], [100]]), gamma=np.array([0.1, 0.2, 0.5]), **values)
    assert bound.value.shape == (2, 3)
    assert bound.terms["noise"].shape == (2, 3)
    assert len(bound.proof_parameters) == 6
    for i, count in enumerate((10, 100)):
        for j, step in enumerate((0.1, 0.2, 0.5)):
            assert bound.value[i, j] == theorem.bound(count, gamma=step, **values).value


def test_the_border_of_the_admissible_set_is_decided_exactly() -> None:
    theorem = boundcalc.theorem("sgd-nonconvex")
    values = {"L": 3, "B": 0, "C": 0, "M": 0, "sigma2": 0, "Delta": 1, "p": 1}
    assert theorem.bound(1, gamma=Fraction(1, 3), **values).value == pytest.approx(6)
    with pytest.raises(UsageError, match="above the limit"):
        theorem.bound(1, gamma=Fraction(1, 3) + Fraction(1, 10**30), **values)
    # B + L gamma M = 1 exactly: the constant vanishes.
    with pytest.raises(UsageError):
        theorem.bound(1, gamma=Fraction(1, 3), **{**values, "M": 1})


def test_roots_are_exact_values() -> None:
    import sympy as sp

    theorem = boundcalc.theorem("sgd-nonconvex")
    values = {"L": sp.sqrt(2), "B": 0, "C": 0, "M": 0, "sigma2": 0, "Delta": 1, "p": 1}
    assert theorem.bound(1, gamma=sp.sqrt(2) / 2, **values).value == pytest.approx(2 * 2**0.5)
    with pytest.raises(UsageError, match="above the limit"):
        theorem.bound(1, gamma=sp.sqrt(2) / 2 + sp.Rational(1, 10**25), **values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"B": 1}, r"B = 1 is outside \[0, 1\)"),
        ({"beta": 0}, r"beta = 0 is outside \(0, 1\]"),
        ({"C": -1}, "C = -1 is outside"),
        ({"mu": 2}, "mu <= L"),
        ({"gamma": 5}, "gamma = 5 is above the limit of sgdm-pl: admissible steps are below 0.3"),
        ({"theta": 2}, "theta = 2 is outside"),
        ({"theta": Fraction(1, 100)}, "is needed, and -0.14.* > 0 is false"),
        ({"Delta": float("nan")}, "Delta must be finite"),
        ({"Delta": None}, "Delta must be a number"),
        ({"gama": 1}, "did you mean 'gamma'"),
    ],
)
def test_wrong_values_are_refused_in_one_line(change: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        boundcalc.theorem("sgdm-pl").bound(10, **{**PL, **change})
    assert "\n" not in str(caught.value)


def test_missing_values_are_listed_with_their_meaning() -> None:
    with pytest.raises(UsageError, match=r"mu \(Polyak-Lojasiewicz constant, in \(0, inf\)\)"):
        boundcalc.theorem("sgdm-pl").bound(10, L=1)


fractions = st.fractions(Fraction(1, 100), Fraction(1, 2), max_denominator=100)


@settings(max_examples=6)
@given(B=fractions, beta=fractions, part=st.fractions(Fraction(1, 50), 1, max_denominator=50))
def test_bound_falls_to_its_residual_and_rises_with_the_constants(
    B: Fraction, beta: Fraction, part: Fraction
) -> None:
    theorem = boundcalc.theorem("sgdm-nonconvex")
    values = {"L": 1, "B": B, "beta": beta, "C": 1, "M": 0, "sigma2": 1, "Delta": 1}
    limit = theorem.step_size(L=1, B=B, M=0, beta=beta).gamma_max
    step = number(limit).as_fraction()
    assert step is not None
    gamma = part * step
    early, late, never = (
        theorem.bound(k, gamma=gamma, **values).value for k in (10, 1000, math.inf)
    )
    assert early > late > never
    worse = theorem.bound(10, gamma=gamma, **{**values, "C": 2}).value
    assert worse > early
    # No method of this kind can do better than C/(1 - B): a bias that opposes the gradient.
    assert never >= float(1 / (1 - B))


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("sgd-pl", {"gamma": 0.1}),
        ("sgdm-pl", {"gamma": 0.1, "beta": 0.5}),
        ("sgdm-nonconvex", {"gamma": 0.1, "beta": 0.5}),
        ("delayed-dcgd-strongly-convex", {"gamma": 0.02}),
        ("ssvr", {"gamma": 0.01, "beta": 0.1}),
    ],
)
def test_arrays_are_evaluated_as_numbers_are(name: str, method: dict[str, float]) -> None:
    theorem = boundcalc.theorem(name)
    example = theorem.verify(trials=1, iterations=1, check_proof=False).constants
    known = {p.name for p in theorem.parameters if p.derived is None}
    values = {n: v for n, v in example.items() if n in known} | method
    counts = np.array([1, 10, 10_000])
    for proved in (theorem.bound(int(K), **values) for K in counts):
        found = theorem.evaluate(counts, form=proved.form, **values, **proved.proof_parameters)
        at = list(counts).index(proved.K)
        assert found[at] == pytest.approx(proved.value, rel=1e-9)
        assert (found >= 0).all()
    # More points than are evaluated at once, in a shape of their own; the last steps are too long.
    gamma = np.geomspace(method["gamma"] / 100, 1e3, 20_001)[:, None]
    free = proved.proof_parameters
    table = theorem.evaluate(counts, form=proved.form, **{**values, "gamma": gamma}, **free)
    assert table.shape == (20_001, 3)
    for row in (0, 7_000, 16_384, 20_000):
        one = {**values, "gamma": float(gamma[row, 0])}
        alone = [theorem.evaluate(int(K), form=proved.form, **one, **free) for K in counts]
        assert table[row].tolist() == alone
    assert np.isfinite(table).any()
    assert (table[-1] == np.inf).all() == theorem.limits_steps


def test_what_cannot_be_evaluated() -> None:
    theorem = boundcalc.theorem("sgdm-pl")
    with pytest.raises(UsageError, match="readable form of sgdm-pl needs values for theta, rho"):
        theorem.evaluate(10, gamma=0.1, **{k: float(v) for k, v in PL.items() if k != "gamma"})
    with pytest.raises(UsageError, match="has no form 'blunt'; there are sharp, readable"):
        theorem.evaluate(10, form="blunt")
    with pytest.raises(UsageError, match="no parameter 'lr'"):
        theorem.evaluate(10, lr=1.0)


def test_the_compiled_form_is_infinite_outside_the_conditions() -> None:
    theorem = boundcalc.theorem("sgdm-pl")
    given_ = {name: float(v) for name, v in read_values(theorem.declaration, PL).items()}
    [readable] = programs(theorem.declaration, {}, ["readable"])
    rates = np.array([1e-4, 0.9])
    inside, outside = readable.bound({**given_, "theta": 0.7, "rho": rates}, 1000)
    assert math.isfinite(inside) and outside == math.inf


@pytest.mark.parametrize("count", ["ten", None, [], 1.5])
def test_counts_that_are_none(count: object) -> None:
    with pytest.raises(UsageError, match="K"):
        boundcalc.theorem("sgdm-pl").bound(count, **PL)
