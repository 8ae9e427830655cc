"""Compressed and stale gradients: bounds against the derivation's formulas, and known limits."""

from __future__ import annotations

import math

import pytest
import sympy as sp

import boundcalc
from boundcalc import UsageError
from boundcalc.bounds.rates.terms import without_discounts
from boundcalc.kernel.powers import Discounted, Power, Shortfall

NAMES = (
    "dcgd-strongly-convex",
    "dcgd-convex",
    "dcgd-nonconvex",
    "delayed-dcgd-strongly-convex",
    "delayed-dcgd-convex",
    "delayed-cgd-nonconvex",
    "delayed-cgd-pl",
)
L, L_max, mu, omega, n, s, tau, gamma, K = sp.symbols("L L_max mu omega n s tau gamma K", real=True)
sigma_star2, D0, D_inf, Delta = sp.symbols("sigma_star2 D0 D_inf Delta", real=True)


def resolved(name: str, **values: object) -> dict[str, sp.Expr]:
    """The readable bound's terms in the parameters, with powers written out."""
    theorem = boundcalc.theorem(name)
    form = theorem.form(theorem.readable)
    at = {sp.Symbol(key, real=True): value for key, value in values.items()}
    found = {}
    for key, term in theorem.statement(form).terms.items():
        plain = form.resolve(term).subs(at)
        plain = plain.replace(Power, lambda rate, count: (1 - rate) ** count)
        found[key] = plain.replace(Shortfall, lambda rate, count: 1 - (1 - rate) ** count)
    return found


def admitted(name: str, **values: object) -> list[sp.Expr]:
    """The conditions of the readable form, as what must not be negative."""
    theorem = boundcalc.theorem(name)
    form = theorem.form(theorem.readable)
    at = {sp.Symbol(key, real=True): value for key, value in values.items()}
    return [form.resolve(c.expression).subs(at) for c in form.given]


def same(left: sp.Expr, right: sp.Expr) -> bool:
    return bool(sp.simplify(left - right) == 0)


@pytest.mark.parametrize("name", NAMES)
def test_the_theorem_proves(name: str) -> None:
    proof = boundcalc.theorem(name).prove()
    assert proof.proved, proof.steps[-1].problem
    assert ("Cauchy-Schwarz" in proof.axioms) == name.startswith("delayed")


def test_bounds_without_delay_are_those_of_the_derivation() -> None:
    Lambda = L + 2 * omega * L_max / n
    rho = gamma * mu * (2 - gamma * Lambda)
    strong = resolved("dcgd-strongly-convex")
    assert same(strong["initialisation"], (1 - rho) ** K * D0)
    residual = 2 * gamma * omega * sigma_star2 / (n * mu * (2 - gamma * Lambda))
    assert same(strong["compression"], residual * (1 - (1 - rho) ** K))
    convex = resolved("dcgd-convex")
    assert same(convex["initialisation"], D0 / (2 * gamma * K))
    assert same(convex["compression"], gamma * omega * sigma_star2 / n)
    for name in ("dcgd-strongly-convex", "dcgd-convex"):
        assert same(admitted(name)[0], 1 - gamma * Lambda)
    rough = resolved("dcgd-nonconvex")
    a, c = gamma**2 * L * L_max * omega / n, gamma * (1 - gamma * L / 2)
    assert same(rough["initialisation"], Delta / (c * Discounted(a, K)))
    assert same(rough["compression"], a * D_inf / c)


def test_bounds_with_delay_are_those_of_the_derivation() -> None:
    c_U = (s + 2 * omega) / n
    convex = resolved("delayed-dcgd-convex")
    assert same(convex["initialisation"], D0 / (2 * gamma * K))
    late = 1 + gamma * L_max * tau**2
    assert same(convex["compression"], gamma * omega * late * sigma_star2 / n)
    room = 1 - c_U * L_max * gamma - c_U * L_max**2 * gamma**2 * tau**2
    assert same(admitted("delayed-dcgd-convex")[0], n * room)
    # The price of the window in the residual is the exact one: it has 1 - gamma mu tau below it.
    strong = resolved("delayed-dcgd-strongly-convex")
    assert same(strong["initialisation"], (1 - gamma * mu) ** K * D0)
    left = 1 - gamma * mu * tau
    charge = 1 + gamma * L_max * tau**2 / left
    residual = 2 * omega * gamma * charge * sigma_star2 / (n * mu)
    assert same(strong["compression"], residual * (1 - (1 - gamma * mu) ** K))
    room = 1 - c_U * L_max * gamma - c_U * L_max**2 * gamma**2 * tau**2 / left
    assert same(admitted("delayed-dcgd-strongly-convex")[0], n * left * room)
    room = 1 - L * (1 + omega) * gamma - (1 + omega) * L**2 * tau**2 * gamma**2
    assert same(admitted("delayed-cgd-nonconvex")[0], gamma / 2 * room)
    assert same(resolved("delayed-cgd-nonconvex")["initialisation"], 2 * Delta / (gamma * K))
    room = 1 - L * (1 + omega) * gamma - (1 + omega) * L**2 * tau**2 * gamma**2 / left
    assert same(admitted("delayed-cgd-pl")[0], left * room)
    assert same(resolved("delayed-cgd-pl")["initialisation"], (1 - gamma * mu) ** K * Delta)


def test_without_compression_it_is_gradient_descent() -> None:
    for name in NAMES[:5]:
        assert resolved(name, omega=0)["compression"] == 0
    for name in NAMES[:2]:
        assert same(admitted(name, omega=0)[0], 1 - gamma * L)
    # The growth lemma is then telescoping: the classical mean of squared gradients.
    terms = resolved("dcgd-nonconvex", omega=0)
    assert same(
        without_discounts(terms["initialisation"]), Delta / (gamma * (1 - gamma * L / 2) * K)
    )
    # One worker: f is its function.
    alone = resolved("dcgd-convex", n=1, L_max=L)
    assert same(alone["compression"], gamma * omega * sigma_star2)
    assert same(admitted("dcgd-convex", n=1, L_max=L)[0], 1 - gamma * L * (1 + 2 * omega))


def test_without_delay_the_delayed_theorems_are_the_plain_ones() -> None:
    undelayed = resolved("dcgd-convex")
    assert all(
        same(resolved("delayed-dcgd-convex", tau=0)[key], undelayed[key]) for key in undelayed
    )
    # Dense gradients, no delay, no compression: 1/L_max.
    for name in NAMES[3:5]:
        at = admitted(name, tau=0, omega=0, s=n)[0]
        assert same(at, n * (1 - gamma * L_max))
    for name, scale in zip(NAMES[5:], (gamma / 2, 1), strict=True):
        assert same(admitted(name, tau=0, omega=0)[0], scale * (1 - gamma * L))
        # gamma <= 1/L and gradient descent's 2 Delta/(gamma K), or 1 - gamma mu under PL.
        assert "compression" not in resolved(name)
    # The sharp forms are then those of gradient descent itself: p -> 0 leaves gamma - gamma^2 L/2.
    form = boundcalc.theorem("delayed-cgd-nonconvex").form("sharp")
    left = form.resolve(sp.Symbol("c", real=True)).subs({tau: 0, omega: 0})
    limit = sp.limit(left, sp.Symbol("p", real=True), 0)
    assert same(limit, gamma - gamma**2 * L / 2)


def test_a_share_of_strong_convexity_at_the_iterate_doubles_the_contraction() -> None:
    """Without delay its drift costs nothing: 2 - gamma Lambda of the plain theorem comes back."""
    form = boundcalc.theorem("delayed-dcgd-strongly-convex").form("sharp")
    rho, theta, zeta, W = sp.symbols("rho theta zeta W", real=True)
    Lambda = form.resolve(W) * L_max / n
    contraction = form.resolve(rho).subs({theta: 1 - gamma * Lambda, zeta: 0})
    assert same(contraction, gamma * mu * (2 - gamma * Lambda))
    edge = form.resolve(form.given[1].expression).subs(tau, 0)
    assert same(edge.subs(theta, 1 - gamma * Lambda), 0)
    # Where steps are short the residual is all but halved.
    values = {"L_max": 1, "mu": 0.5, "omega": 1, "n": 10, "tau": 1, "sigma_star2": 1, "D0": 1}
    theorem = boundcalc.theorem("delayed-dcgd-strongly-convex")
    sharp = theorem.bound(math.inf, gamma=0.001, **values).value
    plain = theorem.bound(math.inf, gamma=0.001, theta=0, zeta=1, **values).value
    assert sharp < 0.6 * plain


def test_the_longest_steps_are_roots_of_their_quadratics() -> None:
    values = {"omega": 3, "n": 10, "s": 4, "tau": 5, "L_max": 2}
    theorem = boundcalc.theorem("delayed-dcgd-convex")
    # No form is left open in symbols: the limit is a formula in the delay and the compressor.
    assert "tau**2" in str(theorem.step_size().gamma_max)
    for name, more in (
        ("delayed-dcgd-convex", {**values, "sigma_star2": 1, "D0": 1}),
        ("delayed-dcgd-strongly-convex", {**values, "mu": 0.1, "sigma_star2": 1, "D0": 1}),
        ("delayed-cgd-pl", {"L": 1, "mu": 0.1, "omega": 3, "tau": 5, "Delta": 1}),
    ):
        step = boundcalc.theorem(name).step_size(**more)
        assert step.attained
        at = {sp.Symbol(key, real=True): value for key, value in more.items()}
        condition = admitted(name)[0].subs({**at, gamma: step.gamma_max})
        assert float(condition) == pytest.approx(0, abs=1e-6)
        assert float(condition) >= -1e-12


def test_steps_shorten_with_delay_and_compression_and_lengthen_with_sparsity() -> None:
    theorem = boundcalc.theorem("delayed-dcgd-strongly-convex")

    def largest(**values: object) -> float:
        given = {"L_max": 2, "mu": 0.1, "omega": 3, "n": 10, "tau": 4, "sigma_star2": 1, "D0": 1}
        return float(theorem.step_size(**{**given, **values}).gamma_max)

    assert largest(s=10) == largest()  # dense where s is not given
    assert largest(s=2) > largest(s=5) > largest()
    assert largest(tau=0) > largest(tau=4) > largest(tau=40)
    assert largest(omega=0) > largest() > largest(omega=30)


def test_the_free_weight_of_young_sharpens_the_bound() -> None:
    values = {"L_max": 2, "omega": 3, "n": 10, "tau": 2, "sigma_star2": 1, "D0": 1, "gamma": 0.01}
    theorem = boundcalc.theorem("delayed-dcgd-convex")
    best = theorem.bound(1000, **values).terms["compression"]
    assert best < 0.75 * theorem.bound(1000, young=1, **values).terms["compression"]


def test_growth_counts_as_far_as_it_grows() -> None:
    """Delta/(c sum (1+a)^-j) against the sum itself, and its limit a Delta/c."""
    values = {"L": 1, "L_max": 2, "omega": 3, "n": 4, "D_inf": 0, "Delta": 5, "gamma": 0.5}
    a, c = 0.25 * 2 * 3 / 4, 0.5 * 0.75
    theorem = boundcalc.theorem("dcgd-nonconvex")
    for count in (1, 2, 7, 200):
        total = sum((1 + a) ** -j for j in range(1, count + 1))
        assert theorem.bound(count, **values).value == pytest.approx(5 / (c * total), rel=1e-9)
    assert theorem.bound(math.inf, **values).value == pytest.approx(5 * a / c, rel=1e-9)
    plain = theorem.bound(10, **{**values, "omega": 0}).value
    assert plain == pytest.approx(5 / (c * 10), rel=1e-9)


def test_named_compressors_bring_their_constant_and_their_bits() -> None:
    values = {"L_max": 2, "mu": 0.1, "n": 10, "tau": 4, "sigma_star2": 1, "D0": 1}
    named = boundcalc.theorem("delayed-dcgd-strongly-convex+randk")
    assert named.prove().proved
    plain = boundcalc.theorem("delayed-dcgd-strongly-convex")
    given = {**values, "gamma": 0.01}
    assert named.bound(50, k=10, d=50, **given).value == pytest.approx(
        plain.bound(50, omega=4, **given).value, rel=1e-12
    )
    cost = plain.complexity(0.1, estimator="randk", k=10, d=50, **values)
    assert cost.contender.bits == 10 * (32 + 6)
    assert cost.total_bits == cost.iterations * 380 * 10
    for wrong in ("topk", "unbiased", "stochastic"):
        with pytest.raises(UsageError, match="unbiased compressor"):
            boundcalc.theorem(f"delayed-dcgd-convex+{wrong}")


def test_iterations_to_a_target_grow_with_delay_and_bits_fall_with_compression() -> None:
    values = {"L_max": 2, "n": 20, "sigma_star2": 1, "D0": 10, "d": 1000, "young": 5}
    theorem = boundcalc.theorem("delayed-dcgd-convex")

    def cost(name: str, tau: int) -> tuple[int, float]:
        found = theorem.complexity(0.5, estimator=name, tau=tau, **values)
        return found.iterations, found.total_bits

    early, late = cost("natural", 0), cost("natural", 16)
    assert early[0] < late[0]
    full = cost("identity", 16)
    assert full[0] <= late[0] and late[1] < full[1]


def test_rates_are_those_of_the_methods() -> None:
    def rate(name: str) -> str:
        return str(boundcalc.theorem(name).rates()[0].to_json()["rate"])

    assert rate("dcgd-convex") == rate("dcgd-nonconvex") == rate("delayed-dcgd-convex")
    assert "-1/2" in rate("dcgd-convex")
    assert rate("delayed-cgd-pl") != rate("delayed-cgd-nonconvex")


@pytest.mark.parametrize("name", ["dcgd-nonconvex", "delayed-dcgd-convex", "delayed-cgd-pl"])
def test_latex_has_statement_and_proof(name: str) -> None:
    text = boundcalc.theorem(name).latex(proof=True)
    assert text.count("\\begin{theorem}") == text.count("\\begin{proof}") == 1
    assert "Let  be" not in text and "+ 0" not in text
    assert ("y_i" in text) == name.startswith("delayed-dcgd")
    assert (r"\sum_{j=k-\tau}^{k-1}" in text) == name.startswith("delayed")
