"""Estimators: proved constants, known special cases, and theorems in their constants."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

import boundcalc
from boundcalc import ProofError, Theorem, UsageError
from boundcalc.composition import compose
from boundcalc.estimator import B, C, Estimator, M
from boundcalc.kernel import Certificate
from boundcalc.latex import document
from boundcalc.registry import estimator, estimators

NAMES = sorted(estimators())
alpha, omega, t, n, B_h, delta2, sigma0_2 = sp.symbols(
    "alpha omega young n B_h delta2 sigma0_2", real=True
)
WORKERS: dict[str, Any] = {"n": 10, "B_h": Fraction(1, 10), "delta2": 1, "sigma0_2": Fraction(1, 2)}


@pytest.mark.parametrize("name", NAMES)
def test_every_estimator_proves(name: str) -> None:
    found = estimator(name)
    assert found.moment().signs
    assert found.ranges()


def test_the_table_of_constants() -> None:
    unbiased, contractive = estimator("unbiased").formulas, estimator("contractive").formulas
    assert sp.expand(unbiased[M] - omega / n * (1 + B_h)) == 0
    noise = (omega * delta2 + (1 + omega) * sigma0_2) / n
    assert sp.expand(sum(estimator("unbiased").origins.values()) - noise) == 0
    assert sp.expand(contractive[B] - (1 + t) * (1 - alpha) * (1 + B_h)) == 0
    bias = (1 + t) * (1 - alpha) * (delta2 + sigma0_2) + (1 + 1 / t) * sigma0_2 / n
    assert sp.expand(contractive[C] - bias) == 0


Change = Callable[[Estimator], Estimator]
MUTANTS: dict[str, tuple[str, Change]] = {
    "compression noise over n^2": ("unbiased", lambda e: replace(e, relative=e.relative / n)),
    "no dissimilarity in M": ("unbiased", lambda e: replace(e, relative=omega / n)),
    "no sampling noise": (
        "unbiased",
        lambda e: replace(e, origins={**e.origins, "sampling": sp.S.Zero}),
    ),
    "noise of the compressor forgotten": (
        "unbiased",
        lambda e: replace(e, origins={**e.origins, "compression": sp.S.Zero}),
    ),
    "a contractive error called noise": ("contractive", lambda e: replace(e, unbiased=True)),
    "Young's weight left out": (
        "contractive",
        lambda e: replace(e, relative=(1 - alpha) * (1 + B_h)),
    ),
    "alpha in place of 1 - alpha": (
        "contractive",
        lambda e: replace(e, relative=(1 + t) * alpha * (1 + B_h)),
    ),
    "compression averaged like noise": (
        "contractive",
        lambda e: replace(
            e, origins={**e.origins, "compression": e.origins["compression"] / n}
        ),
    ),
    "clipping noise over n": (
        "clip",
        lambda e: replace(e, origins={**e.origins, "sampling": e.origins["sampling"] / n}),
    ),
    "noise averaged over n^2": (
        "stochastic",
        lambda e: replace(e, origins={"sampling": sigma0_2 / n**2}),
    ),
    "no certificate": ("absolute", lambda e: replace(e, certificate=lambda x: Certificate())),
    "an assumption dropped": ("absolute", lambda e: replace(e, assumes=e.assumes[:1])),
    "negative squared error": (
        "stochastic",
        lambda e: replace(e, origins={"sampling": sigma0_2 / n, "gift": -sigma0_2 / n}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants_are_refused(mutant: str) -> None:
    name, change = MUTANTS[mutant]
    false = change(estimator(name))
    with pytest.raises(ProofError):
        false.moment()
    proof = compose(boundcalc.theorem("sgd-nonconvex"), false).prove()
    assert proof.status == "failed"


def test_an_implied_constant_outside_its_domain_is_refused() -> None:
    k, d = sp.symbols("k d", real=True)
    false = replace(estimator("topk"), implied={alpha: d / k})
    assert compose(boundcalc.theorem("sgd-pl"), false).prove().status == "failed"


def values(theorem: Theorem, **more: Any) -> dict[str, Any]:
    known = {"L": 1, "mu": Fraction(1, 10), "beta": Fraction(1, 2), "Delta": 1, **WORKERS, **more}
    names = {p.name for p in theorem.parameters}
    return {name: value for name, value in known.items() if name in names}


OWN: dict[str, dict[str, Any]] = {
    "unbiased": {"omega": 2},
    "contractive": {"alpha": Fraction(4, 5)},
    "absolute": {"abs_error": Fraction(1, 10)},
    "clip": {"clip": 1, "G2": Fraction(11, 10)},
    "stochastic": {},
    "topk": {"k": 80, "d": 100},
    "randk": {"k": 50, "d": 100},
    "natural": {},
    "scaled-sign": {"d": 1},
}


@pytest.mark.parametrize("name", NAMES)
def test_composed_theorems_prove_and_have_the_bound_of_the_four_numbers(
    name: str, theorem: Theorem
) -> None:
    composed = compose(theorem, estimator(name))
    assert composed.prove().proved
    own = {**OWN[name], "young": Fraction(1, 10)}
    given = values(composed, **own)
    step = Fraction(1, 50)
    bound = composed.bound(100, gamma=step, **given)
    assert list(bound.terms) == ["initialisation", *estimator(name).origins]
    # The same from the four numbers, put into the theorem by hand.
    numbers = {sp.Symbol(key, real=True): sp.sympify(v) for key, v in given.items()}
    formulas = estimator(name).formulas
    four = {}
    for symbol in formulas:
        value = formulas[symbol]
        for other in reversed(formulas):
            value = value.subs(other, formulas[other])
        four[symbol.name] = value.subs(numbers)
    base = {p.name for p in theorem.parameters}
    plain = {**given, **four}
    by_hand = theorem.bound(100, gamma=step, **{k: v for k, v in plain.items() if k in base})
    assert bound.value == pytest.approx(by_hand.value, rel=1e-5)


def test_compressors_that_keep_everything_are_none() -> None:
    theorem = boundcalc.theorem("sgd-nonconvex")
    plain = compose(theorem, estimator("stochastic"))
    expected = plain.bound(50, gamma=0.1, **values(plain)).value
    for name in ("randk", "unbiased"):
        composed = compose(theorem, estimator(name))
        all_kept = values(composed, k=100, d=100, omega=0)
        assert composed.bound(50, gamma=0.1, **all_kept).value == pytest.approx(expected)


def test_the_best_weight_of_young_is_the_square_of_a_sum_of_roots() -> None:
    """min over t of (1 + t) a + (1 + 1/t) b is (sqrt a + sqrt b)^2; C is all of the residual."""
    composed = compose(boundcalc.theorem("sgd-nonconvex"), estimator("absolute"))
    found = composed.bound(math.inf, gamma=0.1, L=1, p=1, Delta=1, abs_error=0.3, n=4, sigma0_2=0.5)
    assert found.value == pytest.approx((0.3 + math.sqrt(0.5 / 4)) ** 2, rel=1e-6)


def test_noiseless_contraction_needs_no_room_for_young() -> None:
    composed = compose(boundcalc.theorem("sgd-nonconvex"), estimator("topk"))
    found = composed.bound(math.inf, gamma=0.1, L=1, p=1, Delta=1, k=60, d=100, delta2=1)
    assert found.value == pytest.approx(0.4 / 0.6, rel=1e-6)
    assert found.terms["sampling"] == 0


def test_too_few_entries_leave_no_guarantee() -> None:
    composed = compose(boundcalc.theorem("sgdm-pl"), estimator("topk"))
    with pytest.raises(UsageError, match="no admissible step size was found"):
        composed.step_size(**values(composed, k=5, d=100))


def test_conditions_speak_of_the_users_constants() -> None:
    composed = compose(boundcalc.theorem("sgd-pl"), estimator("topk"))
    assert "(1 - k/d)*(1 + B_h)*(1 + young) < 1" in composed.step_size().conditions
    composed = compose(boundcalc.theorem("sgd-pl"), estimator("randk"))
    assert "gamma <= 1/L" in composed.step_size().conditions


def test_what_does_not_fit_is_refused() -> None:
    composed = compose(boundcalc.theorem("sgd-pl"), estimator("topk"))
    with pytest.raises(UsageError, match="takes no estimator"):
        compose(composed, estimator("randk"))
    with pytest.raises(UsageError, match="did you mean 'topk'"):
        estimator("top-k")
    with pytest.raises(UsageError, match="no more entries are sent than there are"):
        composed.bound(1, gamma=0.1, **values(composed, k=5, d=3))


@pytest.mark.parametrize("name", ["topk", "unbiased", "clip"])
def test_the_composed_theorem_and_its_proof_are_written(name: str) -> None:
    composed = compose(boundcalc.theorem("sgd-pl"), estimator(name))
    text = document([composed], proof=True)
    assert text.count(r"\begin{proof}") == 2
    assert r"\ref{thm:sgd-pl}" in text
    for origin in estimator(name).origins:
        assert origin in text


def test_the_certificate_of_a_composed_theorem_holds_the_moment_and_the_base() -> None:
    from boundcalc.certificate_file import certificate_document

    composed = compose(boundcalc.theorem("sgd-pl"), estimator("topk"))
    document_ = certificate_document(composed.prove())
    assert document_["base"]["theorem"] == "sgd-pl"
    moment = document_["estimator"]["moment"]
    # The constant of the claim is C, as the formulas say.
    ones = [part for part in moment["claim"] if part["atom"] == {"kind": "one"}]
    names = {"alpha": alpha, "young": t, "n": n, "delta2": delta2, "sigma0_2": sigma0_2}
    assert sp.expand(sp.sympify(ones[0]["coefficient"], names) - estimator("topk").formulas[C]) == 0
