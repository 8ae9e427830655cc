"""Compositions: their gradients and constants, and estimates of them from inner batches."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from numerics import (
    SGD,
    SQUARED_GRADIENT,
    Composite,
    CompositeOracle,
    Exact,
    InputError,
    Maml,
    MamlOracle,
    audit,
    make_problem,
    simulate,
)

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "composite": ("composite", {"tasks": 5, "dimension": 4}),
    "one": ("composite", {"tasks": 1, "dimension": 1, "spread": 0.0, "start": 1.0}),
    "quadratic": ("maml", {"kind": "quadratic", "tasks": 5, "dimension": 4, "inner_step": 0.3}),
    "singular": (
        "maml",
        {"kind": "quadratic", "tasks": 3, "dimension": 4, "inner_step": 1.0, "spectrum": "linear"},
    ),
    "beyond": ("maml", {"kind": "quadratic", "tasks": 3, "dimension": 4, "inner_step": 3.0}),
    "logcosh": ("maml", {"tasks": 5, "dimension": 4, "inner_step": 0.3}),
    "logcosh-long": ("maml", {"tasks": 3, "dimension": 4, "inner_step": 4.0, "spread": 2.0}),
}


def made(case: str) -> Composite:
    name, options = CASES[case]
    problem = make_problem(name, **options)
    assert isinstance(problem, Composite)
    return problem


@pytest.fixture(params=CASES)
def problem(request: pytest.FixtureRequest) -> Composite:
    return made(request.param)


def points(problem: Composite, seed: int = 0, count: int = 8) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sizes = np.repeat([0.01, 0.3, 1, 3, 30], count)[:, None]
    return sizes * rng.standard_normal((len(sizes), problem.dimension))


def parts(problem: Composite, x: Any, c: Any, w: Any, lib: Any) -> tuple[Any, Any, Any, Any]:
    """h, h', F and F' of one coordinate of one task, from the formulas of the definition."""
    if isinstance(problem, Maml):
        a = problem.inner_step
        if "quadratic" in problem.title:
            h, bent = x - a * w * (x - c), 1 - a * w
            return h, bent, w * (h - c) ** 2 / 2, w * (h - c)
        h, bent = x - a * w * lib.tanh(x - c), 1 - a * w / lib.cosh(x - c) ** 2
    else:
        h, bent = x + lib.sin(x) / 2, 1 + lib.cos(x) / 2
    return h, bent, w * lib.log(lib.cosh(h - c)), w * lib.tanh(h - c)


def test_value_and_gradient_against_the_definition(problem: Composite) -> None:
    x = points(problem)
    h, bent, outer, slope = parts(problem, x[:, None, :], problem.centres, problem.weights, np)
    assert np.allclose(problem.value(x), outer.sum(axis=2).mean(axis=1), rtol=1e-12, atol=1e-12)
    assert np.allclose(problem.gradient(x), (bent * slope).mean(axis=1), rtol=1e-11, atol=1e-12)
    full = (len(x), problem.tasks, problem.dimension)
    assert np.allclose(np.broadcast_to(problem.inner(x), full), h)
    assert np.allclose(np.broadcast_to(problem.jacobian(x), full), bent)
    out = np.empty_like(x)
    assert problem.gradient(x, out) is out and np.array_equal(out, problem.gradient(x))


def test_gradient_against_central_differences(problem: Composite) -> None:
    x = points(problem)
    gradient = problem.gradient(x)
    for j, unit in enumerate(1e-5 * np.eye(problem.dimension)):
        slope = (problem.value(x + unit) - problem.value(x - unit)) / 2e-5
        assert np.allclose(slope, gradient[:, j], rtol=1e-6, atol=1e-6)


def test_constants_hold_at_random_points(problem: Composite) -> None:
    c = problem.constants
    x = points(problem, 1, 200)
    y = x + points(problem, 2, 200) * np.random.default_rng(3).choice([1e-3, 1.0], (len(x), 1))
    bend = np.linalg.norm(problem.gradient(x) - problem.gradient(y), axis=1)
    move = np.linalg.norm(x - y, axis=1)
    assert (bend <= c["L"] * move * (1 + 1e-9) + 1e-13).all()
    assert np.abs(problem.jacobian(x)).max() <= c["ell_h"]
    u, v = (problem.inner(p) for p in (x, y))
    gu, gv = problem.outer_gradient(u), problem.outer_gradient(v)
    assert (np.linalg.norm(gu, axis=2) <= c["ell_F"]).all()
    lipschitz = np.linalg.norm(gu - gv, axis=2)
    assert (lipschitz <= c["L_F"] * np.linalg.norm(u - v, axis=2) * (1 + 1e-9) + 1e-13).all()
    assert c["n"] == problem.tasks
    if "mu" in c:
        square = np.sum(problem.gradient(x) ** 2, axis=1)
        assert (square * (1 + 1e-9) >= 2 * c["mu"] * (problem.value(x) - problem.f_star)).all()


@pytest.mark.parametrize(
    ("name", "options", "part"),
    [
        ("composite", {}, 1.0),
        ("maml", {"kind": "quadratic", "inner_step": 0.3, "spectrum": "equal"}, 1.0),
        ("maml", {"inner_step": 4.0, "spectrum": "equal"}, 0.7),
        ("maml", {"inner_step": 0.1, "spectrum": "equal"}, 0.7),
    ],
)
def test_smoothness_is_nearly_reached(name: str, options: dict[str, Any], part: float) -> None:
    problem = make_problem(name, tasks=1, dimension=1, spread=0.0, **options)
    grid = np.linspace(-6, 6, 24_001)[:, None]
    bends = np.abs(np.diff(problem.gradient(grid)[:, 0])) / np.diff(grid[:, 0])
    assert part * problem.constants["L"] * (1 - 1e-5) <= bends.max()
    assert bends.max() <= problem.constants["L"] * (1 + 1e-9)


def test_maml_on_quadratics_is_the_closed_form() -> None:
    problem = made("quadratic")
    w, a = problem.weights, 0.3
    curvature = w * (1 - a * w) ** 2
    centre = problem.centres.mean(axis=0)
    least = float(np.sum(curvature * problem.centres.var(axis=0))) / 2
    x = points(problem)
    assert np.allclose(problem.gradient(x), curvature * (x - centre), atol=1e-13)
    assert np.allclose(problem.value(x), np.sum(curvature * (x - centre) ** 2, axis=1) / 2 + least)
    assert problem.constants["L"] == pytest.approx(curvature.max(), rel=1e-15)
    assert problem.constants["mu"] == pytest.approx(curvature.min(), rel=1e-15)
    assert problem.f_inf <= least * (1 + 1e-14) and problem.f_star >= least * (1 - 1e-14)
    assert problem.f_star - problem.f_inf <= 1e-13
    gap = float(np.sum(curvature * (problem.start - centre) ** 2)) / 2
    assert problem.Delta == pytest.approx(gap, rel=1e-12) and problem.Delta >= gap * (1 - 1e-15)


def test_maml_constants_are_those_of_its_tasks() -> None:
    for kind in ("quadratic", "logcosh"):
        problem = make_problem("maml", kind=kind, dimension=6, L_phi=1.7, inner_step=0.4)
        c, w = problem.constants, problem.weights  # type: ignore[attr-defined]
        assert c["L_phi"] == w.max() == 1.7 and c["ell_h"] == pytest.approx(1 + 0.4 * 1.7)
        if kind == "quadratic":
            assert c["ell_phi"] == math.inf and c["rho_phi"] == 0
            assert c["L"] <= c["ell_h"] ** 2 * c["L_phi"]
        else:
            assert c["ell_phi"] == pytest.approx(np.linalg.norm(w))
            assert c["rho_phi"] == pytest.approx(1.7 * 4 / (3 * 3**0.5))
            assert c["L"] <= c["ell_h"] ** 2 * c["L_phi"] + 0.4 * c["rho_phi"] * c["ell_phi"]
            u = np.linspace(-3, 3, 60_001)
            third = np.abs(np.gradient(1 / np.cosh(u) ** 2, u)).max()
            assert third == pytest.approx(c["rho_phi"] / 1.7, rel=1e-6)


def test_a_quadratic_direction_that_the_inner_step_solves_is_flat() -> None:
    problem = made("singular")
    assert problem.weights[-1] == 1.0 and problem.constants["mu"] > 0.05
    x = points(problem)
    assert (problem.gradient(x)[:, -1] == 0).all()
    with pytest.raises(InputError, match="makes the objective constant"):
        make_problem("maml", kind="quadratic", inner_step=0.5, L_phi=2.0, spectrum="equal")


def test_least_value_on_quadratics_in_exact_arithmetic() -> None:
    # Far from 0 the mean of the centres cannot be a float: its error must be allowed for.
    rng = np.random.default_rng(0)
    for offset, a in itertools.product((0.0, 1e8), (0.1, 0.7, 1.9)):
        centres, weights = offset + 1e-7 * rng.standard_normal((3, 2)), np.array([0.3, 1.1])
        problem = Maml("quadratic", a, weights, centres, np.zeros(2))
        exact = Fraction(0)
        for w, column in zip(weights.tolist(), centres.T.tolist(), strict=True):
            mean = sum(map(Fraction, column)) / 3
            square = sum((Fraction(c) - mean) ** 2 for c in column) / 3
            exact += Fraction(w) * (1 - Fraction(a) * Fraction(w)) ** 2 * square / 2
        assert Fraction(problem.f_inf) <= exact <= Fraction(problem.f_star)
        curvatures = [Fraction(w) * (1 - Fraction(a) * Fraction(w)) ** 2 for w in weights.tolist()]
        assert Fraction(problem.constants["L"]) >= max(curvatures)
        assert Fraction(problem.constants["mu"]) <= min(curvatures)


def test_minimum_is_certified_tightly(problem: Composite) -> None:
    # f is separable: a fine grid around the centres finds each coordinate's minimum.
    reach = 1.5 + getattr(problem, "inner_step", 0.0)
    least = 0.0
    for j in range(problem.dimension):
        c = problem.centres[:, j]
        grid = np.linspace(c.min() - reach, c.max() + reach, 40_001)
        x = np.tile(problem.start, (len(grid), 1))
        x[:, j] = grid
        least += float(problem.value(x).min())
    # Each of these sums has the other coordinates at the start.
    least -= (problem.dimension - 1) * float(problem.value(problem.start[None])[0])
    assert problem.f_inf <= least + 1e-12 and least - 1e-6 <= problem.f_inf
    assert 0 <= problem.f_star - problem.f_inf <= 1e-12


def test_enclosures_contain_the_value_in_high_precision(problem: Composite) -> None:
    with mpmath.workdps(50):
        for x in points(problem, 4)[::6]:
            inside = problem.enclose(x)
            value, square = mpmath.mpf(0), mpmath.mpf(0)
            for j, t in enumerate(x.tolist()):
                slope = mpmath.mpf(0)
                for c in problem.centres[:, j].tolist():
                    w = mpmath.mpf(float(problem.weights[j]))
                    _, bent, outer, inner = parts(problem, mpmath.mpf(t), mpmath.mpf(c), w, mpmath)
                    value += outer / problem.tasks
                    slope += bent * inner / problem.tasks
                square += slope**2
            norm = mpmath.sqrt(square)
            assert inside.value[0] <= value <= inside.value[1]
            assert inside.gradient_norm[0] <= norm <= inside.gradient_norm[1]
            assert inside.value[1] - inside.value[0] <= 1e-11 * (1 + inside.value[1])
            assert inside.gradient_norm[1] - inside.gradient_norm[0] <= 1e-11 * (1 + norm)


def test_the_problems_pass_their_audit(problem: Composite) -> None:
    findings = audit(problem, Exact(), np.random.default_rng(0))
    assert all(f.ok for f in findings), findings


def draws(oracle: Any, problem: Composite, x: np.ndarray, trials: int, seed: int = 1) -> np.ndarray:
    rows = np.repeat(x[None], trials, axis=0)
    out = np.empty_like(rows)
    rng = np.random.default_rng(seed)
    assert oracle.draw(problem, rows, problem.gradient(rows), rng, out) is out
    return out


def allowed(c: dict[str, float], factor: float) -> float:
    """C of the estimator: theory, row `composite`; without a noisy Jacobian ell_F drops out."""
    S = c["batch_inner"]
    through = c["sigma_J2"] / S and c["sigma_J2"] / S * (c["ell_F"] ** 2 + c["sigma_F2"] / S)
    outer = c["ell_h"] ** 2 * (c["sigma_F2"] + c["L_F"] ** 2 * c["sigma_h2"]) / S
    return factor * (through + outer)


class AllSigns(CompositeOracle):
    """Every outcome of the Rademacher laws once, instead of random ones."""

    def errors(self, problem: Any, trials: int, rng: Any) -> tuple[Any, Any, Any]:
        size = problem.tasks * problem.dimension
        bits = np.arange(2 ** (3 * size))[:, None] >> np.arange(3 * size) & 1
        shape = (len(bits), problem.tasks, problem.dimension)
        h, J, F = (2.0 * part.reshape(shape) - 1 for part in np.split(bits, 3, axis=1))
        d, S = problem.dimension, self.batch_inner
        fixed = -((self.sigma_J2 / S) ** 0.5)
        return (
            h * (self.sigma_h2 / S / d) ** 0.5,
            fixed if self.jacobian_bias else -fixed * J,
            F * (self.sigma_F2 / S / d) ** 0.5,
        )


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("name", ["composite", "maml"])
@pytest.mark.parametrize(("tasks", "dimension"), [(1, 3), (2, 2)])
def test_second_moment_exactly_over_all_outcomes(
    name: str, tasks: int, dimension: int, biased: bool
) -> None:
    problem = make_problem(name, tasks=tasks, dimension=dimension)
    assert isinstance(problem, Composite)
    oracle = AllSigns(2, 0.3, "rademacher", biased, sigma_h2=0.5, sigma_J2=0.2)
    sure = oracle.errors(problem, 0, None)
    count = len(sure[0])
    for x in points(problem)[::8]:
        error = draws(oracle, problem, x, count) - problem.gradient(x[None])
        total = float(np.mean(np.sum(error**2, axis=1)))
        h, J = problem.inner(x[None]), problem.jacobian(x[None])
        outer, moved = problem.outer_gradient(h), problem.outer_gradient(h + sure[0])
        split = [sure[1] * (moved + sure[2]), J * sure[2], J * (moved - outer)]
        assert np.allclose(sum(part.mean(axis=1) for part in split), error)
        apart = sum(float(np.mean(np.sum(p.mean(axis=1) ** 2, axis=1))) for p in split)
        assert (total == pytest.approx(apart, rel=1e-12)) is not biased
        bound = allowed(oracle.constants(problem), 3.0 if biased else 1.0)
        assert total <= bound <= oracle.error_bound(problem, 0.0) <= bound * (1 + 1e-14)
        # Across tasks only the mean errors add up: the first two parts shrink with n.
        if not biased and tasks == 1:
            assert apart >= float(np.sum(J**2 * sure[2][:1] ** 2)) > 0


@pytest.mark.parametrize("law", ["gaussian", "rademacher"])
def test_parts_have_mean_zero_and_exactly_the_stated_second_moments(law: str) -> None:
    problem, trials = make_problem("composite", tasks=3, dimension=4), 20_000
    oracle = CompositeOracle(4, 0.3, law, sigma_h2=0.5, sigma_J2=0.2)
    h, J, F = oracle.errors(problem, trials, np.random.default_rng(2))
    assert np.allclose(np.abs(J).max(axis=2) ** 2, 0.2 / 4)
    for part, level in ((h, 0.5 / 4), (F, 0.3 / 4), (J, 0.2)):
        assert part.shape == (trials, 3, 4)
        square = np.sum(part**2, axis=2)
        assert abs(square.mean() - level) <= 4.5 * square.std() / (3 * trials) ** 0.5 + 1e-12
        if law == "rademacher":
            assert np.allclose(square, level)
        centre = part.mean(axis=0)
        assert np.abs(centre).max() <= 5 * (level / 4 / trials) ** 0.5
    cross = [np.mean(a * b) / np.sqrt(np.mean(a**2) * np.mean(b**2))
             for a, b in ((h, J), (h, F), (J, F), (h, np.roll(h, 1, axis=1)))]  # fmt: skip
    assert np.abs(cross).max() <= 5 / (12 * trials) ** 0.5


def test_a_biased_jacobian_is_shrunk_by_all_that_is_allowed() -> None:
    problem = made("composite")
    oracle = CompositeOracle(jacobian_bias=True, sigma_J2=0.04)
    assert not oracle.random and CompositeOracle(sigma_J2=0.04).random
    x = points(problem)[5]
    shrunk = (problem.jacobian(x[None]) - 0.2) * problem.outer_gradient(problem.inner(x[None]))
    assert np.allclose(draws(oracle, problem, x, 1), shrunk.mean(axis=1))
    error = draws(oracle, problem, x, 1) - problem.gradient(x[None])
    assert np.sum(error**2) <= oracle.error_bound(problem, 0.0)


def test_the_exact_second_moment_on_quadratic_tasks() -> None:
    # There the estimate is linear in the noise: E||g~ - grad f||^2 = (1/n) mean over j of
    # (1 - a w_j)^2 (sigma_F2 + w_j^2 sigma_h2)/S, and with equal w_j = L_phi also its bound's form.
    problem = make_problem("maml", kind="quadratic", tasks=3, dimension=4, inner_step=0.5)
    assert isinstance(problem, Maml)
    oracle = MamlOracle(2, 0.3, sigma_g2=0.8)
    w = problem.weights
    level = np.mean((1 - 0.5 * w) ** 2 * (0.3 + w**2 * 0.25 * 0.8)) / 2 / 3
    x = problem.start
    error = draws(oracle, problem, x, 40_000) - problem.gradient(x[None])
    square = np.sum(error**2, axis=1)
    assert abs(square.mean() - level) <= 4.5 * square.std() / 200
    assert np.abs(error.mean(axis=0)).max() <= 5 * (level / 4 / 40_000) ** 0.5 * 1.5
    assert level <= allowed(oracle.constants(problem), 1.0)


def test_constants_speak_the_language_of_the_estimator() -> None:
    problem = made("composite")
    c = CompositeOracle(4, 0.3, sigma_h2=0.5, sigma_J2=0.2).constants(problem)
    assert c == {
        "batch_inner": 4.0, "sigma_h2": 0.5, "sigma_J2": 0.2, "sigma_F2": 0.3,
        "ell_h": 1.5, "ell_F": problem.constants["ell_F"], "L_F": 1.0, "n": 5.0,
    }  # fmt: skip
    meta = made("logcosh")
    c = MamlOracle(4, 0.3, sigma_g2=0.5, sigma_H2=0.2).constants(meta)
    assert c["sigma_h2"] == pytest.approx(0.09 * 0.5) and c["sigma_h2"] >= 0.3**2 * 0.5
    assert c["sigma_J2"] == pytest.approx(0.09 * 0.2) and c["inner_step"] == 0.3
    assert {k: c[k] for k in ("sigma_g2", "sigma_H2")} == {"sigma_g2": 0.5, "sigma_H2": 0.2}
    for name in ("ell_h", "L_phi", "ell_phi", "rho_phi"):
        assert c[name] == meta.constants[name]
    assert MamlOracle().calls(meta) == 15


AUDITED = [
    ("composite", CompositeOracle(2, 0.3, "rademacher", sigma_h2=0.5, sigma_J2=0.2)),
    ("composite", CompositeOracle(2, 0.3, jacobian_bias=True, sigma_h2=0.5, sigma_J2=0.2)),
    ("composite", CompositeOracle(jacobian_bias=True, sigma_J2=0.2)),
    ("composite", CompositeOracle()),
    ("maml", MamlOracle(3, 0.3, sigma_g2=0.5, sigma_H2=0.2)),
    ("maml", CompositeOracle(3, 0.3, sigma_h2=0.5, sigma_J2=0.2)),
]


@pytest.mark.parametrize(("name", "oracle"), AUDITED)
def test_audit_accepts_what_is_true(name: str, oracle: Any) -> None:
    findings = audit(make_problem(name, tasks=3), oracle, np.random.default_rng(0))
    assert all(f.ok for f in findings), findings
    assert len({f.assumption for f in findings}) == len(findings) >= 9


def test_audit_accepts_unbounded_tasks_without_a_noisy_jacobian() -> None:
    findings = audit(made("quadratic"), MamlOracle(1, 0.3, sigma_g2=0.5), np.random.default_rng(0))
    assert all(f.ok for f in findings), findings


class Overconfident(CompositeOracle):
    """Has twice the errors it states, and a mean of the noise in the outer gradient."""

    def errors(self, problem: Any, trials: int, rng: Any) -> tuple[Any, Any, Any]:
        h, J, F = super().errors(problem, trials, rng)
        return 2 * h, 2 * J, F + 0.1


def failing(problem: Any, oracle: Any) -> set[str]:
    findings = audit(problem, oracle, np.random.default_rng(0))
    assert all(f.worst > 1 for f in findings if not f.ok)
    return {f.assumption for f in findings if not f.ok}


def test_audit_catches_what_is_false() -> None:
    problem = made("composite")
    liar = Overconfident(2, 0.01, sigma_h2=0.5, sigma_J2=0.2)
    assert failing(problem, liar) == {
        "inner map", "inner Jacobian error", "outer noise", "zero mean",
    }  # fmt: skip
    honest = CompositeOracle(2, 0.3, sigma_h2=0.5, sigma_J2=0.2)
    problem.constants |= {"ell_h": 1.2, "ell_F": 1.0, "L_F": 0.5}
    assert failing(problem, honest) == {"inner Jacobian", "outer gradient", "outer smooth"}


def test_unbounded_tasks_have_no_noisy_jacobian() -> None:
    problem = made("quadratic")
    assert MamlOracle(sigma_g2=0.1).constants(problem)["ell_F"] == math.inf
    with pytest.raises(InputError, match=r"sigma_H2 must be 0 on MAML, quadratic tasks.*infinite"):
        MamlOracle(sigma_H2=0.1).constants(problem)
    with pytest.raises(InputError, match="sigma_J2 must be 0"):
        CompositeOracle(sigma_J2=0.1, jacobian_bias=True).constants(problem)


def test_runs_are_reproducible_whatever_the_workers() -> None:
    problem = make_problem("maml", tasks=40, dimension=40)
    oracle = MamlOracle(2, 0.1, sigma_g2=0.1, sigma_H2=0.1)
    results = [
        simulate(problem, oracle, SGD, {"gamma": 0.5}, metric=SQUARED_GRADIENT, iterations=5,
                 trials=50, seed=3, workers=workers)
        for workers in (1, 2, 1)
    ]  # fmt: skip
    assert all(np.array_equal(results[0].mean, r.mean) for r in results)
    assert np.isfinite(results[0].mean).all() and results[0].variance[-1] > 0


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: make_problem("composite", tasks=0), "tasks must be an integer >= 1"),
        (lambda: make_problem("composite", spread=-1), "spread must be >= 0"),
        (lambda: make_problem("composite", dimension=10**14), "memory"),
        (lambda: make_problem("maml", kind="quadratc"), "did you mean quadratic"),
        (lambda: make_problem("maml", inner_step=-0.1), "inner_step must be >= 0"),
        (lambda: make_problem("maml", mu_phi=2.0), "mu_phi must be <= L_phi"),
        (lambda: make_problem("maml", start=[1, 2]), "start must have 10 entries"),
        (lambda: CompositeOracle(0), "batch_inner must be an integer >= 1"),
        (lambda: CompositeOracle(sigma_h2=-1.0), "sigma_h2 must be >= 0"),
        (lambda: MamlOracle(sigma_H2=math.inf), "sigma_H2 must be finite"),
        (lambda: CompositeOracle(noise_law="multiplicative"), "unknown noise law"),
        (lambda: CompositeOracle(jacobian_bias=2), "jacobian_bias must be true or false"),  # type: ignore[arg-type]
        (lambda: CompositeOracle().constants(make_problem("sine")), "need a composition"),
        (lambda: MamlOracle().constants(make_problem("composite")), "need MAML tasks"),
    ],
)
def test_wrong_input(make: Any, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        make()
    assert "\n" not in str(caught.value)
