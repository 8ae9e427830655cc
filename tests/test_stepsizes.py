"""Step sizes: closed forms, exact limits, horizons and targets."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import boundcalc
from boundcalc import Theorem, UnreachableError, UsageError
from boundcalc.facade import TheoremHandle

NOISELESS = {"B": 0, "M": 0}


def q(beta: float, theta: float) -> float:
    return (1 - beta) * (1 - theta * beta) / (theta * (1 - theta) * beta**2)


def read(formula: object) -> sp.Expr:
    """A formula of an answer as an expression; beta and gamma are symbols, not functions."""
    assert isinstance(formula, str)
    names = {name: sp.Symbol(name) for name in ("beta", "gamma", "theta", "L", "B", "M")}
    return sp.parse_expr(formula, names)


def quadratic_limit(L: float, q: float, r: float = 1) -> float:
    """The positive root of r = u + q u^2, over L."""
    return 2 * r / (L * (1 + math.sqrt(1 + 4 * q * r)))


def test_closed_form_of_sgdm_nonconvex_is_the_root_of_its_quadratic() -> None:
    answer = boundcalc.theorem("sgdm-nonconvex").step_size()
    assert answer.conditions[:4] == (
        "gamma <= 2/(L*(1 + sqrt(1 + 4*q)))",
        "gamma < 2*r/(L*(1 + sqrt(1 + 4*q*r))) (if M > 0)",
        "where q = (1 - beta)*(1 - beta*theta)/(beta**2*theta*(1 - theta))",
        "where r = (theta - B - M*beta*(1 - beta*theta))/(M*beta**2*theta)",
    )
    assert answer.bound is None
    values = {"L": 2, "beta": 0.5, "theta": 0.6, "B": 0.1, "M": 0.7}
    found = float(read(answer.closed_form).subs({sp.Symbol(n): v for n, v in values.items()}))
    r = (1 - 0.1 / 0.6) / (0.25 * 0.7) - (1 - 0.3) / 0.3
    assert found == pytest.approx(min(quadratic_limit(2, q(0.5, 0.6), x) for x in (1, r)))


def test_closed_form_solves_the_condition_it_comes_from() -> None:
    theorem = boundcalc.theorem("sgdm-pl")
    form = theorem.form("readable")
    limits = read(theorem.step_size().closed_form).args
    limit = next(expression for expression in limits if not expression.has(sp.Symbol("M")))
    short = next(c for c in form.given if "short" in c.meaning)
    values = {"L": 3, "beta": sp.Rational(2, 5), "theta": sp.Rational(2, 3), "rho": 0,
              "B": 0, "M": 0}  # fmt: skip
    symbols = {sp.Symbol(name, real=True): value for name, value in values.items()}
    plain = {sp.Symbol(name): value for name, value in values.items()}
    edge = limit.subs(plain)
    margin = form.resolve(short.left - short.right).subs(symbols)
    at_edge = margin.subs(sp.Symbol("gamma", real=True), edge)
    assert sp.simplify(at_edge) == 0


def test_sgd_step_sizes_in_symbols() -> None:
    answer = boundcalc.theorem("sgd-pl").step_size()
    assert answer.conditions == ("gamma <= 1/L", "gamma < (1 - B)/(L*M) (if M > 0)")
    assert answer.gamma_max == "Min(1/L, (1 - B)/(L*M))"


def test_partly_given_numbers_leave_the_rest_symbolic() -> None:
    answer = boundcalc.theorem("sgd-nonconvex").step_size(L=4, M=0)
    assert answer.conditions == ("gamma <= 1/4",) or answer.gamma_max == 0.25
    answer = boundcalc.theorem("sgdm-nonconvex").step_size(beta=Fraction(1, 2), M=0)
    assert isinstance(answer.gamma_max, str)
    assert "beta" not in answer.gamma_max
    assert {str(s) for s in read(answer.gamma_max).free_symbols} == {"L", "theta"}


@pytest.mark.parametrize("beta", [0.9, 0.5, 0.1, 0.01])
def test_largest_readable_step_without_bias_and_noise(beta: float) -> None:
    """Over theta the best is theta = 1/(1 + s), s = sqrt(1 - beta), where q = (s/(1 - s))^2."""
    answer = boundcalc.theorem("sgdm-nonconvex").step_size(L=3, beta=beta, **NOISELESS)
    s = sp.sqrt(1 - sp.Rational(str(beta)))
    exact = quadratic_limit(3, float(sp.N((s / (1 - s)) ** 2, 40)))
    assert isinstance(answer.gamma_max, float)
    assert answer.gamma_max <= exact * (1 + 1e-15)
    assert answer.gamma_max == pytest.approx(exact, rel=1e-9)
    assert answer.attained is True
    assert answer.gamma == answer.gamma_max


@pytest.mark.parametrize("theta", [0.3, 0.6, 0.9])
def test_largest_step_at_fixed_theta_is_exact(theta: float) -> None:
    answer = boundcalc.theorem("sgdm-nonconvex").step_size(L=1, beta=0.25, theta=theta, **NOISELESS)
    exact = quadratic_limit(1, q(0.25, theta))
    assert isinstance(answer.gamma_max, float)
    assert answer.gamma_max == pytest.approx(exact, rel=4e-16)


def test_noise_limits_the_step_openly() -> None:
    answer = boundcalc.theorem("sgd-nonconvex").step_size(L=2, B=0, M=3)
    assert answer.gamma_max == pytest.approx(1 / 6, rel=1e-12)
    assert answer.attained is False
    # The best guaranteed decrease gamma/2 (1 - L gamma M) is at half of the limit.
    assert answer.gamma == pytest.approx(1 / 12, rel=1e-6)


def test_sharp_form_admits_sgd_steps_up_to_two_over_L() -> None:
    answer = boundcalc.theorem("sgd-nonconvex").step_size(L=5, **NOISELESS)
    assert answer.gamma_max == pytest.approx(1 / 5, rel=1e-12)
    assert isinstance(answer.gamma_max_sharp, float)
    assert answer.gamma_max_sharp < 2 / 5
    assert answer.gamma_max_sharp == pytest.approx(2 / 5, rel=1e-6)


def test_bias_near_its_limit_leaves_the_supremum_open() -> None:
    answer = boundcalc.theorem("sgdm-nonconvex").step_size(
        L=1, beta=0.1, B=0.9, C=0, M=0, sigma2=0, Delta=1
    )
    assert answer.attained is False
    assert isinstance(answer.gamma, float) and isinstance(answer.gamma_max, float)
    assert 0 < answer.gamma < answer.gamma_max
    bound = boundcalc.theorem("sgdm-nonconvex").bound(
        100, gamma=answer.gamma, L=1, beta=0.1, B=0.9, C=0, M=0, sigma2=0, Delta=1
    )
    assert math.isfinite(bound.value)


def test_momentum_at_beta_one_has_the_steps_of_sgd() -> None:
    constants = {"L": 2, "B": 0.2, "M": 1.5}
    sgd = boundcalc.theorem("sgd-nonconvex").step_size(**constants)
    momentum = boundcalc.theorem("sgdm-nonconvex").step_size(beta=1, **constants)
    assert sgd.gamma_max == momentum.gamma_max
    assert sgd.attained is momentum.attained


def test_values_for_pytorch() -> None:
    answer = boundcalc.theorem("sgdm-nonconvex").step_size(L=1, beta=0.1, **NOISELESS)
    assert answer.pytorch is not None and isinstance(answer.gamma, float)
    assert answer.pytorch["lr"] == pytest.approx(0.1 * answer.gamma)
    assert answer.pytorch["momentum"] == pytest.approx(0.9)


def test_horizon_step_is_the_textbook_one_for_sgd() -> None:
    """min over gamma of 2 Delta/(gamma K) + L gamma sigma2 is 2 sqrt(2 L Delta sigma2/K)."""
    theorem = boundcalc.theorem("sgd-nonconvex")
    K, values = 10_000, {"L": 2, "B": 0, "C": 0, "M": 0, "sigma2": 3, "Delta": 5, "p": 1}
    answer = theorem.step_size(horizon=K, **values)
    assert answer.gamma == pytest.approx(math.sqrt(2 * 5 / (2 * 3 * K)), rel=1e-4)
    assert answer.bound is not None
    assert answer.bound.value == pytest.approx(2 * math.sqrt(2 * 2 * 5 * 3 / K), rel=1e-8)
    assert answer.bound.K == answer.iterations == K
    assert theorem.bound(K, gamma=answer.gamma, **values).value == answer.bound.value


def test_target_takes_the_fewest_iterations() -> None:
    """2 Delta/(gamma K) + L gamma sigma2 <= eps needs K = 8 L Delta sigma2/eps^2 at best."""
    theorem = boundcalc.theorem("sgd-nonconvex")
    values = {"L": 2, "B": 0, "C": 0, "M": 0, "sigma2": 3, "Delta": 5, "p": 1}
    answer = theorem.step_size(target=0.1, **values)
    assert answer.iterations is not None
    assert answer.iterations == pytest.approx(8 * 2 * 5 * 3 / 0.1**2, abs=1.5)
    assert answer.bound is not None and answer.bound.value <= 0.1
    fewer = theorem.step_size(horizon=int(answer.iterations * 0.999), **values)
    assert fewer.bound is not None and fewer.bound.value > 0.1


@pytest.mark.parametrize(
    ("name", "method", "floor"),
    [
        # As gamma -> 0 the bias leaves C/(1 - B).
        ("sgd-nonconvex", {}, "2"),
        # As theta -> 1 too, (C + beta (1 - beta) sigma2)/(1 - B - beta (1 - beta) M).
        ("sgdm-nonconvex", {"beta": 0.5}, "5"),
    ],
)
def test_unreachable_target_names_the_smallest_reachable_value(
    name: str, method: dict[str, float], floor: str
) -> None:
    values = {"L": 1, "B": 0.5, "C": 1, "M": 1, "sigma2": 1, "Delta": 1, **method}
    with pytest.raises(
        UnreachableError, match=f"smallest value in reach is {floor}(,|.00)"
    ) as caught:
        boundcalc.theorem(name).step_size(target=1.9, **values)
    assert caught.value.exit_status == 1


def test_a_target_above_the_start_needs_no_iteration() -> None:
    """Also where the residual is above it: the bound is Delta before the first step."""
    answer = boundcalc.theorem("sgd-pl").step_size(
        target=2, L=1, mu=0.1, B=0, C=10, M=0, sigma2=0, Delta=1
    )
    assert answer.iterations == 0
    assert answer.bound is not None and answer.bound.value == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gamma": 1}, "gamma is the answer"),
        ({"horizon": 10}, "needs values for"),
        ({"horizon": -1, "L": 1, "B": 0, "C": 0, "M": 0, "sigma2": 0, "Delta": 1}, "whole number"),
        ({"target": -1, "L": 1, "B": 0, "C": 0, "M": 0, "sigma2": 0, "Delta": 1}, "positive"),
        ({"L": 1, "B": 1, "M": 0}, "outside"),
    ],
)
def test_wrong_questions_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        boundcalc.theorem("sgd-nonconvex").step_size(**options)


def test_constants_that_admit_no_step_are_named() -> None:
    with pytest.raises(UsageError, match=r"no admissible step size was found .* M = 100"):
        boundcalc.theorem("sgdm-nonconvex").step_size(L=1, B=0, M=100, beta=0.5)


@settings(max_examples=12)
@given(
    B=st.fractions(0, Fraction(9, 10), max_denominator=20),
    M=st.fractions(0, 2, max_denominator=10),
    beta=st.fractions(Fraction(1, 20), 1, max_denominator=20),
    name=st.sampled_from(["sgd-nonconvex", "sgd-pl", "sgdm-nonconvex", "sgdm-pl"]),
)
def test_the_recommended_step_has_a_finite_bound(
    B: Fraction, M: Fraction, beta: Fraction, name: str
) -> None:
    theorem = boundcalc.theorem(name)
    values = {"L": 1, "B": B, "M": M, "C": 1, "sigma2": 1, "Delta": 1}
    if name.startswith("sgdm"):
        values["beta"] = beta
        # As gamma -> 0 and theta -> 1 what is left for the gradient is (1 - B - beta(1-beta)M)/2.
        assume(B + beta * (1 - beta) * M < Fraction(9, 10))
    if name.endswith("pl"):
        values["mu"] = Fraction(1, 10)
    answer = theorem.step_size(**values)
    assert isinstance(answer.gamma, float) and isinstance(answer.gamma_max, float)
    assert isinstance(answer.gamma_max_sharp, float)
    assert 0 < answer.gamma <= answer.gamma_max <= answer.gamma_max_sharp
    assert answer.bound is not None and math.isfinite(answer.bound.value)
    with pytest.raises(UsageError, match="above the limit"):
        theorem.bound(10, gamma=answer.gamma_max_sharp * (1 + 1e-3), **values)


def test_every_theorem_answers_in_symbols(theorem: Theorem) -> None:
    answer = TheoremHandle(theorem).step_size()
    assert answer.closed_form == answer.gamma_max
    assert answer.latex.startswith(r"\gamma\le")
    assert answer.bound is None


@pytest.mark.parametrize(
    "constants",
    [
        {"L": 1, "mu": 1, "B": 0, "M": 5, "beta": 1},
        {"L": 1, "mu": 1, "B": 0.99, "M": 0, "beta": 0.5},
        {"L": 1, "mu": Fraction(1, 10**8), "B": 0.04, "M": 0.1, "beta": 0.5},
        {"L": 1, "mu": Fraction(1, 10), "B": 0.04, "M": 0.1, "beta": 0.5},
    ],
)
def test_the_longest_steps_do_not_depend_on_mu(constants: dict[str, Any]) -> None:
    """As rho -> 0 the conditions of momentum under PL are those without it."""
    other = {name: value for name, value in constants.items() if name != "mu"}
    pl = boundcalc.theorem("sgdm-pl").step_size(**constants)
    plain = boundcalc.theorem("sgdm-nonconvex").step_size(**other)
    assert pl.gamma_max_sharp == pytest.approx(plain.gamma_max_sharp, rel=1e-6)
    assert pl.attained is plain.attained


def test_a_tiny_mu_leaves_steps() -> None:
    constants = {"L": 1, "mu": Fraction(1, 10**10), "B": 0, "M": 0, "beta": 0.5}
    bound = boundcalc.theorem("sgdm-pl").bound(10, gamma=0.1, C=0, sigma2=0, Delta=1, **constants)
    assert 0.999 < bound.value <= 1 + 1e-12


def test_a_limit_for_noise_that_is_not_there_is_not_shown() -> None:
    answer = boundcalc.theorem("sgd-nonconvex").step_size(L=2, B=0, M=0)
    assert answer.conditions == ("gamma <= 1/L",)
    assert answer.closed_form == "1/L"
    assert r"\gamma=0.5" in answer._repr_latex_()
    assert repr(answer).startswith("StepSize(sgd-nonconvex, gamma=0.5, gamma_max=0.5")


def test_proof_parameters_that_admit_nothing_are_named() -> None:
    constants = {"L": 1, "mu": 0.1, "beta": 0.5, "B": 0.04, "M": 0.1}
    with pytest.raises(UsageError, match="proof parameters are fixed: rho"):
        boundcalc.theorem("sgdm-pl").step_size(rho=0.5, **constants)


@pytest.mark.parametrize(
    ("beta", "bias", "horizon", "gamma"),
    [(0.05, 0.1 / 1.0001, 1000, 0.0132), (0.05, 0.1 / 1.0001, 10**5, 0.001),
     (0.05, 0.1 / 101, 1000, 0.0244), (0.5, 0.1 / 1.0001, 1000, 0.05)],
)  # fmt: skip
def test_the_step_for_a_horizon_is_no_worse_than_one_of_a_grid(
    beta: float, bias: float, horizon: int, gamma: float
) -> None:
    """Long averages make a narrow, curved valley of step and proof parameters."""
    theorem = boundcalc.theorem("sgdm-pl")
    constants = {"L": 1, "mu": 0.1, "B": 0, "M": 0, "Delta": 1, "beta": beta}
    constants |= {"C": bias, "sigma2": 0.1 - bias, "E0": 0}
    found = theorem.step_size(horizon=horizon, **constants).bound
    assert found is not None
    assert found.value <= theorem.bound(horizon, gamma=gamma, **constants).value * 1.002


@pytest.mark.parametrize("sigma2", [1e2, 1e4])
def test_without_momentum_the_target_takes_as_long_as_without_its_theorem(sigma2: float) -> None:
    """Weights that cancel at beta = 1 must not cost the digits of what is left of them."""
    given = {"L": 1, "Delta": 1, "B": 0, "C": 0, "M": 0, "sigma2": sigma2}
    plain = boundcalc.theorem("sgd-nonconvex").step_size(target=1e-3, **given)
    averaged = boundcalc.theorem("sgdm-nonconvex").step_size(target=1e-3, beta=1, **given)
    assert averaged.iterations == plain.iterations
