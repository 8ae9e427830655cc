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
from boundcalc.export.latex import document
from boundcalc.facade import TheoremHandle
from boundcalc.kernel import Certificate, at_least, exceeds
from boundcalc.kernel.signs import Signs
from boundcalc.model.compose import compose
from boundcalc.model.estimator import B, C, Estimator, M
from boundcalc.proofs.estimators import constant_facts, moment, noise_moment, ranges, smooth
from boundcalc.registry import estimator, estimators
from numerics.compressors import Compressor, compressor_constants

NAMES = sorted(estimators())
alpha, omega, t, n, B_h, delta2, sigma0_2 = sp.symbols(
    "alpha omega young n B_h delta2 sigma0_2", real=True
)
ROOT = sp.Symbol("sqrt_d", real=True)
SMOOTHNESS = sp.Symbol("L", real=True)
WORKERS: dict[str, Any] = {"n": 10, "B_h": Fraction(1, 10), "delta2": 1, "sigma0_2": Fraction(1, 2)}


@pytest.mark.parametrize("name", NAMES)
def test_every_estimator_proves(name: str) -> None:
    found = estimator(name)
    for variant in (found, *found.alternatives):
        assert moment(variant).signs
        assert ranges(variant)
        if variant.noise is not None:
            assert noise_moment(variant).signs
        if variant.lemma is not None:
            assert constant_facts(variant)
        if variant.smoothness is not None:
            assert smooth(variant).signs


def test_every_named_compressor_has_a_lemma() -> None:
    general = [estimator(name) for name in ("unbiased", "contractive", "absolute")]
    named = [e for e in estimators().values() if e.of in general]
    assert len(named) == 9
    assert all(e.lemma is not None for e in named)


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
    "aggregation without its noise": (
        "robust",
        lambda e: replace(e, origins={**e.origins, "aggregation": sp.S.Zero}),
    ),
    "noise of the honest mean over n^2": (
        "robust",
        lambda e: replace(e, origins={**e.origins, "sampling": e.origins["sampling"] / n}),
    ),
    "half the bias of a pass": (
        "shuffle", lambda e: replace(e, relative=e.relative / 2)
    ),
    "a pass that forgets to move": (
        "shuffle",
        lambda e: replace(e, certificate=lambda x: replace(e.certificate(x), squares=())),
    ),
    "a pass however long": ("shuffle", lambda e: replace(e, given=e.given[:1])),
    "a biased Jacobian called noise": (
        "composite-biased",
        lambda e: replace(estimator("composite"), assumes=e.assumes, name=e.name),
    ),
    "inner error called noise": (
        "composite",
        lambda e: replace(e, unbiased=True, noise=None),
    ),
    "inner error over n": (
        "composite",
        lambda e: replace(e, origins={"inner value": e.origins["inner value"] / n}),
    ),
    "in proportion, and the absolute rest dropped": (
        "clip",
        lambda e: replace(
            e.alternatives[0], origins={**e.origins, "clipping": sp.S.Zero}, alternatives=()
        ),
    ),
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
        moment(false)
        if false.noise is not None:
            noise_moment(false)
    proof = boundcalc.theorem("sgd-nonconvex").with_estimator(false).prove()
    assert proof.status == "failed"


Implied = tuple[str, sp.Symbol, sp.Expr]
d, k, root, levels = sp.symbols("d k sqrt_d levels", real=True)
p_min, pitch, c, kappa, faulty = sp.symbols("p_min pitch abs_error kappa faulty", real=True)
FALSE_CONSTANTS: dict[str, Implied] = {
    "top-k keeps k/d and one more": ("topk", alpha, (k + 1) / d),
    "random k without the one": ("randk", omega, d / k - 2),
    "sparsifier without the scaling": ("sparsifier", omega, 1 - p_min),
    "natural compression at a ninth": ("natural", omega, sp.Rational(1, 9)),
    "ternary with half the root": ("ternary", omega, root / 2),
    "scaled signs of half the dimension": ("scaled-sign", alpha, 2 / d),
    "grid with half the pitch": ("grid", c, root * pitch / 4),
    "identity that loses": ("identity", omega, -sp.Rational(1, 10)),
    "a trimmed mean that nothing spoils": ("trimmed-mean", kappa, sp.S.Zero),
    "a median as good as the trimmed mean": ("median", kappa, faulty / (n - faulty)),
    "dithering with a fifth": ("dithering", omega, d / (5 * levels**2)),
}


@pytest.mark.parametrize("mutant", FALSE_CONSTANTS)
def test_false_constants_of_compressors_are_refused(mutant: str) -> None:
    name, symbol, formula = FALSE_CONSTANTS[mutant]
    false = replace(estimator(name), implied={symbol: formula})
    with pytest.raises(ProofError):
        constant_facts(false)
    assert boundcalc.theorem("sgd-pl").with_estimator(false).prove().status == "failed"


def test_few_levels_need_few_levels() -> None:
    """sqrt(d)/levels - 1 is the smaller of the two constants always, and true only for few."""
    variant = estimator("dithering").alternatives[0]
    with pytest.raises(ProofError):
        constant_facts(replace(variant, given=()))


def test_a_false_smoothness_is_refused() -> None:
    maml = estimator("maml")
    false = replace(maml, implied={**maml.implied, SMOOTHNESS: sp.Symbol("L_phi", real=True)})
    with pytest.raises(ProofError):
        smooth(false)


UNSHOWN: dict[str, tuple[str, str, Change]] = {
    "no lemma": ("topk", "no lemma shows what alpha", lambda e: replace(e, lemma=None)),
    "no smoothness": (
        "maml",
        "nothing shows how smooth f is",
        lambda e: replace(e, smoothness=None),
    ),
    # Its square is as large as it has to be.
    "negative smoothness": (
        "maml",
        "does not follow",
        lambda e: replace(e, implied={**e.implied, SMOOTHNESS: -e.implied[SMOOTHNESS]}),
    ),
    "a constant of the theorem": (
        "topk",
        "topk gives mu two meanings",
        lambda e: replace(e, implied={**e.implied, sp.Symbol("mu", real=True): sp.Integer(9)}),
    ),
}


@pytest.mark.parametrize("mutant", UNSHOWN)
def test_what_is_implied_has_to_be_shown(mutant: str) -> None:
    name, problem, change = UNSHOWN[mutant]
    proof = TheoremHandle(
        compose(boundcalc.theorem("sgd-pl").declaration, change(estimator(name)))
    ).prove()
    assert proof.status == "failed"
    assert problem in proof.steps[-1].problem


def test_an_implied_constant_outside_its_domain_is_refused() -> None:
    false = replace(estimator("topk"), implied={alpha: d / k})
    assert boundcalc.theorem("sgd-pl").with_estimator(false).prove().status == "failed"


def values(theorem: Theorem, **more: Any) -> dict[str, Any]:
    known = {"L": 1, "mu": Fraction(1, 10), "beta": Fraction(1, 2), "Delta": 1, **WORKERS, **more}
    names = {p.name for p in theorem.parameters if p.derived is None}
    return {name: value for name, value in known.items() if name in names}


LEVELS = {"batch_inner": 4, "ell_h": 2, "L_F": Fraction(1, 3), "ell_F": Fraction(1, 2)}
SQUARES = {"sigma_h2": Fraction(1, 5), "sigma_J2": Fraction(1, 7), "sigma_F2": Fraction(1, 4)}
ADAPTED = {
    "inner_step": Fraction(1, 10), "batch_inner": 4, "L_phi": Fraction(1, 2),
    "ell_phi": 1, "rho_phi": Fraction(1, 3),
    "sigma_g2": Fraction(1, 5), "sigma_H2": Fraction(1, 7), "sigma_F2": Fraction(1, 4),
}  # fmt: skip
OWN: dict[str, dict[str, Any]] = {
    "unbiased": {"omega": 2},
    "contractive": {"alpha": Fraction(4, 5)},
    "absolute": {"abs_error": Fraction(1, 10)},
    "clip": {"clip": 1, "G2": Fraction(11, 10)},
    "stochastic": {},
    "identity": {},
    "topk": {"k": 80, "d": 100},
    "randk": {"k": 50, "d": 100},
    "natural": {},
    "scaled-sign": {"d": 1},
    "sparsifier": {"p_min": Fraction(1, 3)},
    "ternary": {"d": 9},
    "dithering": {"levels": 2, "d": 20},
    "grid": {"pitch": Fraction(1, 50), "d": 100},
    "robust": {"kappa": Fraction(1, 2)},
    "trimmed-mean": {"faulty": 1},
    "median": {"faulty": 2},
    "shuffle": {"m": 10, "L_max": 2},
    "composite": {**LEVELS, **SQUARES},
    "composite-biased": {**LEVELS, **SQUARES},
    "maml": ADAPTED,
    "maml-quadratic": ADAPTED,
}


def four_numbers(variant: Estimator, numbers: dict[sp.Symbol, sp.Expr]) -> dict[str, sp.Expr]:
    """The implied constants and the four numbers of the estimator's formulas, by hand."""
    found = {}
    for symbol, value in variant.formulas.items():
        for other in reversed(variant.formulas):
            value = value.subs(other, variant.formulas[other])
        for parameter in variant.parameters:
            if parameter.derived is not None:
                value = value.subs(parameter.symbol, parameter.derived)
        found[symbol.name] = value.subs(numbers)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_composed_theorems_prove_and_have_the_bound_of_the_four_numbers(
    name: str, theorem: Theorem
) -> None:
    found = estimator(name)
    composed = compose(theorem, found)
    assert TheoremHandle(composed).prove().proved
    given = values(composed, **OWN[name], young=Fraction(1, 10))
    step = Fraction(1, 50)
    bound = TheoremHandle(composed).bound(100, gamma=step, **given)
    assert list(bound.terms) == ["initialisation", *found.by_origin(theorem.step.error)]
    # The same from the four numbers, put into the theorem by hand.
    numbers = {sp.Symbol(key, real=True): sp.sympify(v) for key, v in given.items()}
    numbers[sp.Symbol("gamma", real=True)] = sp.sympify(step)
    base = {p.name for p in theorem.parameters}
    by_hand = []
    for variant in (found, *found.alternatives):
        if not all(
            c.expression.subs(numbers).subs(ROOT, sp.sqrt(given.get("d", 1))) >= 0
            for c in variant.given
        ):
            continue
        plain = {**given, **four_numbers(variant, numbers)}
        plain = {k: v for k, v in plain.items() if k in base}
        by_hand.append(TheoremHandle(theorem).bound(100, gamma=step, **plain).value)
    assert bound.value == pytest.approx(min(by_hand), rel=1e-5)


def test_compressors_that_keep_everything_are_none() -> None:
    theorem = boundcalc.theorem("sgd-nonconvex").declaration
    plain = compose(theorem, estimator("stochastic"))
    expected = TheoremHandle(plain).bound(50, gamma=0.1, **values(plain)).value
    for name in ("randk", "unbiased", "identity"):
        composed = compose(theorem, estimator(name))
        all_kept = values(composed, k=100, d=100, omega=0)
        assert TheoremHandle(composed).bound(50, gamma=0.1, **all_kept).value == pytest.approx(
            expected
        )


def test_the_best_weight_of_young_is_the_square_of_a_sum_of_roots() -> None:
    """min over t of (1 + t) a + (1 + 1/t) b is (sqrt a + sqrt b)^2; C is all of the residual."""
    composed = compose(boundcalc.theorem("sgd-nonconvex").declaration, estimator("absolute"))
    found = TheoremHandle(composed).bound(
        math.inf, gamma=0.1, L=1, p=1, Delta=1, abs_error=0.3, n=4, sigma0_2=0.5
    )
    assert found.value == pytest.approx((0.3 + math.sqrt(0.5 / 4)) ** 2, rel=1e-6)


def test_noiseless_contraction_needs_no_room_for_young() -> None:
    composed = compose(boundcalc.theorem("sgd-nonconvex").declaration, estimator("topk"))
    found = TheoremHandle(composed).bound(
        math.inf, gamma=0.1, L=1, p=1, Delta=1, k=60, d=100, delta2=1
    )
    assert found.value == pytest.approx(0.4 / 0.6, rel=1e-6)
    assert found.terms["sampling"] == 0


def test_too_few_entries_leave_no_guarantee() -> None:
    composed = compose(boundcalc.theorem("sgdm-pl").declaration, estimator("topk"))
    # (1 - k/d)(1 + B_h) < 1 with B_h = 1/10 needs k > 100/11.
    with pytest.raises(UsageError, match=r"topk needs k >= 10 or B_h < 0.0526316 here"):
        TheoremHandle(composed).step_size(**values(composed, k=5, d=100))
    with pytest.raises(UsageError, match=r"topk needs k >= 10"):
        TheoremHandle(composed).step_size(**values(composed, k=9, d=100))
    assert TheoremHandle(composed).step_size(**values(composed, k=10, d=100)).gamma > 0


@pytest.mark.parametrize(
    ("name", "own", "told"),
    [
        ("contractive", {"alpha": Fraction(1, 20)}, r"alpha > 0.0909091 or B_h < 0.0526316"),
        ("robust", {"kappa": 10}, r"kappa < 10 or B_h < 0.1 here"),
        # f/(n - f) B_h < 1 in whole numbers, with n = 10.
        ("trimmed-mean", {"faulty": 6, "B_h": 1}, "faulty <= 4 or n >= 13 or B_h < 0.666667"),
    ],
)
def test_what_would_have_to_change_is_solved_for(name: str, own: dict[str, Any], told: str) -> None:
    composed = compose(boundcalc.theorem("sgd-nonconvex").declaration, estimator(name))
    with pytest.raises(UsageError, match=told):
        TheoremHandle(composed).step_size(**values(composed, **own))


def test_conditions_speak_of_the_users_constants() -> None:
    composed = compose(boundcalc.theorem("sgd-pl").declaration, estimator("topk"))
    assert "(1 - k/d)*(1 + B_h)*(1 + young) < 1" in TheoremHandle(composed).step_size().conditions
    composed = compose(boundcalc.theorem("sgd-pl").declaration, estimator("randk"))
    assert "gamma <= 1/L" in TheoremHandle(composed).step_size().conditions


def test_what_does_not_fit_is_refused() -> None:
    composed = compose(boundcalc.theorem("sgd-pl").declaration, estimator("topk"))
    with pytest.raises(UsageError, match="takes no estimator"):
        compose(composed, estimator("randk"))
    with pytest.raises(UsageError, match="did you mean 'topk'"):
        estimator("top-k")
    with pytest.raises(UsageError, match="no more entries are sent than there are"):
        TheoremHandle(composed).bound(1, gamma=0.1, **values(composed, k=5, d=3))


@pytest.mark.parametrize("name", ["topk", "unbiased", "clip"])
def test_the_composed_theorem_and_its_proof_are_written(name: str) -> None:
    composed = compose(boundcalc.theorem("sgd-pl").declaration, estimator(name))
    text = document([composed], proof=True)
    assert text.count(r"\begin{proof}") == 2
    assert r"\ref{thm:sgd-pl}" in text
    for origin in estimator(name).origins:
        assert origin in text


def test_the_certificate_of_a_composed_theorem_holds_the_moment_and_the_base() -> None:
    from boundcalc.export.certificates import certificate_document

    composed = compose(boundcalc.theorem("sgd-pl").declaration, estimator("topk"))
    document_ = certificate_document(TheoremHandle(composed).prove())
    assert document_["base"]["theorem"] == "sgd-pl"
    moment = document_["estimator"]["moment"]
    # The constant of the claim is C, as the formulas say.
    ones = [part for part in moment["claim"] if part["atom"] == {"kind": "one"}]
    names = {"alpha": alpha, "young": t, "n": n, "delta2": delta2, "sigma0_2": sigma0_2}
    assert sp.expand(sp.sympify(ones[0]["coefficient"], names) - estimator("topk").formulas[C]) == 0


def test_noise_never_costs_more_than_the_same_error_as_bias() -> None:
    """Unbiased with omega < 1 is contractive too, but never better for it.

    In the step of momentum an error of relative size m costs beta W m as bias and beta^2 N m as
    noise, with N = W - T + S and S <= T; and so do the residuals, over the same rate.
    """
    W, T, S, beta = sp.symbols("W T S beta", real=True)
    known = [at_least(W, T), at_least(T, S), at_least(S), exceeds(beta), at_least(1, beta)]
    Signs(known).require(at_least(beta * W, beta**2 * (W - T + S)))
    step = {"L": 1, "Delta": 1, "gamma": 0.2, "beta": 0.5, "delta2": 0.1, "sigma0_2": 0.1}
    for name in ("sgd-nonconvex", "sgdm-nonconvex"):
        theorem = boundcalc.theorem(name).declaration
        given = {k: v for k, v in step.items() if k != "beta" or name.startswith("sgdm")}
        noise = TheoremHandle(compose(theorem, estimator("natural"))).bound(100, **given)
        bias = TheoremHandle(compose(theorem, estimator("contractive"))).bound(
            100, alpha=Fraction(7, 8), **given
        )
        assert noise.value < bias.value


@pytest.mark.parametrize("d", [1, 2, 3, 4, 7, 16, 30, 64])
def test_named_compressors_have_the_constants_of_the_simulator(d: int) -> None:
    """The best variant of the estimator is what the simulator says, not more."""
    choices: list[tuple[str, dict[str, float]]] = [
        *(("dithering", {"levels": levels, "d": d}) for levels in (1, 2, 3, 5)),
        *((name, {"k": k, "d": d}) for name in ("topk", "randk") for k in {1, (d + 1) // 2, d}),
        *((name, {"d": d}) for name in ("ternary", "scaled-sign")),
        *(("sparsifier", {"p_min": p_min}) for p_min in (0.25, 1)),
        ("natural", {}),
        ("identity", {}),
        ("grid", {"pitch": 0.5, "d": d}),
    ]
    for name, given in choices:
        found = estimator(name)
        compressor = found.compressor(given) if found.compressor else None
        assert isinstance(compressor, Compressor)
        simulated = compressor_constants(compressor, d)
        values = {sp.Symbol(n, real=True): sp.Rational(str(v)) for n, v in given.items()}
        values[sp.Symbol("sqrt_d", real=True)] = sp.sqrt(d)
        derived = []
        for variant in (found, *found.alternatives):
            supposed = [c.substitute(values).expression for c in variant.given]
            if all(side >= 0 for side in supposed if side.is_number):
                (symbol, formula), *_ = variant.implied.items()
                derived.append(float(formula.subs(values)))
        best = max(derived) if symbol.name == "alpha" else min(derived)
        assert best == pytest.approx(simulated[symbol.name], abs=1e-12), (name, given)
