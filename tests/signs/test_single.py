"""Sign-based methods: bounds against the formulas of the literature, proofs, and runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp

import boundcalc
from boundcalc import ProofError, Theorem, UsageError
from boundcalc.kernel import Function, Smooth, at_least
from boundcalc.kernel.algebra import vector
from boundcalc.kernel.sampling import Sampled
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.latex import document
from numerics import SSVR
from theorems.signs import signsgd, signsgd_momentum, ssvr
from theorems.signs.common import A, beta, d, gamma, sigma2, signs, w

GIVEN = {"L": 1, "sigma2": 0.04, "d": 10, "gamma": 0.01, "Delta": 2}
NAMES = ["signsgd", "signsgd-momentum", "ssvr"]


def master(K: int, error: float, price: float = 2.0) -> float:
    """Delta/(gamma K) + L gamma d/2 + price sqrt(d) E, at the constants above."""
    return 2 / (0.01 * K) + 0.05 + price * math.sqrt(10) * error


@pytest.mark.parametrize("K", [1, 100, 10_000])
def test_signsgd_pays_half_for_an_unbiased_sign(K: int) -> None:
    for batch in (1, 4):
        found = boundcalc.theorem("signsgd").bound(K, batch=batch, **GIVEN).value
        assert found == pytest.approx(master(K, 0.2 / math.sqrt(batch), price=1), rel=1e-9)


@pytest.mark.parametrize("rate", [0.03, 0.3, 1.0])
def test_ssvr_has_the_root_of_the_mean_square_error(rate: float) -> None:
    """With the mean square W = (E0/K + Q)/(beta (2 - beta)), Q = ((1-beta) L_avg h + beta sigma)^2.

    The best weights of the proof make the root of the one and the square of the other.
    """
    K, L_avg, E0 = 500, 1.5, 0.01
    step = 0.01 * math.sqrt(10)
    Q = ((1 - rate) * L_avg * step + rate * 0.2) ** 2
    W = (E0 / K + Q) / (rate * (2 - rate))
    found = boundcalc.theorem("ssvr").bound(K, L_avg=L_avg, beta=rate, E0=E0, **GIVEN).value
    assert found == pytest.approx(master(K, math.sqrt(W)), rel=1e-8)


@pytest.mark.parametrize("rate", [0.03, 0.3, 1.0])
def test_momentum_is_no_worse_than_drift_and_noise_apart(rate: float) -> None:
    """Minkowski's inequality for the two parts of the error, of which ours is the exact join."""
    K = 10_000
    step = 0.01 * math.sqrt(10)
    apart = (1 - rate) * step / rate + 0.2 * math.sqrt(rate / (2 - rate))
    found = boundcalc.theorem("signsgd-momentum").bound(K, beta=rate, **GIVEN).value
    assert found <= master(K, apart) * (1 + 1e-9)
    # The join: r^2 = ((1 - beta)(r + L h))^2 + (beta sigma)^2.
    r = 1.0
    for _ in range(10_000):
        r = math.sqrt(((1 - rate) * (r + step)) ** 2 + (rate * 0.2) ** 2)
    assert found == pytest.approx(master(K, r), rel=1e-6)


def test_without_noise_all_are_sign_descent() -> None:
    quiet = {**GIVEN, "sigma2": 0}
    assert boundcalc.theorem("signsgd").bound(100, batch=1, **quiet).value == pytest.approx(
        master(100, 0), rel=1e-6
    )
    for name in ("signsgd-momentum", "ssvr"):
        theorem = boundcalc.theorem(name)
        more = {"L_avg": 1} if name == "ssvr" else {}
        # beta = 1 forgets everything, and exact gradients leave nothing to forget.
        found = theorem.bound(100, beta=1, **more, **quiet).value
        assert found == pytest.approx(master(100, 0), rel=1e-4)


def test_aliases() -> None:
    for alias in ("signum", "signsgd-sim"):
        assert boundcalc.theorem(alias) is signsgd_momentum
    with pytest.raises(UsageError, match="did you mean 'signum'"):
        boundcalc.theorem("signun")


@pytest.mark.parametrize("name", NAMES)
def test_every_step_is_admissible_and_a_horizon_chooses(name: str) -> None:
    theorem = boundcalc.theorem(name)
    free = theorem.step_size()
    assert free.gamma is None and free.gamma_max == math.inf and free.conditions[0] == "gamma > 0"
    given: dict[str, Any] = {k: v for k, v in GIVEN.items() if k != "gamma"}
    given |= {"batch": 1} if name == "signsgd" else {"beta": 0.1}
    given |= {"L_avg": 1} if name == "ssvr" else {}
    best = theorem.step_size(horizon=1000, **given)
    assert best.bound is not None and best.gamma is not None
    for factor in (0.8, 1.25):
        assert theorem.bound(1000, gamma=best.gamma * factor, **given).value > best.bound.value
    reached = theorem.step_size(target=best.bound.value * 1.01, **given)
    assert reached.iterations is not None and reached.iterations <= 1000


# -- proofs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("theorem", [signsgd, signsgd_momentum, ssvr], ids=NAMES)
def test_proofs(theorem: Theorem) -> None:
    proof = theorem.prove()
    assert proof.proved and proof.seconds < 3
    assert "scalar" in [step.kind for step in proof.steps]
    assert ("Cantelli" in proof.axioms) == (theorem is signsgd)


Change = Callable[[Theorem], Theorem]


def step(**changes: Any) -> Change:
    return lambda theorem: replace(theorem, step=replace(theorem.step, **changes))


def error(name: str, factor: sp.Expr) -> Change:
    def change(theorem: Theorem) -> Theorem:
        kept = dict(theorem.step.error)
        return replace(
            theorem, step=replace(theorem.step, error={**kept, name: kept[name] * factor})
        )

    return change


HALF = sp.Rational(1, 2)
MUTANTS: dict[str, tuple[Theorem, Change]] = {
    "half the length of a step": (signsgd, error("discretisation", HALF)),
    "half the noise": (signsgd, error("noise", HALF)),
    "noise over the square of the batch": (
        signsgd,
        lambda T: replace(T, assumes=[*T.assumes[:2], Sampled(T.step.f, sigma2 / 2)]),
    ),
    "the lemma of another dimension": (
        signsgd, lambda T: replace(T, lemmas=[SignLemmas(d - 1, w)])
    ),
    "no lemma": (signsgd, lambda T: replace(T, lemmas=[])),
    "a weight that may be negative": (
        signsgd, lambda T: replace(T, lemmas=[SignLemmas(d, w - 1)])
    ),
    "half the price of the signs": (signsgd_momentum, error("signs", HALF)),
    "half the drift": (signsgd_momentum, error("drift", HALF)),
    "noise with beta cubed": (signsgd_momentum, error("noise", beta)),
    "an average that forgets at once": (
        signsgd_momentum,
        step(given=[at_least(A), at_least(A, gamma / w)]),
    ),
    "no drift of the gradient": (signsgd_momentum, error("drift", sp.S.Zero)),
    "half the change of a sample": (ssvr, error("drift", HALF)),
    "half the noise of SSVR": (ssvr, error("noise", HALF)),
    "the smoothness of f for that of the samples": (
        ssvr,
        lambda T: replace(T, assumes=[*T.assumes[:2], Sampled(T.step.f, sigma2, T.assumes[0].L)]),
    ),
    "variance reduction without beta": (ssvr, step(given=[at_least(A), at_least(A, gamma / w)])),
    "the sample of another step": (
        ssvr,
        step(certificate=lambda s: replace(ssvr.step.certificate(s), squares=())),
    ),
    "a free weight of any sign": (
        ssvr, lambda T: replace(T, lemmas=[SignLemmas(d, -w)])
    ),
}  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants_are_refused(mutant: str) -> None:
    theorem, change = MUTANTS[mutant]
    assert not change(theorem).prove().proved


def test_half_the_price_is_for_unbiased_estimates_alone() -> None:
    f = Function("f")
    x, v = vector("x", "x"), vector("v", "v")
    with pytest.raises(ProofError, match="has a mean"):
        _ = signs.unbiased(f.gradient(x), v).expression
    drawn = Sampled(f, sigma2).estimate(x)
    assert signs.unbiased(f.gradient(x), drawn).expression.coefficients
    # The gradient itself must be known before: of two draws neither is the mean of the other.
    with pytest.raises(ProofError, match="has a mean"):
        _ = signs.unbiased(drawn, f.gradient(x)).expression


def test_the_sign_of_a_vector_is_known_when_the_vector_is() -> None:
    f = Function("f")
    x = vector("x", "x")
    drawn = Sampled(f, sigma2).estimate(x)
    (sign,) = drawn.sign().coefficients
    assert sign.stage == drawn.stage and not sign.zero_mean
    assert (2 * drawn).sign() != drawn.sign()
    y = vector("y", "y")
    (basis,) = x.coefficients
    assert f.gradient(x).sign().substitute({basis: y}) == f.gradient(y).sign()


class Flipped(type(SSVR)):  # type: ignore[misc]
    """Steps along the signs when it runs, against them in the proof."""

    def update(self, state: Any, sample: Any, p: Any) -> dict[str, Any]:
        made: dict[str, Any] = super().update(state, sample, p)
        if isinstance(state["x"], np.ndarray):
            made["x"] = 2 * state["x"] - made["x"]
        return made


def test_an_update_that_differs_when_it_runs_is_refused() -> None:
    proof = replace(ssvr, algorithm=Flipped()).prove()
    assert not proof.proved and "another to arrays" in proof.steps[-1].problem


def test_a_lemma_is_of_the_kernel() -> None:
    class Cheaper(SignLemmas):
        """The price left out."""

    assert not replace(signsgd, lemmas=[Cheaper(d, w)]).prove().proved
    assert not replace(signsgd, lemmas=[Smooth(signsgd.step.f, d)]).prove().proved


# -- runs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("start", ["gradient", "first"])
def test_bounds_hold_with_noise_that_is_the_same_at_every_point(name: str, start: str) -> None:
    found = boundcalc.theorem(name).verify(iterations=500, trials=100, start=start)
    assert found.verdict == "holds"
    assert found.tightness_last < 6
    assert (found.constants.get("E0", 0) > 0) == (start == "first" and name != "signsgd")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("loss", ["geman-mcclure", "logistic"])
def test_bounds_hold_on_finite_sums(name: str, loss: str) -> None:
    found = boundcalc.theorem(name).verify(
        problem="glm",
        options={"loss": loss, "samples": 50, "dimension": 5},
        values={"batch": 5} if name == "signsgd" else {"beta": 0.2},
        iterations=400,
        trials=100,
    )
    assert found.verdict == "holds"
    assert "mini-batch" in found.estimator


def test_gradients_of_unbounded_variance_are_refused() -> None:
    with pytest.raises(UsageError, match="allows no M"):
        boundcalc.theorem("ssvr").verify(problem="least-squares", iterations=10)
    with pytest.raises(UsageError, match="the same at every point"):
        boundcalc.theorem("ssvr").verify(values={"M": 0.1}, iterations=10)


def test_signsgd_alone_needs_no_samples_at_two_points() -> None:
    """The same gradient calls: variance reduction pays where the noise is large."""
    quiet, loud = ({"L": 1, "sigma2": s, "d": 10, "Delta": 2} for s in (1e-6, 1.0))
    plain, reduced = boundcalc.theorem("signsgd"), boundcalc.theorem("ssvr")

    def least(given: dict[str, Any]) -> tuple[float, float]:
        one = plain.step_size(horizon=10_000, batch=1, **given).bound
        rates = (0.003, 0.03, 0.3)
        two = [reduced.step_size(horizon=5_000, beta=b, L_avg=1, **given).bound for b in rates]
        assert one is not None
        return one.value, min(bound.value for bound in two if bound is not None)

    one, two = least(loud)
    assert two < one
    one, two = least(quiet)
    assert one < two


def test_the_document_of_the_family_is_written() -> None:
    source = document([signsgd, signsgd_momentum, ssvr], proof=True)
    assert source.count(r"\begin{proof}") == 3
    assert "Cantelli" in source and r"\mathrm{sign}" in source
