"""What the theorems state, against the formulas of the papers and of the derivation by hand."""

from __future__ import annotations

import random

import sympy as sp

import boundcalc
from boundcalc import Theorem
from boundcalc.bounds.describe import corollary_lines
from boundcalc.kernel.powers import Power, Shortfall

L, mu, B, C, M, sigma2 = sp.symbols("L mu B C M sigma2", real=True)
gamma, beta, Delta, E0, K = sp.symbols("gamma beta Delta E0 K", real=True)
theta, rho, p = sp.symbols("theta rho p", real=True)


def resolved(name: str, form: str, **when: int) -> dict[str, sp.Expr]:
    """The terms of a form in the parameters alone, powers written out."""
    theorem = boundcalc.theorem(name)
    chosen = theorem.form(form, when)
    terms = theorem.statement(chosen).terms
    return {
        key: chosen.resolve(term)
        .replace(Power, lambda rate, count: (1 - rate) ** count)
        .replace(Shortfall, lambda rate, count: 1 - (1 - rate) ** count)
        for key, term in terms.items()
    }


def same(one: sp.Expr, other: sp.Expr) -> bool:
    """Equality of rational functions (K a whole number), by exact values at random points."""
    draw = random.Random(0)
    symbols = sorted(one.free_symbols | other.free_symbols, key=str)
    for _ in range(4):
        at = {s: sp.Rational(draw.randint(1, 99), draw.randint(100, 199)) for s in symbols}
        at[K] = sp.Integer(draw.randint(1, 9))
        if one.subs(at) != other.subs(at):
            return False
    return True


def test_sgd_nonconvex_readable_form() -> None:
    left = 1 - B - L * gamma * M
    terms = resolved("sgd-nonconvex", "readable")
    assert same(terms["initialisation"], 2 * Delta / (gamma * left * K))
    assert same(terms["bias"] + terms["noise"], (C + L * gamma * sigma2) / left)


def test_sgd_pl_readable_form() -> None:
    left = 1 - B - L * gamma * M
    terms = resolved("sgd-pl", "readable")
    contraction = gamma * mu * left
    assert same(terms["initialisation"], (1 - contraction) ** K * Delta)
    saturated = (1 - (1 - contraction) ** K) / (2 * mu * left)
    assert same(terms["bias"] + terms["noise"], (C + L * gamma * sigma2) * saturated)


def momentum_constants(readable: bool, contraction: sp.Expr) -> dict[str, sp.Expr]:
    """W, A, N, c of the derivation, written down independently of the code."""
    T = gamma / 2 if readable else gamma / (2 * p)
    W = T * (1 - contraction) / (theta * beta - contraction)
    weight = W * L**2 * (1 - beta) * (1 - theta * beta)
    weight /= (1 - contraction) * beta * (1 - theta)
    S = gamma**2 * (L / 2 + weight)
    N = W - T + S
    most = gamma - S - (gamma - 2 * S) ** 2 / (4 * (T - S)) if not readable else gamma / 2
    return {"W": W, "A": W - T, "N": N, "c": most - W * beta * B - beta**2 * N * M}


def test_sgdm_nonconvex_sharp_and_readable_forms() -> None:
    for form in ("sharp", "readable"):
        k = momentum_constants(form == "readable", sp.S.Zero)
        terms = resolved("sgdm-nonconvex", form)
        assert same(terms["initialisation"], (Delta + k["A"] * E0) / (k["c"] * K))
        assert same(terms["bias"], k["W"] * beta * C / k["c"])
        assert same(terms["noise"], beta**2 * k["N"] * sigma2 / k["c"])


def test_sgdm_pl_sharp_form() -> None:
    k = momentum_constants(False, rho)
    terms = resolved("sgdm-pl", "sharp")
    assert same(terms["initialisation"], (1 - rho) ** K * (Delta + k["A"] * E0))
    saturated = (1 - (1 - rho) ** K) / rho
    assert same(terms["bias"], k["W"] * beta * C * saturated)
    assert same(terms["noise"], beta**2 * k["N"] * sigma2 * saturated)


def test_momentum_at_beta_one_is_sgd() -> None:
    for form in ("sharp", "readable"):
        sgd = resolved("sgd-nonconvex", form)
        momentum = resolved("sgdm-nonconvex", form, beta=1)
        assert all(same(sgd[key], momentum[key]) for key in sgd)


def test_sgd_pl_is_sgdm_pl_at_beta_one_with_the_largest_contraction() -> None:
    sgd, momentum = boundcalc.theorem("sgd-pl"), boundcalc.theorem("sgdm-pl")
    largest = sgd.form("readable").resolve(rho)
    for key, term in resolved("sgd-pl", "readable").items():
        other = resolved("sgdm-pl", "readable", beta=1)[key].subs(rho, largest)
        assert same(term, other), (momentum.name, key)


def test_clean_corollaries() -> None:
    lines = corollary_lines(
        boundcalc.theorem("sgdm-nonconvex").declaration,
        boundcalc.theorem("sgdm-nonconvex").corollaries[0],
    )
    assert "  2*C/(1 - 2*B)    [bias]" in lines
    lines = corollary_lines(
        boundcalc.theorem("sgdm-pl").declaration, boundcalc.theorem("sgdm-pl").corollaries[0]
    )
    assert "rho <= beta/4" in lines
    assert "rho <= gamma*mu*(1 - 4*B)" in lines
    assert "where q = 4*(1 - beta)*(2 - beta)/beta**2" in lines


def test_noise_term_carries_a_factor_beta_and_bias_none() -> None:
    """Where momentum helps: for small beta the noise residual falls with beta, the bias stays."""
    small = {
        gamma: sp.Rational(1, 10**9),
        L: 1,
        B: 0,
        M: 0,
        theta: sp.Rational(1, 2),
        C: 1,
        sigma2: 1,
    }
    terms = resolved("sgdm-nonconvex", "readable")
    for value in (sp.Rational(1, 10), sp.Rational(1, 100)):
        at = {**small, beta: value}
        assert abs(float(terms["bias"].subs(at)) - 2) < 1e-3
        ratio = float(terms["noise"].subs(at)) / float(value)
        assert 1.8 < ratio <= 2.0


def test_every_symbol_of_a_statement_is_a_parameter(theorem: Theorem) -> None:
    names = {q.name for q in theorem.parameters} | {"K"}
    for form in theorem.forms:
        bound = theorem.statement(form).bound
        assert {s.name for s in bound.free_symbols} <= names


def test_residual_terms_vanish_without_bias_and_noise(theorem: Theorem) -> None:
    for form in theorem.forms:
        terms = theorem.statement(form).terms
        assert terms["bias"].subs(C, 0) == 0
        assert terms["noise"].subs(sigma2, 0) == 0
